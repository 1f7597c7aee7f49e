//! A connection to the server that a mailbox sends through, signed in.

use serde_json::json;

use super::{sessions::Sessions, verdict::is_refused_sign_in};
use crate::{
    mail::{
        server::Server,
        sign_in::SignIn,
        smtp::{Dial, Fault, Session, Times},
        tls::Tls,
    },
    outreach::mailboxes::{
        account::account,
        secrets::MailboxKey,
        sign_in::{Protocol, SignInFault, renewed, sign_in},
        state::{self, Cause},
    },
    server::app::App,
};

/// A session that is signed in, or the fault of the server. A token that the server refuses is fetched anew, once: it may have ended
/// before its time. Nothing: there is nothing to sign in with, and the state of the mailbox says why.
///
/// # Errors
/// Failures on our side.
pub(super) async fn connect(
    app: &App,
    mailbox: MailboxKey,
    sender: &str,
) -> anyhow::Result<Option<Result<Session, Fault>>> {
    let server = account(&mut app.db.read().await?, mailbox.0, mailbox.1).await?.smtp;
    let first = match sign_in(app, mailbox.0, mailbox.1, Protocol::Smtp).await {
        Ok(first) => first,
        Err(fault) => return note(app, mailbox, fault).await.map(|()| None),
    };
    let refused = match open(app, &server, &first, sender).await {
        Err(fault) if is_refused_sign_in(&fault) => fault,
        opened => return Ok(Some(opened)),
    };
    match renewed(app, mailbox, &first).await {
        Ok(Some(next)) => Ok(Some(open(app, &server, &next, sender).await)),
        Ok(None) => Ok(Some(Err(refused))),
        Err(fault) => note(app, mailbox, fault).await.map(|()| None),
    }
}

async fn open(app: &App, server: &Server, sign_in: &SignIn, sender: &str) -> Result<Session, Fault> {
    let hello = sender.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let dialled = &app.of::<Sessions>().dialled;
    let (tls, times) = dialled.get_or_init(|| (Tls::of_machine().clone(), Times::default()));
    Session::open(Dial { networks: &app.config.networks, tls, times: *times, hello }, server, Some(sign_in)).await
}

/// Writes down why a mailbox has nothing to sign in with, unless its state says so already.
async fn note(app: &App, mailbox: MailboxKey, fault: SignInFault) -> anyhow::Result<()> {
    let code = match fault {
        SignInFault::Internal(error) => return Err(error),
        SignInFault::NoPassword => "no_password",
        SignInFault::NoPermission => "sign_in_again",
        SignInFault::NoToken(_) => return Ok(()),
    };
    let mut tx = app.db.write().await?;
    state::fail(&mut tx, mailbox, &Cause::new(code, json!({})), None, app.clock.now()).await?;
    Ok(tx.commit().await?)
}
