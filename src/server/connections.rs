//! Accepting connections and speaking HTTP on them. A connection whose request head does not end in time is closed: it would cost
//! a place for as long as its other end likes. Bodies and answers have their own limits.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    time::{Sleep, sleep},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service;

/// From the first byte of a request's head to its last.
const HEAD_TIME_MAX: Duration = Duration::from_secs(10);
/// After an error of the system, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Answers what comes in with `routes` until `shutdown`; then lets the answers under way end.
pub async fn serve(listener: TcpListener, routes: Router, shutdown: &CancellationToken) {
    let open = TaskTracker::new();
    // Puts the layers around the routes now: a router that still lacks its state does so for each request.
    let routes = routes.with_state(());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.cancelled() => break,
        };
        match accepted {
            Ok((stream, address)) => {
                open.spawn(speak(stream, address, routes.clone(), shutdown.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    open.close();
    open.wait().await;
}

async fn speak(stream: TcpStream, address: SocketAddr, routes: Router, shutdown: CancellationToken) {
    let head = Head::default();
    let watched = TokioIo::new(Watched { stream, head: head.clone(), deadline: None });
    let service = service_fn(move |request: Request<Incoming>| {
        head.set(Head::ENDED);
        let (mut routes, head) = (routes.clone(), head.clone());
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(address));
        async move {
            let response = routes.call(request).await;
            head.set(Head::AWAITED);
            response
        }
    });
    let connection = http1::Builder::new().serve_connection(watched, service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// How far the head of the next request is.
#[derive(Clone, Default)]
struct Head(Arc<AtomicU8>);

impl Head {
    const AWAITED: u8 = 0;
    const BEGUN: u8 = 1;
    const ENDED: u8 = 2;

    fn set(&self, state: u8) {
        self.0.store(state, Ordering::Relaxed);
    }

    fn is(&self, state: u8) -> bool {
        self.0.load(Ordering::Relaxed) == state
    }
}

/// A connection that fails when a head has begun and does not end.
struct Watched {
    stream: TcpStream,
    head: Head,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl AsyncRead for Watched {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let filled = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if buffer.filled().len() > filled && this.head.is(Head::AWAITED) {
            this.head.set(Head::BEGUN);
            this.deadline = Some(Box::pin(sleep(HEAD_TIME_MAX)));
        }
        match &mut this.deadline {
            Some(deadline) if this.head.is(Head::BEGUN) => match deadline.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
                Poll::Pending => read,
            },
            _ => read,
        }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
