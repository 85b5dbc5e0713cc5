//! A receiver of mails that speaks just enough SMTP, and answers the first command after the greeting by a script.

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::soon;

/// A mail that came.
#[derive(Debug, Default)]
pub(crate) struct Mail {
    /// The argument of AUTH, as it came.
    pub(crate) login: Option<String>,
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) data: String,
}

#[derive(Debug)]
pub(crate) struct SmtpReceiver {
    pub(crate) port: u16,
    mails: mpsc::UnboundedReceiver<Mail>,
}

impl SmtpReceiver {
    /// One entry of `refusals` a connection: the answer to AUTH, or to MAIL without it. Then all is taken.
    pub(crate) async fn start(refusals: Vec<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, mails) = mpsc::unbounded_channel();
        let mut refusals = refusals.into_iter();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Some(mail) = talk(stream, refusals.next()).await {
                    let _ = tell.send(mail);
                }
            }
        });
        Self { port, mails }
    }

    pub(crate) async fn next(&mut self) -> Mail {
        soon(self.mails.recv()).await.expect("a mail")
    }
}

/// One conversation; a mail if it was taken.
async fn talk(stream: TcpStream, mut refusal: Option<&str>) -> Option<Mail> {
    let mut stream = BufReader::new(stream);
    let mut mail = Mail::default();
    let mut is_taken = false;
    say(&mut stream, "220 test ESMTP").await?;
    loop {
        let line = hear(&mut stream).await?;
        let (command, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let answer = match command.to_ascii_uppercase().as_str() {
            "EHLO" => "250-test\r\n250 AUTH PLAIN LOGIN",
            "AUTH" | "MAIL" if refusal.is_some() => refusal.take().unwrap_or_default(),
            "AUTH" => {
                mail.login = Some(rest.to_owned());
                "235 welcome"
            }
            "MAIL" => {
                mail.from = rest.to_owned();
                "250 ok"
            }
            "RCPT" => {
                mail.to.push(rest.to_owned());
                "250 ok"
            }
            "DATA" => {
                say(&mut stream, "354 go on").await?;
                loop {
                    let line = hear(&mut stream).await?;
                    if line == "." {
                        break;
                    }
                    mail.data.push_str(&line);
                    mail.data.push('\n');
                }
                is_taken = true;
                "250 taken"
            }
            "QUIT" => {
                say(&mut stream, "221 bye").await;
                return is_taken.then_some(mail);
            }
            _ => "250 ok",
        };
        say(&mut stream, answer).await?;
    }
}

async fn say(stream: &mut BufReader<TcpStream>, text: &str) -> Option<()> {
    stream.write_all(format!("{text}\r\n").as_bytes()).await.ok()
}

async fn hear(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end().to_owned())
}
