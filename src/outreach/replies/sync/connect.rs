//! A connection to the server that a mailbox is read at, signed in.

use super::{readers::Readers, trouble::Trouble};
use crate::{
    mail::{
        imap::{Cause, Dial, Fault, Limits, Session, Stage},
        server::Server,
        sign_in::SignIn,
        tls::Tls,
    },
    outreach::mailboxes::{
        account::account,
        secrets::MailboxKey,
        sign_in::{Protocol, SignInFault, renewed, sign_in},
    },
    server::app::App,
};

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoConnection {
    /// The mailbox is read nowhere.
    #[error("the mailbox has no server to read from")]
    NoServer,
    #[error(transparent)]
    SignIn(#[from] SignInFault),
    /// What the server said, or did not.
    #[error("{fault}")]
    Fault {
        fault: Fault,
        /// The token may have ended before its time, and no new one was tried.
        may_be_token: bool,
    },
}

impl From<sqlx::Error> for NoConnection {
    fn from(error: sqlx::Error) -> Self {
        Self::SignIn(error.into())
    }
}

impl NoConnection {
    /// What it means for the reader of the mailbox, after this many failures. `None`: it is not to be read any more.
    ///
    /// # Errors
    /// A failure on our side.
    pub fn trouble(self, failures: i64) -> anyhow::Result<Option<Trouble>> {
        match self {
            Self::NoServer => Ok(None),
            Self::SignIn(fault) => match Trouble::of_sign_in(&fault) {
                Some(trouble) => Ok(Some(trouble)),
                None => Err(fault.into()),
            },
            Self::Fault { fault, may_be_token } => Ok(Some(Trouble::of(&fault, may_be_token, failures))),
        }
    }
}

/// Opens a session, within twice what one command may take: whoever answers each at the last moment keeps no others from connecting.
async fn open(dial: Dial<'_>, server: &Server, sign_in: &SignIn) -> Result<Session, Fault> {
    let opened = tokio::time::timeout(dial.limits.time * 2, Session::open(dial, server, sign_in)).await;
    opened.unwrap_or(Err(Fault { stage: Stage::Connect, cause: Cause::Slow }))
}

/// Connects and signs in. A token that the server refuses is fetched anew, once. Returns also whether it signed in with a token.
///
/// # Errors
/// [`NoConnection`].
pub(super) async fn connect(app: &App, (workspace, mailbox): MailboxKey) -> Result<(Session, bool), NoConnection> {
    let server = account(&mut app.db.read().await?, workspace, mailbox).await?.imap;
    let server = server.ok_or(NoConnection::NoServer)?;
    let first = sign_in(app, workspace, mailbox, Protocol::Imap).await?;
    let readers = app.of::<Readers>();
    let with_token = matches!(first, SignIn::Bearer { .. });
    let (tls, limits) = readers.dialled.get_or_init(|| (Tls::of_machine().clone(), Limits::default()));
    let opening = readers.opening.acquire().await.map_err(|closed| SignInFault::Internal(closed.into()))?;
    let dial = Dial { networks: &app.config.networks, tls, limits: *limits };
    let refused = match open(dial, &server, &first).await {
        Ok(session) => return Ok((session, with_token)),
        Err(fault) => fault,
    };
    if !(with_token && is_refused_sign_in(&refused)) {
        return Err(NoConnection::Fault { fault: refused, may_be_token: with_token });
    }
    let Some(next) = renewed(app, (workspace, mailbox), &first).await? else {
        return Err(NoConnection::Fault { fault: refused, may_be_token: false });
    };
    let session = open(dial, &server, &next).await;
    drop(opening);
    session.map(|session| (session, true)).map_err(|fault| NoConnection::Fault { fault, may_be_token: false })
}

fn is_refused_sign_in(fault: &Fault) -> bool {
    fault.stage == Stage::SignIn && matches!(&fault.cause, Cause::Refused(refusal) if !refusal.is_goodbye())
}
