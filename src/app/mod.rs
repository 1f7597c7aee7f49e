//! The whole: what every handler can reach, and which URL shows which page.

#[cfg(test)]
mod complaints_tests;
mod errors;
mod frame;
#[cfg(test)]
mod functions_tests;
pub mod journal;
#[cfg(test)]
mod journal_tests;
#[cfg(test)]
mod nothing_for_nothing;
mod protected;
#[cfg(test)]
mod protected_tests;
#[cfg(test)]
mod queues_tests;
mod routes;
mod serve;
#[cfg(test)]
mod signed_tests;
#[cfg(test)]
mod statements_tests;
#[cfg(test)]
pub mod testing;

pub use protected::protection;
pub use routes::router;
pub use serve::{ended, finish, open, open_database, serve, work};

use futures::future::BoxFuture;

use crate::{
    accounts::{Guesses, MAIL_QUEUE, MemberMailboxes, SecurityLog, WelcomeGift, WorkspaceId},
    billing::{
        self,
        provider::{Provider, stripe},
    },
    campaigns::{self, OwnedContacts, lists, requests},
    credits::{self, Ledger},
    directory::{Directory, imports::upload::Uploading},
    outreach, proof,
    server::{
        app::Owned,
        clock::Instant,
        config::Config,
        db::{Db, Tx},
        error::AppError,
        queue::Queue,
    },
    suppression::{SuppressionKeys, journal::Journal},
    ui::FrameLoader,
};

/// What nouns own in a process.
fn owned(config: &Config, db: &Db, directory: Directory, suppression: SuppressionKeys) -> Owned {
    Owned::default()
        .with(directory)
        .with(outreach::sending::Sessions::start(config, db, &suppression))
        .with(outreach::replies::sync::Readers::new(config))
        .with(Journal::new(config.journal.clone(), suppression.clone()))
        .with(suppression)
        .with(Ledger::start(db))
        .with(OwnedContacts::default())
        .with(outreach::unsubscribe::Attempts::new())
        .with(outreach::unsubscribe::OptOuts::start(db))
        .with(outreach::inbox::Fetching::new())
        .with(outreach::sending::Scheduler::default())
        .with(Uploading::default())
        .with(Provider::configured(config, db))
        .with(Guesses::new())
        .with(SecurityLog::default())
        .with(WelcomeGift { credits: credits::SIGNUP_PROMOTION, grant: grant_welcome_gift })
        .with(proof::Checks(vec![
            |tx, workspace| Box::pin(async move { Ok(billing::verify::verify(tx, workspace).await?) }),
            |tx, workspace| Box::pin(async move { Ok(campaigns::verify::verify(tx, workspace).await?) }),
            |tx, workspace| Box::pin(async move { Ok(proof::sealed(tx, workspace).await?) }),
        ]))
        .with(MemberMailboxes(|tx, workspace| Box::pin(outreach::mailboxes::mailbox::by_member(tx, workspace))))
        .with(campaigns::leads::LeadPanels(outreach::progress::lead::pages::panel))
        .with(FrameLoader(frame::load))
}

/// The queues whose rows wait for a worker, by name. Mails of campaigns have a scheduler of their own.
pub fn queues() -> [(&'static str, &'static Queue); 10] {
    let [calls, payments, events, plans] = stripe::queues();
    [
        ("lead requests", &requests::claim::QUEUE),
        ("own lists", &lists::store::QUEUE),
        ("system mail", &MAIL_QUEUE),
        ("calls to the payment provider", calls),
        ("orders to ask about", payments),
        ("events of the payment provider", events),
        ("plans to ask about", plans),
        ("tests of mailboxes", &outreach::mailboxes::check::QUEUE),
        ("sending domains", &outreach::mailboxes::domains::QUEUE),
        ("proofs of the ledger", &proof::QUEUE),
    ]
}

fn grant_welcome_gift(tx: &mut Tx, workspace: WorkspaceId, at: Instant) -> BoxFuture<'_, Result<(), AppError>> {
    Box::pin(async move { Ok(credits::grant_signup_promotion(tx, workspace, at).await.map(drop)?) })
}
