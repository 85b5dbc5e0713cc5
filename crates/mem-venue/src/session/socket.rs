//! A WebSocket to a venue.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Bytes, Message, Utf8Bytes};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream};

/// Longest message that is read.
const LONGEST_MESSAGE: usize = 16 << 20;

/// Why a WebSocket is of no use.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// No connection in time.
    #[error("no WebSocket with {endpoint} within {within:?}")]
    TooLate {
        /// With whom.
        endpoint: String,
        /// How long we tried.
        within: Duration,
    },
    /// No connection, or an end of one.
    #[error("WebSocket: {0}")]
    Failed(String),
    /// The venue ended it.
    #[error("the venue closed the WebSocket")]
    Closed,
}

impl From<tungstenite::Error> for SocketError {
    fn from(error: tungstenite::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What was heard.
#[derive(Debug)]
pub enum Heard {
    /// A message.
    Text(Utf8Bytes),
    /// The answer to a ping of ours.
    Pong,
    /// Something else, a sign of life: pings are answered by the library.
    Life,
}

/// A WebSocket to a venue.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// The TLS of every session: ring, and the roots that browsers trust.
pub fn tls() -> rustls::ClientConfig {
    static CONFIG: OnceLock<rustls::ClientConfig> = OnceLock::new();
    let make = || {
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring supports the default versions of TLS")
            .with_root_certificates(roots)
            .with_no_client_auth()
    };
    CONFIG.get_or_init(make).clone()
}

impl Socket {
    /// Connects to `url` (`ws://` or `wss://`) within `within`.
    ///
    /// # Errors
    /// No connection, a refused handshake, or too late.
    pub async fn connect(url: &str, within: Duration) -> Result<Self, SocketError> {
        let config =
            WebSocketConfig::default().max_message_size(Some(LONGEST_MESSAGE)).max_frame_size(Some(LONGEST_MESSAGE));
        let tls = Connector::Rustls(Arc::new(tls()));
        let connecting = tokio_tungstenite::connect_async_tls_with_config(url, Some(config), true, Some(tls));
        match tokio::time::timeout(within, connecting).await {
            Ok(connected) => Ok(Self { stream: connected?.0 }),
            Err(_) => {
                let endpoint = url.split('?').next().unwrap_or_default().to_owned();
                Err(SocketError::TooLate { endpoint, within })
            }
        }
    }

    /// The next thing heard. Cancelling loses nothing.
    ///
    /// # Errors
    /// The connection has ended.
    pub async fn hear(&mut self) -> Result<Heard, SocketError> {
        match self.stream.next().await {
            None | Some(Ok(Message::Close(_))) => Err(SocketError::Closed),
            Some(Err(error)) => Err(error.into()),
            Some(Ok(Message::Text(text))) => Ok(Heard::Text(text)),
            Some(Ok(Message::Pong(_))) => Ok(Heard::Pong),
            Some(Ok(_)) => Ok(Heard::Life),
        }
    }

    /// Sends a text.
    ///
    /// # Errors
    /// The connection has ended, or does not take it within `within`.
    pub async fn say(&mut self, text: String, within: Duration) -> Result<(), SocketError> {
        self.send(Message::text(text), within).await
    }

    /// Sends a ping of the WebSocket protocol.
    ///
    /// # Errors
    /// The connection has ended, or does not take it within `within`.
    pub async fn ping(&mut self, within: Duration) -> Result<(), SocketError> {
        self.send(Message::Ping(Bytes::new()), within).await
    }

    async fn send(&mut self, message: Message, within: Duration) -> Result<(), SocketError> {
        match tokio::time::timeout(within, self.stream.send(message)).await {
            Ok(sent) => Ok(sent?),
            Err(_) => Err(SocketError::Failed("it takes no more messages".to_owned())),
        }
    }

    /// Says good-bye, without waiting long for an answer.
    pub async fn close(mut self) {
        // Whatever comes of it, the connection ends here.
        let _ = tokio::time::timeout(Duration::from_millis(200), self.stream.close(None)).await;
    }
}
