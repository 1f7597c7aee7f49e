//! Removing people from the directory.

use sqlx::QueryBuilder;

use super::store;
use crate::{
    directory::ContactId,
    on,
    server::{batches::VALUES_PER_STATEMENT, db::Tx},
};

/// Removes these people; the indexes follow by their numbers. Whoever calls it has taken the directory's row
/// ([`advance_counters`](store::advance_counters)), which keeps other writers out.
///
/// # Errors
/// The database's.
pub async fn remove_contacts(tx: &mut Tx, people: &[ContactId]) -> sqlx::Result<()> {
    for people in people.chunks(VALUES_PER_STATEMENT) {
        let removed = i64::try_from(people.len()).unwrap_or(0);
        let before = store::advance_counters(tx, 0, removed).await?;
        on!(&mut *tx, c => {
            let mut query = QueryBuilder::new("insert into contacts_removed (contact_id, revision) ");
            query.push_values(people.iter().zip(before.last_revision + 1..), |mut row, (person, revision)| {
                row.push_bind(*person).push_bind(revision);
            });
            query.build().execute(c).await.map(drop)
        })?;
        on!(&mut *tx, c => {
            let mut query = QueryBuilder::new("delete from contacts where id in (");
            let mut list = query.separated(", ");
            for person in people {
                list.push_bind(*person);
            }
            query.push(")");
            query.build().execute(c).await.map(drop)
        })?;
        on!(&mut *tx, c => sqlx::query("update directory set removed = removed + $1 where id = 1")
            .bind(removed).execute(c).await.map(drop))?;
    }
    Ok(())
}
