//! What follows the mails of sessions: campaigns that are over are finished, and open pages are told.
//!
//! No mail waits for it. One task at a time does it for all sessions, so with many batches a second a campaign is looked at once in
//! [`PAUSE`] and not after each of them.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{
    round::{settle, tell},
    sessions::Sessions,
};
use crate::{accounts::WorkspaceId, ids::CampaignId, server::app::App};

/// Between two looks at what batches left behind meanwhile.
const PAUSE: Duration = Duration::from_millis(500);

pub(super) type Campaigns = BTreeSet<(WorkspaceId, CampaignId)>;

/// The campaigns that batches were about.
#[derive(Debug, Default)]
pub(super) struct Afterwards(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    /// Something ended in them.
    concerned: Campaigns,
    /// Mails of them left.
    told: Campaigns,
    /// A task looks at them until nothing waits.
    is_served: bool,
}

impl Afterwards {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds campaigns. Returns whether the caller starts the task.
    fn add(&self, concerned: Campaigns, told: Campaigns) -> bool {
        let mut waiting = self.waiting();
        waiting.concerned.extend(concerned);
        waiting.told.extend(told);
        !std::mem::replace(&mut waiting.is_served, true)
    }

    /// What waits, or nothing: then the task ends, and the next batch starts another.
    fn take(&self) -> Option<(Campaigns, Campaigns)> {
        let mut waiting = self.waiting();
        let (concerned, told) = (std::mem::take(&mut waiting.concerned), std::mem::take(&mut waiting.told));
        waiting.is_served = !(concerned.is_empty() && told.is_empty());
        waiting.is_served.then_some((concerned, told))
    }
}

/// Looks after the campaigns of a batch: those in which something ended are settled, the pages of all of them told.
pub(super) fn look_after(app: &App, concerned: Campaigns, told: Campaigns) {
    let sessions = app.of::<Sessions>();
    if sessions.afterwards.add(concerned, told) {
        let app = app.clone();
        sessions.tasks.spawn(async move {
            let sessions = app.of::<Sessions>();
            while let Some((concerned, told)) = sessions.afterwards.take() {
                if let Err(error) = settle(&app, &concerned, app.clock.now()).await {
                    tracing::warn!(error = format!("{error:#}"), "a campaign could not be looked at after its mails");
                }
                tell(&app, concerned.union(&told)).await;
                app.jobs.shutdown.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
            }
        });
    }
}
