//! Compares the counts with the rows they were made of.

use super::{count::FIGURES, totals::Origin};
use crate::{on, server::db::Tx};

/// A count that is not what its rows add up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub what: String,
    pub counted: i64,
    pub found: i64,
}

/// What differs; nothing while changes wait to be counted.
///
/// # Errors
/// The database's.
pub async fn differences(tx: &mut Tx) -> sqlx::Result<Vec<Difference>> {
    let waits: bool =
        on!(&mut *tx, c => sqlx::query_scalar("select exists (select 1 from outcome_changes)").fetch_one(c).await)?;
    if waits {
        return Ok(Vec::new());
    }
    let mut differences = Vec::new();
    for origin in Origin::ALL {
        let sums = FIGURES.map(|name| format!("coalesce(sum({name}), 0)")).join(" + ");
        let (word, rows) = (origin.word(), origin.rows());
        let sql = format!(
            "select cast((select {sums} from outcome_totals where origin = '{word}') as bigint),
                 cast((select {sums} from {rows}) as bigint)"
        );
        let (counted, found): (i64, i64) =
            on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_one(c).await)?;
        if counted != found {
            differences.push(Difference { what: format!("sums by {word}"), counted, found });
        }
    }
    let base: [(&str, &str, &str); 2] = [
        (
            "leads whose first mail left",
            "select count(*) from lead_outcomes",
            "select count(*) from (select distinct workspace_id, campaign_id, lead_id from sends
             where kind = 'step' and opener and (state = 'sent' or (state = 'failed' and code in ('no_such_address', 'no_such_domain')))) d",
        ),
        (
            "leads who replied",
            "select coalesce(cast(sum(replied) as bigint), 0) from lead_outcomes where open = 0 and bounced = 0",
            "select count(*) from (select distinct f.workspace_id, f.campaign_id, f.lead_id from reply_facts f
             join lead_outcomes o on o.workspace_id = f.workspace_id and o.campaign_id = f.campaign_id and o.lead_id = f.lead_id
             where f.human and o.open = 0 and o.bounced = 0) d",
        ),
    ];
    for (what, counted, found) in base {
        let number = async |tx: &mut Tx, sql: &'static str| -> sqlx::Result<i64> {
            on!(tx, c => sqlx::query_scalar(sql).fetch_one(c).await)
        };
        let (counted, found) = (number(tx, counted).await?, number(tx, found).await?);
        if counted != found {
            differences.push(Difference { what: what.to_owned(), counted, found });
        }
    }
    Ok(differences)
}
