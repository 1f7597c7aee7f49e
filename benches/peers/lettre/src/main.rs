//! Stock lettre beside the product's sessions: its pool of connections for each host, as many mails of a host at once as it is told, and
//! nothing written down.
//! usage: lettre-peer '{"mails":…, "hosts":[…], "port":…, "connections":…, "text":"…"}'

use std::{sync::Arc, time::Instant};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor, message::header::ContentType,
    transport::smtp::authentication::Credentials,
};
use serde_json::Value;

type Pool = AsyncSmtpTransport<Tokio1Executor>;

#[tokio::main(worker_threads = 4)]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let told: Value = serde_json::from_str(&std::env::args().nth(1).unwrap_or_default())?;
    let number = |name: &str| told[name].as_u64().unwrap_or_default();
    let (mails, connections, port) = (number("mails"), number("connections"), number("port"));
    let text: Arc<str> = told["text"].as_str().unwrap_or_default().into();
    let hosts: Vec<&str> = told["hosts"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let (begin, mut tasks) = (Instant::now(), Vec::new());
    for (host, name) in hosts.iter().enumerate() {
        let pool = Pool::relay(name)?
            .port(u16::try_from(port)?)
            .credentials(Credentials::new("jo".into(), "a password".into()))
            .build();
        for lane in 0..connections {
            let first = host as u64 + lane * hosts.len() as u64;
            let ids = (first..mails).step_by(hosts.len() * usize::try_from(connections)?);
            tasks.push(tokio::spawn(send_all(pool.clone(), text.clone(), ids)));
        }
    }
    let mut sent = 0;
    for task in tasks {
        sent += task.await??;
    }
    let seconds = begin.elapsed().as_secs_f64();
    println!("{}", serde_json::json!({ "sent": sent, "seconds": seconds, "mails_per_second": (sent as f64 / seconds).round() }));
    Ok(())
}

/// Mails one after the other. Returns how many were taken.
async fn send_all(
    pool: Pool,
    text: Arc<str>,
    ids: impl Iterator<Item = u64>,
) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    let mut sent = 0;
    for id in ids {
        let mail = Message::builder()
            .from("Jo <jo@bench.example>".parse()?)
            .to(format!("p{id}@c{}.example", id / 3).parse()?)
            .subject(format!("About Acorn {id}"))
            .header(ContentType::TEXT_PLAIN)
            .body(text.to_string())?;
        pool.send(mail).await?;
        sent += 1;
    }
    Ok(sent)
}
