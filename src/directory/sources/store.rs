//! The SQL of HTTP sources: what the operator entered, their rate limit, and how they are.

use std::time::Duration;

use sqlx::types::Json;
use url::Url;

use super::{Client, Fault};
use crate::{
    directory::{
        contacts::keys::{fold, one_line},
        ids::SourceId,
        imports::store::source_named,
        source::LawfulBasis,
    },
    on,
    server::{clock::Instant, db::Tx, http_client::HttpClient},
};

/// After a first failure a source is left alone for so long; four times as long after each further one.
const REST: Duration = Duration::from_secs(30);
const REST_MAX: Duration = Duration::from_secs(30 * 60);
/// A call that would have to wait longer for the rate limit is not waited for.
const TURN_WAIT_MAX: Duration = Duration::from_secs(2);

/// What the operator decides about a source.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Settings {
    pub name: String,
    /// The base address, without `/search`.
    pub url: String,
    pub secret: String,
    /// Credits per delivered lead.
    pub price: i64,
    pub calls_per_minute: i64,
    /// What it may cost for one lead request, in hundredths; `None`: no limit.
    pub cost_max: Option<i64>,
    /// In which order sources are asked unless somebody chose another.
    pub position: i64,
    pub licence_note: String,
    pub lawful_basis: LawfulBasis,
}

/// A source that is asked over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct HttpSource {
    pub id: SourceId,
    #[sqlx(flatten)]
    pub settings: Settings,
    pub enabled: bool,
    /// In a row.
    pub failures: i64,
    /// It is left alone until then.
    pub rests_until: Instant,
    /// What went wrong last; `None`: the last answer was good.
    pub fault: Option<Json<Fault>>,
    pub fault_at: Option<Instant>,
    pub answered_at: Option<Instant>,
}

impl HttpSource {
    /// A way to it; `None` for an address that is none any more.
    pub fn client(&self, http: &HttpClient) -> Option<Client> {
        Some(Client::new(http, &Url::parse(&self.settings.url).ok()?, &self.settings.secret))
    }
}

const SELECT: &str =
    "select s.id, s.name, h.url, h.secret, h.price, h.calls_per_minute, h.cost_max, h.position, s.licence_note,
         s.lawful_basis, h.enabled, h.failures, h.rests_until, h.fault, h.fault_at, h.answered_at
     from http_sources h join sources s on s.id = h.source_id";

/// All of them, in the order in which they are asked.
pub async fn http_sources(tx: &mut Tx) -> sqlx::Result<Vec<HttpSource>> {
    let sql = format!("{SELECT} order by h.position, h.created_at, s.id limit 100");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(c).await)
}

/// One of them.
pub async fn http_source(tx: &mut Tx, id: SourceId) -> sqlx::Result<Option<HttpSource>> {
    let sql = format!("{SELECT} where s.id = $1");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(c).await)
}

/// Adds a source. `None` when another one has its name.
pub async fn add(tx: &mut Tx, settings: &Settings, at: Instant) -> sqlx::Result<Option<SourceId>> {
    if name_is_taken(tx, &settings.name, None).await? {
        return Ok(None);
    }
    let id = source_named(tx, &settings.name, at).await?.id;
    on!(&mut *tx, c => sqlx::query(
        "insert into http_sources (source_id, url, secret, price, calls_per_minute, cost_max, position, enabled, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)")
        .bind(id).bind(&settings.url).bind(&settings.secret).bind(settings.price).bind(settings.calls_per_minute)
        .bind(settings.cost_max).bind(settings.position).bind(true).bind(at).execute(c).await.map(drop))?;
    name_and_terms(tx, id, settings).await?;
    Ok(Some(id))
}

/// Changes a source. `false` when another one has its name. What it did wrong before is forgotten.
pub async fn change(tx: &mut Tx, id: SourceId, settings: &Settings, at: Instant) -> sqlx::Result<bool> {
    if name_is_taken(tx, &settings.name, Some(id)).await? {
        return Ok(false);
    }
    on!(&mut *tx, c => sqlx::query(
        "update http_sources set url = $2, secret = $3, price = $4, calls_per_minute = $5, cost_max = $6, position = $7,
             failures = 0, rests_until = 0, next_call_at = 0, fault = null, fault_at = null, updated_at = $8 where source_id = $1")
        .bind(id).bind(&settings.url).bind(&settings.secret).bind(settings.price).bind(settings.calls_per_minute)
        .bind(settings.cost_max).bind(settings.position).bind(at).execute(c).await.map(drop))?;
    name_and_terms(tx, id, settings).await?;
    Ok(true)
}

async fn name_and_terms(tx: &mut Tx, id: SourceId, settings: &Settings) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update sources set name = $2, name_key = $3, licence_note = $4, lawful_basis = $5 where id = $1")
        .bind(id).bind(&settings.name).bind(key_of(&settings.name)).bind(&settings.licence_note).bind(settings.lawful_basis)
        .execute(c).await.map(drop))
}

/// Case and accents of a name do not matter.
fn key_of(name: &str) -> String {
    let name = one_line(name);
    Some(fold(&name)).filter(|key| !key.is_empty()).unwrap_or(name)
}

async fn name_is_taken(tx: &mut Tx, name: &str, but: Option<SourceId>) -> sqlx::Result<bool> {
    let held: i64 = on!(tx, c => sqlx::query_scalar(
        "select count(*) from sources where name_key = $1 and ($2 is null or id <> $2)")
        .bind(key_of(name)).bind(but).fetch_one(c).await)?;
    Ok(held > 0)
}

/// Lets a source be asked, or not. Answers whether that changed anything.
pub async fn enable(tx: &mut Tx, id: SourceId, enabled: bool, at: Instant) -> sqlx::Result<bool> {
    let changed = on!(tx, c => sqlx::query(
        "update http_sources set enabled = $2, failures = 0, rests_until = 0, updated_at = $3
         where source_id = $1 and enabled <> $2")
        .bind(id).bind(enabled).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// Takes the next place in the source's calls per minute; the answer is when it may be called. `None`: others wait already,
/// come back later. All copies of the server share the limit.
pub async fn take_turn(tx: &mut Tx, source: &HttpSource, at: Instant) -> sqlx::Result<Option<Instant>> {
    let gap = 60_000_000 / source.settings.calls_per_minute.max(1);
    let next: Option<i64> = on!(tx, c => sqlx::query_scalar(
        "update http_sources set next_call_at = (case when next_call_at > $2 then next_call_at else $2 end) + $3
         where source_id = $1 and next_call_at <= $4 returning next_call_at")
        .bind(source.id).bind(at).bind(gap).bind(at.plus(TURN_WAIT_MAX)).fetch_optional(c).await)?;
    Ok(next.map(|next| Instant(next - gap)))
}

/// Notes a good answer.
pub async fn note_answer(tx: &mut Tx, id: SourceId, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update http_sources set failures = 0, rests_until = 0, fault = null, fault_at = null, answered_at = $2 where source_id = $1")
        .bind(id).bind(at).execute(c).await.map(drop))
}

/// Notes a failure, and returns until when the source is left alone: longer with each failure in a row, and as long as it
/// asked for.
///
/// # Errors
/// Only the database's.
pub async fn note_fault(tx: &mut Tx, id: SourceId, fault: &Fault, at: Instant) -> sqlx::Result<Instant> {
    let failures: Option<i64> = on!(&mut *tx, c => sqlx::query_scalar(
        "update http_sources set failures = failures + 1, fault = $2, fault_at = $3 where source_id = $1 returning failures")
        .bind(id).bind(Json(fault)).bind(at).fetch_optional(c).await)?;
    let growing = REST * 4_u32.pow(u32::try_from(failures.unwrap_or(1) - 1).unwrap_or(0).min(5));
    let until = at.plus(growing.max(fault.retry_after().unwrap_or_default()).min(REST_MAX));
    on!(tx, c => sqlx::query("update http_sources set rests_until = $2 where source_id = $1")
        .bind(id).bind(until).execute(c).await.map(drop))?;
    Ok(until)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::db::{migrate_again, test_databases};

    const NOW: Instant = Instant(1_795_340_190_000_000);

    pub fn settings(name: &str) -> Settings {
        Settings {
            name: name.into(),
            url: "https://leads.example.com/v1".into(),
            secret: "sixteen letters.".into(),
            price: 2,
            calls_per_minute: 60,
            cost_max: Some(2_500),
            position: 1,
            licence_note: String::new(),
            lawful_basis: LawfulBasis::Contract,
        }
    }

    #[tokio::test]
    async fn a_source_is_known_by_a_name_of_its_own() {
        for test in test_databases().await {
            let mut tx = test.db.write().await.unwrap();
            let id = add(&mut tx, &settings("Acorn"), NOW).await.unwrap().unwrap();
            assert_eq!(add(&mut tx, &settings("ACORN"), NOW).await.unwrap(), None);
            let other = add(&mut tx, &settings("Birch"), NOW).await.unwrap().unwrap();
            assert!(!change(&mut tx, other, &settings("Acorn"), NOW).await.unwrap());
            assert!(change(&mut tx, id, &Settings { price: 3, ..settings("Acórn") }, NOW).await.unwrap());
            let found = http_source(&mut tx, id).await.unwrap().unwrap();
            assert_eq!((found.settings.price, found.settings.name.as_str(), found.enabled), (3, "Acórn", true));
            assert!(enable(&mut tx, id, false, NOW).await.unwrap() && !enable(&mut tx, id, false, NOW).await.unwrap());
        }
    }

    #[tokio::test]
    async fn calls_keep_to_the_rate_limit_whoever_makes_them() {
        for test in test_databases().await {
            let mut tx = test.db.write().await.unwrap();
            let id = add(&mut tx, &settings("Acorn"), NOW).await.unwrap().unwrap();
            let source = http_source(&mut tx, id).await.unwrap().unwrap();
            let mut turns = Vec::new();
            for _ in 0..5 {
                turns.push(take_turn(&mut tx, &source, NOW).await.unwrap().map(|at| at.micros() - NOW.micros()));
            }
            assert_eq!(turns, [Some(0), Some(1_000_000), Some(2_000_000), None, None]);
            let later = NOW.plus(Duration::from_secs(10));
            assert_eq!(take_turn(&mut tx, &source, later).await.unwrap(), Some(later));
        }
    }

    #[tokio::test]
    async fn a_failing_source_rests_longer_each_time_and_an_answer_forgives() {
        for test in test_databases().await {
            let mut tx = test.db.write().await.unwrap();
            let id = add(&mut tx, &settings("Acorn"), NOW).await.unwrap().unwrap();
            let mut rests = Vec::new();
            for _ in 0..6 {
                let until = note_fault(&mut tx, id, &Fault::Slow, NOW).await.unwrap();
                rests.push((until.micros() - NOW.micros()) / 1_000_000);
            }
            assert_eq!(rests, [30, 120, 480, 1_800, 1_800, 1_800]);
            note_answer(&mut tx, id, NOW).await.unwrap();
            let found = http_source(&mut tx, id).await.unwrap().unwrap();
            assert_eq!((found.failures, found.fault), (0, None));
            let asked = Fault::Down { status: 429, retry_after: Some(90) };
            let until = note_fault(&mut tx, id, &asked, NOW).await.unwrap();
            assert_eq!(until, NOW.plus(Duration::from_secs(90)));
        }
    }

    #[tokio::test]
    async fn the_migration_turns_the_earlier_words_about_sources_into_codes() {
        let words = [
            ("it cannot be reached", Fault::Unreachable),
            ("it did not answer in time", Fault::Slow),
            ("its answer is larger than 8 MB", Fault::TooLarge),
            ("it answered with status 503", Fault::Down { status: 503, retry_after: None }),
            ("it refused with status 302", Fault::Refused { status: 302, reason: String::new() }),
            ("it refused with status 401: No: never", Fault::Refused { status: 401, reason: "No: never".into() }),
            ("its answer is no JSON", Fault::NotJson),
            ("its answer breaks the contract: no contacts", Fault::Shape { detail: "no contacts".into() }),
            ("it sent the same page again", Fault::SamePage),
            ("it was switched off", Fault::SwitchedOff),
            ("its cost limit for one request is reached", Fault::CostReached),
            ("it gave too few people in too many pages", Fault::TooFew),
            ("it failed a moment ago", Fault::Rests),
            (
                "its page costs 5, at most 4 was allowed",
                Fault::Earlier { text: "its page costs 5, at most 4 was allowed".into() },
            ),
        ];
        for test in test_databases().await {
            let mut tx = test.db.write().await.unwrap();
            let id = add(&mut tx, &settings("Acorn"), NOW).await.unwrap().unwrap();
            tx.commit().await.unwrap();
            for (text, expected) in &words {
                let back = format!(
                    "alter table http_sources drop column fault; alter table http_sources add column fault text;
                     alter table lead_request_sources drop column fault; alter table lead_request_sources add column fault text;
                     update http_sources set fault = '{text}'"
                );
                migrate_again(&test.db, &back, "0023_source_faults.sql").await;
                let found = http_source(&mut test.db.read().await.unwrap(), id).await.unwrap().unwrap();
                assert_eq!(found.fault, Some(Json(expected.clone())), "{text}");
            }
        }
    }
}
