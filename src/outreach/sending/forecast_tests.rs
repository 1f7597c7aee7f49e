//! The forecast of a campaign beside what the scheduler then sends, on a clock of its own.

use super::tests::{DAY, Outreach, pace};
use crate::{
    on,
    outreach::schedule::{
        forecast_of,
        rules::{Pace, Ramp},
    },
    server::{clock::Instant, db::test_databases},
};

const DAYS: usize = 14;

/// The days since 1970 of each mail, in UTC.
async fn sent_on(outreach: &Outreach) -> Vec<i64> {
    outreach.mails().await.into_iter().map(|mail| mail.received_at.micros().div_euclid(86_400_000_000)).collect()
}

/// Lets time pass from one moment at which there is something to do to the next.
async fn pass_quickly(outreach: &Outreach, end: Instant) {
    loop {
        outreach.settle().await;
        let mut tx = outreach.world.app.db.read().await.unwrap();
        let next: Option<Instant> = on!(&mut tx, c => sqlx::query_scalar(
            "select min(at) from (select look_at as at from mailboxes union all select closes_at from campaign_zones
                 union all select held_until from enrolments) moments where at > $1")
            .bind(outreach.now()).fetch_one(c).await)
        .unwrap();
        let Some(next) = next.filter(|next| *next <= end) else { break };
        let ahead = next.micros() - outreach.now().micros();
        outreach.world.app.clock.advance(std::time::Duration::from_micros(ahead.unsigned_abs()));
    }
}

#[tokio::test]
async fn a_forecast_is_within_a_day_and_a_twentieth_of_what_is_sent() {
    for test in test_databases().await {
        let paces =
            [Pace { spread: true, ..pace(8) }, Pace { ramp: Some(Ramp { start: 2, step: 2, days: 0 }), ..pace(9) }];
        let outreach = Outreach::new(&test.db, 60, 3, &paces).await;
        let begin = outreach.now();
        let (workspace, campaign) = (outreach.world.member.workspace, outreach.world.campaign);
        let mut tx = outreach.world.app.db.read().await.unwrap();
        let (_, forecast) = forecast_of(&mut tx, workspace, campaign, begin).await.unwrap().unwrap();
        drop(tx);
        pass_quickly(&outreach, begin.plus(60 * DAY)).await;
        outreach.audit().await;
        let sent = sent_on(&outreach).await;
        assert_eq!(sent.len(), 180, "all mails of all leads");
        let last = *sent.iter().max().unwrap();
        let done = forecast.done.expect("an end is foreseen").0;
        assert!((done - last).abs() <= 1, "foreseen for {done}, done on {last}");
        // After each day: not less than after the day before it, nor more than after the one that follows, by the forecast.
        let foreseen: Vec<f64> = forecast
            .days
            .iter()
            .scan(0, |sum, day| {
                *sum += day.openers + day.follow_ups;
                Some(*sum as f64)
            })
            .collect();
        for (number, day) in forecast.days.iter().enumerate() {
            let is = sent.iter().filter(|on| **on <= day.day.0).count() as f64;
            let least = number.checked_sub(1).map_or(0.0, |before| foreseen[before]);
            let most = foreseen[(number + 1).min(DAYS - 1)];
            assert!(is >= least * 0.95 && is <= most * 1.05, "{}: {is} of {foreseen:?}", day.day);
        }
        let (is, was) =
            (sent.iter().filter(|on| **on <= forecast.days[DAYS - 1].day.0).count() as f64, foreseen[DAYS - 1]);
        assert!((is - was).abs() <= was * 0.05, "{is} mails in two weeks, {was} foreseen");
    }
}
