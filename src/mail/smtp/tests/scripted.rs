//! A server that follows a script, on this machine.
//!
//! ```text
//! S: 220 hello     said; lines that follow each other go out at once
//! C: EHLO          a line that begins so is waited for
//! TLS              both agree on TLS
//! MESSAGE          all up to the final dot is waited for
//! BYTES            anything at all is waited for
//! SILENCE          nothing more is said until the client leaves
//! HOLD             nothing more is said or heard
//! ```
//!
//! At the end of the script the server closes the connection.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer},
    },
};

use crate::{
    mail::{
        server::{Security, Server},
        smtp::{Dial, Times},
        tls::Tls,
    },
    server::connect::Networks,
};

/// An authority, and what it vouches for.
pub struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        // Of the same name, one would be taken for the other with a wrong signature.
        params.distinguished_name.push(DnType::CommonName, format!("Authority {:x}", rand::random::<u64>()));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// A server with a certificate of this authority for `name`.
    pub fn acceptor(&self, name: &str, is_expired: bool) -> TlsAcceptor {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if is_expired {
            params.not_before = date_time_ymd(2019, 1, 1);
            params.not_after = date_time_ymd(2020, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }

    /// Who trusts it.
    pub fn trusted(&self) -> Tls {
        Tls::trusting([self.certificate.clone()])
    }
}

/// What the server heard, and how far it came.
#[derive(Debug)]
pub struct Heard {
    /// All that was said to it, also beyond the script.
    pub text: String,
    /// Whether the script was played to its end.
    pub is_done: bool,
}

/// A server that waits for one client.
pub struct Scripted {
    pub server: Server,
    heard: JoinHandle<Heard>,
}

impl Scripted {
    /// Follows `script`, and speaks TLS from the first byte if `security` says so.
    pub async fn start(security: Security, acceptor: Option<TlsAcceptor>, script: impl Into<String>) -> Self {
        let script = script.into();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let steps: Vec<&str> = script.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            let mut play = Play { acceptor, text: Vec::new(), read: 0 };
            let is_done = match security {
                Security::Tls => play.in_tls(stream, &steps).await,
                Security::StartTls | Security::None => play.in_the_open(stream, &steps).await,
            };
            Heard { text: String::from_utf8_lossy(&play.text).into_owned(), is_done: is_done.is_some() }
        });
        Self { server: Server { host: "localhost".into(), port, security }, heard }
    }

    /// A server in the open.
    pub async fn in_the_open(script: impl Into<String>) -> Self {
        Self::start(Security::None, None, script).await
    }

    /// Waits until the client has left.
    pub async fn heard(self) -> Heard {
        self.heard.await.unwrap()
    }
}

/// `None` is a client that left before the script was over.
struct Play {
    acceptor: Option<TlsAcceptor>,
    text: Vec<u8>,
    /// What the script has taken of it.
    read: usize,
}

impl Play {
    async fn in_the_open(&mut self, mut stream: TcpStream, steps: &[&str]) -> Option<()> {
        let (before, after) = match steps.iter().position(|step| *step == "TLS") {
            Some(tls) => (&steps[..tls], Some(&steps[tls + 1..])),
            None => (steps, None),
        };
        self.play(&mut stream, before).await?;
        match after {
            Some(after) => self.in_tls(stream, after).await,
            None => self.end(&mut stream).await,
        }
    }

    async fn in_tls(&mut self, stream: TcpStream, steps: &[&str]) -> Option<()> {
        let mut stream = self.acceptor.clone().unwrap().accept(stream).await.ok()?;
        self.play(&mut stream, steps).await?;
        self.end(&mut stream).await
    }

    async fn play(&mut self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin), steps: &[&str]) -> Option<()> {
        let mut said = String::new();
        for (index, step) in steps.iter().enumerate() {
            if let Some(line) = step.strip_prefix("S:") {
                said = format!("{said}{}\r\n", line.trim_start());
                if steps.get(index + 1).is_none_or(|next| !next.starts_with("S:")) {
                    stream.write_all(std::mem::take(&mut said).as_bytes()).await.ok()?;
                    stream.flush().await.ok()?;
                }
            } else if let Some(expected) = step.strip_prefix("C:") {
                let line = self.hear(stream, "\r\n").await?;
                assert!(line.starts_with(expected.trim()), "expected “{expected}”, heard “{line}”");
            } else if *step == "MESSAGE" {
                self.hear(stream, "\r\n.\r\n").await?;
            } else {
                match *step {
                    "BYTES" => self.read_more(stream).await?,
                    "SILENCE" => while self.read_more(stream).await.is_some() {},
                    "HOLD" => std::future::pending().await,
                    other => panic!("“{other}” is no step"),
                }
            }
        }
        Some(())
    }

    /// What the client says up to `end`.
    async fn hear(&mut self, stream: &mut (impl AsyncRead + Unpin), end: &str) -> Option<String> {
        loop {
            let text = String::from_utf8_lossy(&self.text[self.read..]).into_owned();
            if let Some(length) = text.find(end) {
                self.read += length + end.len();
                return Some(text[..length].to_owned());
            }
            self.read_more(stream).await?;
        }
    }

    async fn read_more(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> Option<()> {
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes).await.ok()?;
        self.text.extend_from_slice(&bytes[..count]);
        (count > 0).then_some(())
    }

    /// Closes, and hears what is still said.
    async fn end(&mut self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Option<()> {
        let _ = stream.shutdown().await;
        while self.read_more(stream).await.is_some() {}
        Some(())
    }
}

/// Long enough for a busy machine: what must not be waited for is shortened by each test.
pub fn patient() -> Times {
    Times::at_most(std::time::Duration::from_secs(30))
}

/// Reaches this machine, and trusts `tls`.
pub fn dial<'a>(networks: &'a Networks, tls: &'a Tls, times: Times) -> Dial<'a> {
    Dial { networks, tls, times, hello: "leads.acme.example" }
}

pub fn this_machine() -> Networks {
    Networks::parse("127.0.0.0/8,::1").unwrap()
}
