//! E-mail, by SMTP.

use lettre::message::{Mailbox, header::ContentType};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use mem_credentials::Secret;

use crate::route::error::causes;
use crate::route::message::shortened;
use crate::route::{Encryption, Message, RouteError};

/// Longest subject, in characters.
const LONGEST_SUBJECT: usize = 120;

/// Mailboxes behind an SMTP server.
#[derive(Debug, Clone)]
pub struct Email {
    /// The server's name.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub encryption: Encryption,
    /// Who logs in and with which password; `None` where the server asks for none.
    pub login: Option<(String, Secret)>,
    /// Who sends.
    pub from: String,
    /// Who receives.
    pub to: Vec<String>,
}

impl Email {
    pub(super) async fn send(&self, message: &Message) -> Result<(), RouteError> {
        let mail = self.write(message)?;
        self.transport()?.send(mail).await.map(drop).map_err(|error| read(&error))
    }

    fn write(&self, message: &Message) -> Result<lettre::Message, RouteError> {
        let subject: String = shortened(&format!("[MEM] {}", message.title()), LONGEST_SUBJECT)
            .chars()
            .map(|character| if character.is_control() { ' ' } else { character })
            .collect();
        let mut mail =
            lettre::Message::builder().from(mailbox(&self.from)?).subject(subject).header(ContentType::TEXT_PLAIN);
        for to in &self.to {
            mail = mail.to(mailbox(to)?);
        }
        let mut text = message.text();
        if let Some(at) = message.at() {
            text.push_str(&format!("\n\n{at}"));
        }
        text.push('\n');
        mail.body(text).map_err(|_| RouteError::Unsendable("the mail has no valid sender or receiver"))
    }

    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, RouteError> {
        let parameters = || {
            TlsParameters::builder(self.server.clone())
                .build_rustls()
                .map_err(|_| RouteError::Unsendable("the server's name is none that a certificate can have"))
        };
        let tls = match self.encryption {
            Encryption::Tls => Tls::Wrapper(parameters()?),
            Encryption::Starttls => Tls::Required(parameters()?),
            Encryption::None => Tls::None,
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.server)
            .port(self.port)
            .tls(tls)
            .timeout(None);
        if let Some((user, password)) = &self.login {
            transport = transport
                .credentials(Credentials::new(user.clone(), password.expose().to_owned()))
                .authentication(vec![Mechanism::Plain, Mechanism::Login]);
        }
        Ok(transport.build())
    }
}

fn mailbox(text: &str) -> Result<Mailbox, RouteError> {
    text.parse().map_err(|_| RouteError::Unsendable("an address is no mailbox"))
}

/// The code and nothing of the text: a server may repeat what it was sent.
fn read(error: &lettre::transport::smtp::Error) -> RouteError {
    match error.status() {
        Some(code) => RouteError::Refused { status: code.into(), retry_after: None, retryable: error.is_transient() },
        None if error.is_response() || error.is_client() => {
            RouteError::Unreachable("the server does not speak SMTP as expected, or offers no login".to_owned())
        }
        None => RouteError::Unreachable(causes(error)),
    }
}
