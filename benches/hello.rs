//! The least that axum can do: what `make bench` measures Fairlead's pages against on the same machine.
#![expect(clippy::print_stdout, reason = "whoever measures reads the address")]

use axum::{Router, routing::get};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", listener.local_addr()?);
    axum::serve(listener, Router::new().route("/", get(|| async { "Hello, world!" }))).await
}
