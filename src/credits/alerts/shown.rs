//! Messages about too few credits as they are true when they are shown: they never contradict the balance beside them.

use super::{Alerts, CAUSE, LOW, OUT, RUNWAY, is_short, low_words, select_alerts, short_words};
use crate::{
    accounts::{WorkspaceId, notices::PostedNotice},
    credits::{
        Credits, Pace, Runway,
        usage::runway::{LotEnd, select_pace},
    },
    server::{clock::Instant, select::Select},
};

/// What the messages about too few credits are compared with when they are shown.
pub type Current = (Alerts, Pace, Vec<LotEnd>);

/// The questions behind it.
pub type CurrentSelects = (Select<Alerts>, Select<Pace>, Select<Vec<LotEnd>>);

/// Whether there are messages about too few credits among `open`: few pages show one, so its numbers are read for those alone.
pub fn need_numbers(open: &[PostedNotice]) -> bool {
    open.iter().any(|notice| notice.cause.as_deref() == Some(CAUSE))
}

/// Reads it.
pub fn select_current(workspace: WorkspaceId, at: Instant) -> CurrentSelects {
    let lots =
        "select remaining, expires_at from credit_lots where workspace_id = $1 and remaining > 0 and expires_at > $2
         order by expires_at";
    let lots = Select::rows("remaining, expires_at", lots).bind(workspace.0).bind(at);
    (select_alerts(workspace), select_pace(workspace, at), lots)
}

/// The messages as they are true now: those about too few credits with the numbers of this moment, without those that are no
/// longer true, and of each cause the strongest.
pub fn shown(open: Vec<PostedNotice>, current: &Current, available: Credits, at: Instant) -> Vec<PostedNotice> {
    let mut shown: Vec<PostedNotice> = Vec::with_capacity(open.len());
    for notice in open {
        let Some(notice) = as_of_now(notice, current, available, at) else { continue };
        // The strongest come first; of two as strong, the one that says what waits says more.
        match shown.iter_mut().find(|other| other.cause.is_some() && other.cause == notice.cause) {
            Some(other) if notice.key == OUT && notice.strength == other.strength => *other = notice,
            Some(_) => {}
            None => shown.push(notice),
        }
    }
    shown
}

fn as_of_now(notice: PostedNotice, current: &Current, available: Credits, at: Instant) -> Option<PostedNotice> {
    let (alerts, pace, lots) = current;
    let (title, text) = match notice.key.as_str() {
        OUT => return available.is_zero().then_some(notice),
        LOW if alerts.low_on && available.get() < alerts.low_credits => low_words(*alerts, available),
        LOW => return None,
        RUNWAY => {
            let runway = Runway::with_ends(available, *pace, lots.iter().copied(), at);
            is_short(*alerts, runway).then(|| short_words(*alerts, runway))?
        }
        _ => return Some(notice),
    };
    Some(PostedNotice { title, text, ..notice })
}
