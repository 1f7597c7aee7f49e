//! A door with TLS in front of smtp-sink, which has none of its own: whoever is measured signs in and hands mails over as at a
//! provider. It can be as far away as one wants, and lets smtp-sink refuse mails for some addresses.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{Instant, sleep_until},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

const CHUNK_BYTES: usize = 16 * 1024;
/// Chunks that are on their way at once.
const CHUNKS_MAX: usize = 64;

/// What the door is told: where it is, where smtp-sink is, and how long a word takes in one direction.
#[derive(Debug, Clone, Copy)]
pub struct Door {
    pub port: u16,
    pub sink: u16,
    pub away: Duration,
}

/// Which way words go through the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

/// Serves until the process ends.
pub async fn serve(door: Door) -> anyhow::Result<()> {
    let folder =
        std::env::var("FAIRLEAD_TEST_MAIL").context("tools/with-mail-servers.sh says where the certificate is")?;
    let acceptor = acceptor(&Path::new(&folder).join("tls"))?;
    let listener = TcpListener::bind(("127.0.0.1", door.port)).await?;
    println!("listening");
    loop {
        let (stream, _) = listener.accept().await?;
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            // Whoever hangs up does so.
            let _ = pass(door, stream, acceptor).await;
        });
    }
}

fn acceptor(folder: &Path) -> anyhow::Result<TlsAcceptor> {
    let chain = CertificateDer::pem_file_iter(folder.join("certificate.pem"))?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem"))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[expect(clippy::disallowed_methods, reason = "the door and smtp-sink are both on this machine")]
async fn pass(door: Door, stream: TcpStream, acceptor: TlsAcceptor) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let stream = acceptor.accept(stream).await?;
    let sink = TcpStream::connect(("127.0.0.1", door.sink)).await?;
    sink.set_nodelay(true)?;
    let (from_client, to_client) = tokio::io::split(stream);
    let (from_sink, to_sink) = sink.into_split();
    let inwards = async {
        let _ = carry(from_client, to_sink, door.away, Way::In).await;
        // What smtp-sink has still to say is heard.
        std::future::pending().await
    };
    tokio::select! {
        () = inwards => Ok(()),
        end = carry(from_sink, to_client, door.away, Way::Out) => end,
    }
}

/// Carries words in one direction until they end, each chunk as late as the distance wants.
async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    away: Duration,
    way: Way,
) -> anyhow::Result<()> {
    let (sender, mut chunks) = mpsc::channel::<(Instant, Vec<u8>)>(CHUNKS_MAX);
    let reading = async move {
        loop {
            let mut chunk = vec![0; CHUNK_BYTES];
            match from.read(&mut chunk).await {
                Ok(count) if count > 0 => chunk.truncate(count),
                _ => return,
            }
            if sender.send((Instant::now() + away, changed(chunk, way))).await.is_err() {
                return;
            }
        }
    };
    let writing = async {
        while let Some((at, chunk)) = chunks.recv().await {
            if !away.is_zero() {
                sleep_until(at).await;
            }
            to.write_all(&chunk).await?;
            to.flush().await?;
        }
        to.shutdown().await
    };
    let ((), written) = tokio::join!(reading, writing);
    Ok(written?)
}

/// smtp-sink refuses a command or takes it, whatever it is about. So addresses that begin with `soft` and `hard` reach it as commands
/// that it is told to refuse (`-r vrfy -f noop`). Told so, it no longer says that it takes commands at once, although it does.
fn changed(chunk: Vec<u8>, way: Way) -> Vec<u8> {
    let changes: &[(&[u8], &[u8])] = match way {
        Way::In => &[(b"\r\nRCPT TO:<soft", b"\r\nVRFY <soft"), (b"\r\nRCPT TO:<hard", b"\r\nNOOP <hard")],
        Way::Out => &[(b"250-8BITMIME\r\n", b"250-PIPELINING\r\n250-8BITMIME\r\n")],
    };
    changes.iter().fold(chunk, |chunk, (from, to)| match chunk.windows(from.len()).position(|window| window == *from) {
        Some(at) if !(way == Way::Out && is_offered(&chunk)) => [&chunk[..at], to, &chunk[at + from.len()..]].concat(),
        _ => chunk,
    })
}

fn is_offered(chunk: &[u8]) -> bool {
    chunk.windows(14).any(|window| window == b"250-PIPELINING")
}
