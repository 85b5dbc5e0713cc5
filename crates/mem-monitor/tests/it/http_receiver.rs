//! A receiver of HTTP requests that answers by a script and passes on what came.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};

use super::soon;

/// What came.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

#[derive(Debug)]
pub(crate) struct HttpReceiver {
    pub(crate) address: String,
    received: mpsc::UnboundedReceiver<Received>,
    /// A permit for each answer.
    pub(crate) gate: Arc<Semaphore>,
}

impl HttpReceiver {
    /// Answers with the head lines of `script`, one after the other, then with 200 for ever.
    pub(crate) async fn start(script: Vec<&'static str>) -> Self {
        let receiver = Self::start_shut(script).await;
        receiver.gate.add_permits(Semaphore::MAX_PERMITS / 2);
        receiver
    }

    /// The same, with every answer waiting for a permit of `gate`.
    pub(crate) async fn start_shut(script: Vec<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (tell, received) = mpsc::unbounded_channel();
        let gate = Arc::new(Semaphore::new(0));
        let opened = gate.clone();
        let mut script = script.into_iter();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let answer = script.next().unwrap_or("200 OK");
                let Some((stream, request)) = read(stream).await else { continue };
                let _ = tell.send(request);
                opened.acquire().await.unwrap().forget();
                write(stream, answer).await;
            }
        });
        Self { address, received, gate }
    }

    pub(crate) async fn next(&mut self) -> Received {
        soon(self.received.recv()).await.expect("a request")
    }

    pub(crate) fn nothing_more(&mut self) -> bool {
        self.received.try_recv().is_err()
    }
}

async fn read(stream: TcpStream) -> Option<(TcpStream, Received)> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).await.ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).await.ok()?;
    let body = String::from_utf8(body).ok()?;
    Some((reader.into_inner(), Received { path, headers, body }))
}

async fn write(mut stream: TcpStream, answer: &str) {
    let text = format!("HTTP/1.1 {answer}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    let _ = stream.write_all(text.as_bytes()).await;
}
