//! What a refusal does to the mailbox: it counts a failure, rests, fails or is paused.

use std::time::Duration;

use serde_json::json;
use sqlx::FromRow;

use super::{
    claim::Lease,
    verdict::{Mailbox, Rest},
};
use crate::{
    on,
    outreach::{
        mailboxes::state::{self, Cause},
        schedule::{
            FIRST_DAY, StoredPace,
            rules::{start_of_day, zone_or_utc},
        },
    },
    server::{clock::Instant, db::Tx},
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
/// Failures in a row that make a mailbox failing.
const FAILURES_MAX: i64 = 3;
/// The longest time until a failing mailbox is tried again.
const RETRY_MAX: Duration = Duration::from_secs(4 * 60 * 60);

#[derive(FromRow)]
struct Before {
    #[sqlx(flatten)]
    pace: StoredPace,
    failures: i64,
    state_code: Option<String>,
}

/// Does it, and returns whether the mailbox stops: it fails or is paused.
///
/// # Errors
/// The database's.
pub(super) async fn apply(
    tx: &mut Tx,
    lease: Lease,
    effect: Mailbox,
    code: &'static str,
    words: &str,
    at: Instant,
) -> sqlx::Result<bool> {
    let mailbox = (lease.workspace, lease.mailbox);
    if effect == Mailbox::Untouched {
        return Ok(false);
    }
    let sql = format!(
        "select time_zone, daily_cap, gap_min_s, gap_max_s, spread, ramp_start, ramp_step, ramp_days, ramp_day, {FIRST_DAY}, failures,
             state_code
         from mailboxes where workspace_id = $1 and id = $2"
    );
    let before: Before = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(mailbox.0).bind(mailbox.1).fetch_one(c).await)?;
    let cause = |code| Cause::new(code, json!({ "words": words }));
    match effect {
        Mailbox::Untouched => Ok(false),
        Mailbox::CountsFailure if before.failures + 1 < FAILURES_MAX => {
            on!(&mut *tx, c => sqlx::query(
                "update mailboxes set failures = failures + 1 where workspace_id = $1 and id = $2")
                .bind(mailbox.0).bind(mailbox.1).execute(c).await.map(drop))?;
            let pause = if before.failures == 0 { MINUTE } else { 5 * MINUTE };
            state::rest_until(tx, mailbox, at.plus(pause), &cause(code)).await?;
            Ok(false)
        }
        Mailbox::CountsFailure => {
            state::fail(tx, mailbox, &cause(code), Some(at.plus(retry(before.failures))), at).await
        }
        Mailbox::Failing(code) => {
            state::fail(tx, mailbox, &cause(code), Some(at.plus(retry(before.failures))), at).await
        }
        Mailbox::FailingUntilTested(code) => state::fail(tx, mailbox, &cause(code), None, at).await,
        Mailbox::Paused => state::pause_by_itself(tx, mailbox, &cause("sender_blocked"), at).await,
        Mailbox::Rests(rest) => {
            let until = match rest {
                Rest::Quarter if before.state_code.as_deref() == Some(code) => at.plus(HOUR),
                Rest::Quarter => at.plus(15 * MINUTE),
                Rest::Hour => at.plus(HOUR),
                Rest::Day => start_of_day(before.pace.today(at).plus(1), &zone_or_utc(&before.pace.time_zone)),
            };
            state::rest_until(tx, mailbox, until, &cause(code)).await?;
            Ok(false)
        }
    }
}

/// How long until a mailbox is tried again that failed so often before: a quarter of an hour, then twice as long each time.
fn retry(failures: i64) -> Duration {
    let doublings = u32::try_from((failures - FAILURES_MAX + 1).clamp(0, 4)).unwrap_or(0);
    (15 * MINUTE * 2_u32.pow(doublings)).min(RETRY_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_mailbox_is_tried_after_a_quarter_of_an_hour_and_then_ever_later() {
        let minutes: Vec<u64> = (0..9).map(|failures| retry(failures).as_secs() / 60).collect();
        assert_eq!(minutes, [15, 15, 15, 30, 60, 120, 240, 240, 240]);
    }
}
