//! What a member searched for lately: the last audiences that were saved into a campaign, counted or opened by address.

use sha2::{Digest, Sha256};
use sqlx::types::Json;

use crate::{
    accounts::Member,
    directory::Criteria,
    on,
    server::{clock::Instant, db::Tx, hexadecimal::hexadecimal},
};

/// Searches kept for each member.
const SEARCHES_KEPT: i64 = 10;

/// A search, and how many people it found then.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RecentSearch {
    pub criteria: Json<Criteria>,
    pub people: i64,
    pub searched_at: Instant,
}

/// Notes a search of the member; the same one again moves to the front. Open criteria are no search.
pub async fn note_search(
    tx: &mut Tx,
    member: &Member,
    criteria: &Criteria,
    people: i64,
    at: Instant,
) -> sqlx::Result<()> {
    if criteria.is_open() {
        return Ok(());
    }
    let key = hexadecimal(&Sha256::digest(criteria.to_query()));
    on!(&mut *tx, c => sqlx::query(
        "insert into recent_searches (workspace_id, user_id, key, criteria, people, searched_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (workspace_id, user_id, key) do update set people = excluded.people, searched_at = excluded.searched_at")
        .bind(member.workspace).bind(member.user).bind(key).bind(Json(criteria)).bind(people).bind(at)
        .execute(c).await.map(drop))?;
    on!(tx, c => sqlx::query(
        "delete from recent_searches where workspace_id = $1 and user_id = $2 and key not in
             (select key from recent_searches where workspace_id = $1 and user_id = $2 order by searched_at desc, key limit $3)")
        .bind(member.workspace).bind(member.user).bind(SEARCHES_KEPT)
        .execute(c).await.map(drop))
}

/// The member's searches, the last one first.
pub async fn recent_searches(tx: &mut Tx, member: &Member) -> sqlx::Result<Vec<RecentSearch>> {
    on!(tx, c => sqlx::query_as(
        "select criteria, people, searched_at from recent_searches where workspace_id = $1 and user_id = $2
         order by searched_at desc, key limit $3")
        .bind(member.workspace).bind(member.user).bind(SEARCHES_KEPT).fetch_all(c).await)
}
