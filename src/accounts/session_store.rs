//! Browser sessions in our own table, so that "sign out everywhere" is one statement.

use std::collections::HashMap;

use async_trait::async_trait;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::types::Json;
use time::OffsetDateTime;
use tower_sessions::{
    Expiry, SessionManagerLayer, SessionStore,
    cookie::SameSite,
    session::{Id, Record},
    session_store::{Error, Result},
};

use super::{UserId, member::SESSION_USER};
use crate::{
    on,
    server::{app::App, clock::Clock, db::Db},
};

type Data = HashMap<String, Value>;

const INACTIVITY_DAYS: i64 = 30;
/// Key under which a loaded session keeps what it was when it was loaded; never stored.
const LOADED: &str = "loaded";

/// Sessions in the database, found by the SHA-256 of their id.
#[derive(Debug, Clone)]
pub struct DatabaseSessions {
    db: Db,
    clock: Clock,
}

impl DatabaseSessions {
    pub fn new(app: &App) -> Self {
        Self { db: app.db.clone(), clock: app.clock.clone() }
    }

    /// How far the clock of the product is ahead of the system's, which the session layer goes by, in microseconds.
    fn ahead(&self) -> i64 {
        match self.clock {
            Clock::System => 0,
            _ => self.clock.now().micros().saturating_sub(Clock::System.now().micros()),
        }
    }

    /// When a session ends, by the clock of the product.
    fn expires_at(&self, record: &Record) -> i64 {
        micros(record.expiry_date).saturating_add(self.ahead())
    }
}

/// The layer that gives every page its session.
pub fn session_layer(app: &App) -> SessionManagerLayer<DatabaseSessions> {
    let store = DatabaseSessions::new(app);
    let secure = app.config.public_url.scheme() == "https";
    SessionManagerLayer::new(store)
        .with_name(if secure { "__Host-fairlead" } else { "fairlead" })
        .with_secure(secure)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(time::Duration::days(INACTIVITY_DAYS)))
}

fn id_hash(id: Id) -> Vec<u8> {
    Sha256::digest(id.0.to_be_bytes()).to_vec()
}

fn backend(error: impl std::fmt::Display) -> Error {
    Error::Backend(error.to_string())
}

fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

fn user_of(data: &Data) -> Option<UserId> {
    data.get(SESSION_USER).and_then(|value| serde_json::from_value(value.clone()).ok())
}

/// What is to be stored of a session.
fn without_loaded(data: &Data) -> Data {
    data.iter().filter(|(key, _)| *key != LOADED).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Does to `stored` what a request did to the session since it was loaded, and nothing else.
fn merge(stored: &mut Data, changed: &Data) {
    let loaded = changed.get(LOADED).and_then(Value::as_object);
    for key in loaded.into_iter().flat_map(|loaded| loaded.keys()) {
        if !changed.contains_key(key) {
            stored.remove(key);
        }
    }
    for (key, value) in without_loaded(changed) {
        if loaded.and_then(|loaded| loaded.get(&key)) != Some(&value) {
            stored.insert(key, value);
        }
    }
}

#[async_trait]
impl SessionStore for DatabaseSessions {
    /// Adds a session under an id that nobody has; sign-in asks for one (see `browser_session::begin`).
    async fn create(&self, record: &mut Record) -> Result<()> {
        let data = without_loaded(&record.data);
        let mut tx = self.db.write().await.map_err(backend)?;
        loop {
            let added = on!(&mut tx, c => sqlx::query(
                "insert into sessions (id_hash, user_id, data, created_at, expires_at) values ($1, $2, $3, $4, $5)
                 on conflict (id_hash) do nothing")
                .bind(id_hash(record.id)).bind(user_of(&data)).bind(Json(&data))
                .bind(self.clock.now()).bind(self.expires_at(record))
                .execute(c).await.map(|done| done.rows_affected()))
            .map_err(backend)?;
            if added > 0 {
                return tx.commit().await.map_err(backend);
            }
            record.id = Id::default();
        }
    }

    /// Changes a session that is still there. One that was ended meanwhile ("sign out everywhere") stays ended: a request
    /// that was under way at that moment must not bring it back. Requests of one browser run side by side: each changes
    /// what it changed itself, so that a page that follows in one tab does not undo what a form in another did.
    async fn save(&self, record: &Record) -> Result<()> {
        let mut tx = self.db.write().await.map_err(backend)?;
        let stored: Option<(Json<Data>,)> = on!(&mut tx, c => sqlx::query_as(
            "update sessions set expires_at = $2 where id_hash = $1 returning data")
            .bind(id_hash(record.id)).bind(self.expires_at(record)).fetch_optional(c).await)
        .map_err(backend)?;
        let Some((Json(mut data),)) = stored else { return Ok(()) };
        merge(&mut data, &record.data);
        on!(&mut tx, c => sqlx::query("update sessions set user_id = $2, data = $3 where id_hash = $1")
            .bind(id_hash(record.id)).bind(user_of(&data)).bind(Json(&data)).execute(c).await.map(drop))
        .map_err(backend)?;
        tx.commit().await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let mut tx = self.db.read().await.map_err(backend)?;
        let row: Option<(Json<Data>, i64)> = on!(&mut tx, c => sqlx::query_as(
            "select data, expires_at from sessions where id_hash = $1 and expires_at > $2")
            .bind(id_hash(*id)).bind(self.clock.now()).fetch_optional(c).await)
        .map_err(backend)?;
        let Some((Json(mut data), expires_at)) = row else { return Ok(None) };
        let loaded = data.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        data.insert(LOADED.to_owned(), Value::Object(loaded));
        let expiry_date = OffsetDateTime::from_unix_timestamp(expires_at.saturating_sub(self.ahead()) / 1_000_000)
            .map_err(backend)?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let mut tx = self.db.write().await.map_err(backend)?;
        on!(&mut tx, c => sqlx::query("delete from sessions where id_hash = $1")
            .bind(id_hash(*id)).execute(c).await.map(drop))
        .map_err(backend)?;
        tx.commit().await.map_err(backend)
    }
}
