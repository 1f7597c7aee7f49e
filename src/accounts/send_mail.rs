//! Sending what is queued in the outbox through the configured mail server (SMTP).
//!
//! A message is taken with a lease that is longer than any attempt, so two copies of the server never send the same one at
//! the same time. What the mail server cannot take now ("4xx", or it does not answer) is tried again with growing pauses for
//! two days; what it refuses for good ("5xx") is given up at once, with its words.

use std::{sync::Arc, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message as Mail, Tokio1Executor,
    address::Address,
    message::{Mailbox, header::ContentType},
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
};

use super::outbox::{self, Message};
use crate::server::{
    app::App,
    clock::Instant,
    config::{MailSecurity, MailServer},
    jobs::Round,
    queue::Retries,
};

type Server = AsyncSmtpTransport<Tokio1Executor>;

const PAUSE: Duration = Duration::from_secs(2);
/// One command of the conversation.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(30);
/// A whole attempt.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(120);
/// Pauses between attempts; how long a message is tried is [`outbox::TRIED`].
const RETRIES: Retries = Retries {
    first: Duration::from_secs(10),
    factor: 4,
    pause_max: Duration::from_secs(60 * 60),
    attempts_max: i64::MAX,
};
/// Longest answer of a mail server that is kept.
const REASON_CHARACTERS_MAX: usize = 300;
/// Replies about who we are, not about the message (RFC 4954): the operator can mend them, so the message waits.
const SIGN_IN_REPLIES: [&str; 4] = ["530", "534", "535", "538"];

/// What became of one attempt.
#[derive(Debug, PartialEq, Eq)]
enum Attempt {
    Taken(String),
    /// Not now; try again.
    Later(String),
    Refused(String),
}

/// Starts sending, when a mail server is configured.
///
/// # Errors
/// When its TLS cannot be set up.
pub fn start_sending(app: &App) -> anyhow::Result<()> {
    let Some(config) = &app.config.mail else { return Ok(()) };
    let server = connect(config)?;
    let app_of_job = app.clone();
    app.jobs.repeat("mail", PAUSE, Arc::default(), move || turn(app_of_job.clone(), server.clone()));
    Ok(())
}

fn connect(config: &MailServer) -> anyhow::Result<Server> {
    let tls = match config.security {
        MailSecurity::Starttls => Tls::Required(TlsParameters::new(config.host.clone())?),
        MailSecurity::Tls => Tls::Wrapper(TlsParameters::new(config.host.clone())?),
        MailSecurity::None => Tls::None,
    };
    let server = Server::builder_dangerous(&config.host).port(config.port).tls(tls).timeout(Some(COMMAND_TIMEOUT));
    let server = match &config.credentials {
        Some((user, password)) => server.credentials(Credentials::new(user.clone(), password.clone())),
        None => server,
    };
    Ok(server.build())
}

/// Sends the message that is due longest.
async fn turn(app: App, server: Server) -> anyhow::Result<Round> {
    let Some(config) = &app.config.mail else { return Ok(Round::Idle) };
    let mut tx = app.db.write().await?;
    let Some(message) = outbox::claim(&mut tx, app.clock.now()).await? else { return Ok(Round::Idle) };
    tx.commit().await?;

    let attempt = match mail(config, &message, &app.config.public_url) {
        Ok(mail) => send(&server, mail).await,
        Err(error) => Attempt::Refused(format!("It cannot be written as a mail: {error}")),
    };
    let (keep_text, now) = (!app.config.is_production(), app.clock.now());
    let mut tx = app.db.write().await?;
    let round = match attempt {
        Attempt::Taken(words) => {
            outbox::mark_sent(&mut tx, &message, &words, keep_text, now).await?;
            Round::Worked
        }
        Attempt::Refused(words) => {
            tracing::warn!(message = %message.id, words, "a mail was refused");
            outbox::give_up(&mut tx, &message, &words, keep_text, now).await?;
            Round::Worked
        }
        Attempt::Later(words) => {
            match next_attempt(&message, now) {
                Some(run_at) => outbox::retry(&mut tx, &message, &words, run_at).await?,
                None => outbox::give_up(&mut tx, &message, &words, keep_text, now).await?,
            };
            tracing::warn!(message = %message.id, words, "a mail could not be sent yet");
            // Whatever is wrong is often wrong for the next one too: not in a hurry.
            Round::Idle
        }
    };
    tx.commit().await?;
    Ok(round)
}

/// When to try again; `None` after two days.
fn next_attempt(message: &Message, now: Instant) -> Option<Instant> {
    RETRIES.next(message.lease.attempt, now).filter(|_| now < message.created_at.plus(outbox::TRIED))
}

fn mail(config: &MailServer, message: &Message, public_url: &url::Url) -> anyhow::Result<Mail> {
    let recipient: Address = message.recipient.parse()?;
    let date = std::time::UNIX_EPOCH + Duration::from_micros(u64::try_from(message.created_at.micros())?);
    Ok(Mail::builder()
        .from(config.from.clone())
        .to(Mailbox::new(None, recipient))
        .subject(&message.subject)
        .date(date)
        .message_id(Some(format!("<{}.{}>", message.message_id, public_url.host_str().unwrap_or("localhost"))))
        .header(ContentType::TEXT_PLAIN)
        .body(message.text(public_url))?)
}

async fn send(server: &Server, mail: Mail) -> Attempt {
    match tokio::time::timeout(ATTEMPT_TIMEOUT, server.send(mail)).await {
        Err(_) => Attempt::Later("The mail server did not answer in time.".into()),
        Ok(Ok(response)) => {
            let words: Vec<_> = response.message().collect();
            Attempt::Taken(shortened(&format!("{} {}", response.code(), words.join(" "))))
        }
        Ok(Err(error)) => {
            let words = shortened(&words_of(&error));
            let about_us = error.status().is_some_and(|code| SIGN_IN_REPLIES.contains(&code.to_string().as_str()));
            if error.is_permanent() && !about_us { Attempt::Refused(words) } else { Attempt::Later(words) }
        }
    }
}

/// What went wrong, with its causes.
fn words_of(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_words = cause.to_string();
        if !words.contains(&cause_words) {
            words = format!("{words}: {cause_words}");
        }
        source = cause.source();
    }
    words
}

fn shortened(words: &str) -> String {
    words.chars().filter(|character| !character.is_control()).take(REASON_CHARACTERS_MAX).collect()
}
