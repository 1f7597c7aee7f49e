//! Sending what is queued in the outbox through the configured mail server (SMTP).
//!
//! A message is taken with a lease that is longer than any attempt, so two copies of the server never send the same one at
//! the same time. It counts as sent only by the server's yes to the whole of it. What the server cannot take now ("4xx", or it does not
//! answer) is tried again with growing pauses for two days; what it refuses for good ("5xx") is given up at once, with its words.

use std::{sync::Arc, time::Duration};

use lettre::{
    Message as Mail,
    message::{Mailbox, header::ContentType},
};

use super::outbox::{self, Message};
use crate::{
    email::Email,
    mail::{
        server::{Security, Server, own_name},
        sign_in::{Secret, SignIn},
        smtp::{Cause, Dial, Fault, Reply, Session, Stage, Times},
        tls::Tls,
    },
    server::{
        app::App,
        clock::Instant,
        config::Config,
        connect::Networks,
        jobs::Round,
        mail_server::{MailSecurity, MailServer},
        queue::Retries,
    },
};

const PAUSE: Duration = Duration::from_secs(2);
/// One wait of the conversation.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// A whole attempt.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(120);
/// Pauses between attempts; how long a message is tried is [`outbox::TRIED`].
const RETRIES: Retries = Retries {
    first: Duration::from_secs(10),
    factor: 4,
    pause_max: Duration::from_secs(60 * 60),
    attempts_max: i64::MAX,
};
/// Replies about who we are, not about the message (RFC 4954): the operator can mend them, so the message waits.
const SIGN_IN_REPLIES: [u16; 4] = [530, 534, 535, 538];

/// What became of one attempt.
#[derive(Debug, PartialEq, Eq)]
enum Attempt {
    Taken(String),
    /// Not now; try again.
    Later(String),
    Refused(String),
}

/// The configured server, and who we are there.
struct Sender {
    server: Server,
    sign_in: Option<SignIn>,
    /// Whoever runs the program names the server, so it may be anywhere.
    networks: Networks,
    name: String,
}

/// Starts sending, when a mail server is configured.
pub fn start_sending(app: &App) {
    let Some(config) = &app.config.mail else { return };
    let sender = Arc::new(sender(config, &app.config.public_url));
    let app_of_job = app.clone();
    app.jobs.repeat("mail", PAUSE, Arc::default(), move || turn(app_of_job.clone(), sender.clone()));
}

fn sender(config: &MailServer, public_url: &url::Url) -> Sender {
    let security = match config.security {
        MailSecurity::Starttls => Security::StartTls,
        MailSecurity::Tls => Security::Tls,
        MailSecurity::None => Security::None,
    };
    let sign_in = config
        .credentials
        .as_ref()
        .map(|(user, password)| SignIn::Password { user: user.clone(), password: Secret::new(password.clone()) });
    let server = Server { host: config.host.clone(), port: config.port, security };
    Sender { server, sign_in, networks: Networks::all(), name: own_name(public_url) }
}

/// Sends the message that is due longest.
async fn turn(app: App, sender: Arc<Sender>) -> anyhow::Result<Round> {
    let Some(config) = &app.config.mail else { return Ok(Round::Idle) };
    let mut tx = app.db.write().await?;
    let Some(message) = outbox::claim(&mut tx, app.clock.now()).await? else { return Ok(Round::Idle) };
    tx.commit().await?;

    let recipient =
        message.recipient.parse().map_or_else(|_| message.recipient.clone(), |email: Email| email.in_ascii());
    let attempt = match mail(config, &message, &recipient, &app.config) {
        Ok(mail) => send(&sender, config.from.email.as_ref(), &recipient, &mail.formatted()).await,
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

fn mail(server: &MailServer, message: &Message, recipient: &str, config: &Config) -> anyhow::Result<Mail> {
    let public_url = &config.public_url;
    let support =
        config.support.as_ref().map(|one| format!("\n\nQuestions? {}", one.href.trim_start_matches("mailto:")));
    let date = std::time::UNIX_EPOCH + Duration::from_micros(u64::try_from(message.created_at.micros())?);
    Ok(Mail::builder()
        .from(server.from.clone())
        .to(Mailbox::new(None, recipient.parse()?))
        .subject(&message.subject)
        .date(date)
        .message_id(Some(format!("<{}.{}>", message.message_id, public_url.host_str().unwrap_or("localhost"))))
        .header(ContentType::TEXT_PLAIN)
        .body(message.text(public_url) + &support.unwrap_or_default())?)
}

async fn send(sender: &Sender, from: &str, recipient: &str, mail: &[u8]) -> Attempt {
    match tokio::time::timeout(ATTEMPT_TIMEOUT, converse(sender, from, recipient, mail)).await {
        Err(_) => Attempt::Later("The mail server did not answer in time.".into()),
        Ok(Ok(reply)) => Attempt::Taken(reply.to_string()),
        Ok(Err(fault)) if is_final(&fault) => Attempt::Refused(fault.to_string()),
        Ok(Err(fault)) => Attempt::Later(fault.to_string()),
    }
}

async fn converse(sender: &Sender, from: &str, recipient: &str, mail: &[u8]) -> Result<Reply, Fault> {
    let times = Times::at_most(WAIT_MAX);
    let dial = Dial { networks: &sender.networks, tls: Tls::of_machine(), times, hello: &sender.name };
    let mut session = Session::open(dial, &sender.server, sender.sign_in.as_ref()).await?;
    let outcome = match session.envelope(from, recipient, mail.len()).await {
        Ok(()) => session.body(mail).await,
        Err(fault) => Err(fault),
    };
    session.quit().await;
    outcome
}

/// Whether the message, not the server or who we are there, is what cannot be mended by waiting.
fn is_final(fault: &Fault) -> bool {
    let about_message = match &fault.cause {
        Cause::Refused(reply) => reply.is_permanent() && !SIGN_IN_REPLIES.contains(&reply.code),
        Cause::TooLarge(_) | Cause::NoInternational | Cause::Unspeakable(_) => true,
        _ => false,
    };
    about_message && fault.stage >= Stage::Sender
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::smtp::tests::scripted::Scripted;

    const TO_SENDER: &str = "S: 220 hello\nC: EHLO\nS: 250 mail\n";
    const TO_DOT: &str =
        "S: 220 hello\nC: EHLO\nS: 250 mail\nC: MAIL\nS: 250 Ok\nC: RCPT\nS: 250 Ok\nC: DATA\nS: 354 Go\nMESSAGE\n";

    async fn attempt(script: String) -> Attempt {
        let server = Scripted::in_the_open(script).await;
        let sender = Sender {
            server: server.server.clone(),
            sign_in: None,
            networks: Networks::all(),
            name: "leads.example".into(),
        };
        let attempt =
            send(&sender, "leads@fairlead.example", "uma@acme.example", b"Subject: Hello\r\n\r\nHello\r\n").await;
        server.heard().await;
        attempt
    }

    #[tokio::test]
    async fn a_message_is_taken_only_by_a_yes_to_the_whole_of_it() {
        let taken = attempt(format!("{TO_DOT}S: 250 2.0.0 Ok: queued as 4F1\nC: QUIT")).await;
        assert_eq!(taken, Attempt::Taken("250 2.0.0 Ok: queued as 4F1".into()));
        let hung_up = attempt(TO_DOT.to_owned()).await;
        assert_eq!(hung_up, Attempt::Later("message: the server closed the connection".into()));
        let later = attempt(format!("{TO_DOT}S: 451 4.3.0 Not now\nC: QUIT")).await;
        assert_eq!(later, Attempt::Later("message: 451 4.3.0 Not now".into()));
        let refused = attempt(format!("{TO_DOT}S: 554 5.6.0 Never\nC: QUIT")).await;
        assert_eq!(refused, Attempt::Refused("message: 554 5.6.0 Never".into()));
    }

    #[tokio::test]
    async fn what_is_about_the_server_or_who_we_are_there_does_not_end_a_message() {
        let at_sender = format!("{TO_SENDER}C: MAIL\nS: 530 5.7.0 Authentication required\nC: QUIT");
        for script in ["S: 554 5.7.1 No".to_owned(), "S: 220 hello\nC: EHLO\nS: 550 No".to_owned(), at_sender] {
            let attempt = attempt(script.clone()).await;
            assert!(matches!(attempt, Attempt::Later(_)), "{script}: {attempt:?}");
        }
        let recipient = "C: MAIL\nS: 250 Ok\nC: RCPT\nS: 550 5.1.1 Unknown\nC: QUIT";
        let refused = attempt(format!("{TO_SENDER}{recipient}")).await;
        assert_eq!(refused, Attempt::Refused("recipient: 550 5.1.1 Unknown".into()));
    }
}
