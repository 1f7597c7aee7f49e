//! TLS to a mail server: its certificate is checked against the authorities that this machine trusts.
//!
//! They are read once, from the system's store, or from the file that `SSL_CERT_FILE` names.

use std::{
    io,
    pin::Pin,
    sync::{Arc, LazyLock},
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        self, CertificateError, ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName},
    },
};

/// Which authorities may vouch for a server. Cheap to clone.
#[derive(Clone)]
pub struct Tls(TlsConnector);

/// Why there is no private connection.
#[derive(Debug)]
pub enum TlsFault {
    /// What is wrong with the certificate, or with the server's TLS.
    Unsafe(String),
    /// The connection ended meanwhile.
    Closed,
}

impl Tls {
    /// The authorities of this machine.
    pub fn of_machine() -> &'static Self {
        static OF_MACHINE: LazyLock<Tls> = LazyLock::new(|| {
            let found = rustls_native_certs::load_native_certs();
            if found.certs.is_empty() {
                tracing::warn!(errors = ?found.errors, "this machine trusts no authority, so no mail server either");
            }
            Tls::trusting(found.certs)
        });
        &OF_MACHINE
    }

    /// These authorities only.
    pub fn trusting(authorities: impl IntoIterator<Item = CertificateDer<'static>>) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(authorities);
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring speaks every version of TLS that is safe")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self(TlsConnector::from(Arc::new(config)))
    }

    async fn secure(&self, stream: TcpStream, host: &str) -> Result<Stream, TlsFault> {
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(name.to_owned());
        let name = name.map_err(|_| TlsFault::Unsafe(format!("“{host}” is not a name that a certificate can have")))?;
        match self.0.connect(name, stream).await {
            Ok(stream) => Ok(Stream::Tls(Box::new(stream))),
            Err(error) => Err(fault(&error, host)),
        }
    }
}

fn fault(error: &io::Error, host: &str) -> TlsFault {
    let Some(error) = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>()) else {
        return TlsFault::Closed;
    };
    TlsFault::Unsafe(match error {
        rustls::Error::InvalidMessage(_) => "the server does not speak TLS here".to_owned(),
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "no authority that this machine trusts vouches for the certificate".to_owned()
        }
        rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "the certificate has expired".to_owned()
        }
        rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. }) => {
            format!("the certificate is for {}, not {host}", names(presented))
        }
        other => other.to_string(),
    })
}

/// `DnsName("*.hoster.example")` is the name `*.hoster.example`; the first few are enough.
fn names(presented: &[String]) -> String {
    let name = |text: &String| text.split('"').nth(1).map_or_else(|| text.clone(), str::to_owned);
    let names: Vec<String> = presented.iter().take(5).map(name).collect();
    if names.is_empty() { "no name".to_owned() } else { names.join(", ") }
}

/// A connection, private or not.
pub enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Turns to TLS with the server that is called `host`, unless that is done already.
    ///
    /// # Errors
    /// [`TlsFault`]; nothing else was sent to the server then.
    pub async fn secured(self, tls: &Tls, host: &str) -> Result<Self, TlsFault> {
        match self {
            Self::Plain(stream) => tls.secure(stream, host).await,
            Self::Tls(_) => Ok(self),
        }
    }

    /// Whether it is in the open, and the other end is on this machine.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.peer_addr().is_ok_and(|peer| peer.ip().to_canonical().is_loopback()),
            Self::Tls(_) => false,
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
