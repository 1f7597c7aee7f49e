//! Anchors: what the ledger held at one moment, in a file that is kept elsewhere.
//!
//! The chain shows that no movement was changed. That its newest ones were cut off, or that the whole database was put back to
//! an earlier day, shows only beside something outside of it: an anchor names the number and the hash of each workspace's newest
//! movement, and is signed. As hashes continue each other, a ledger that still has these movements has all before them.

use std::io::{BufRead, BufReader, Read, Write};

use anyhow::{Context, ensure};
use sha2::{Digest, Sha256};

use super::verify::Difference;
use crate::{
    accounts::WorkspaceId,
    on,
    server::{clock::Instant, db::Tx, hexadecimal::hexadecimal},
};

const FIRST_LINE: &str = "fairlead anchor 1";
/// Workspaces read at once.
const PAGE: i64 = 1_000;

/// The newest movement of a workspace.
#[derive(Debug, sqlx::FromRow)]
struct Head {
    workspace_id: WorkspaceId,
    seq: i64,
    hash: Vec<u8>,
}

/// Writes an anchor of the ledger as the open snapshot sees it, and returns how many workspaces it names.
///
/// # Errors
/// The database's; and when `out` cannot be written.
pub async fn write_anchor(tx: &mut Tx, at: Instant, out: &mut impl Write) -> anyhow::Result<i64> {
    let mut digest = Sha256::new();
    let mut line = |text: String| -> std::io::Result<()> {
        let text = format!("{text}\n");
        digest.update(&text);
        out.write_all(text.as_bytes())
    };
    line(FIRST_LINE.into())?;
    line(format!("time {}", at.rfc3339()))?;
    let (mut after, mut workspaces) = (WorkspaceId(uuid::Uuid::nil()), 0);
    loop {
        let heads: Vec<Head> = on!(tx, c => sqlx::query_as(
            "select workspace_id, next_seq - 1 as seq, last_hash as hash from credit_accounts
             where workspace_id > $1 and next_seq > 1 order by workspace_id limit $2")
            .bind(after).bind(PAGE).fetch_all(c).await)?;
        let Some(last) = heads.last() else { break };
        after = last.workspace_id;
        for Head { workspace_id, seq, hash } in heads {
            line(format!("workspace {workspace_id} {seq} {}", hexadecimal(&hash)))?;
            workspaces += 1;
        }
    }
    line(format!("workspaces {workspaces}"))?;
    let key = tx.keys().current();
    line(format!("key {}", key.id()))?;
    let signature = key.sign("anchor", &[&digest.finalize()]);
    out.write_all(format!("signature {}\n", hexadecimal(&signature)).as_bytes())?;
    Ok(workspaces)
}

/// Whether the ledger still has everything that an anchor names: what it lacks. `open` opens the file, which is read twice:
/// first its signature is checked.
///
/// # Errors
/// The database's; and when the file cannot be read, or is not an anchor that this instance wrote.
pub async fn check_anchor<R: Read>(
    tx: &mut Tx,
    open: impl Fn() -> std::io::Result<R>,
) -> anyhow::Result<Vec<Difference>> {
    let time = check_signature(tx, BufReader::new(open()?))?;
    let mut differences = Vec::new();
    for line in BufReader::new(open()?).lines() {
        let line = line?;
        let Some(head) = line.strip_prefix("workspace ") else { continue };
        let mut parts = head.split(' ');
        let (id, seq, hash) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
        let workspace: WorkspaceId = id.and_then(|id| id.parse().ok()).context("the anchor names no workspace")?;
        let seq: i64 = seq.and_then(|seq| seq.parse().ok()).context("the anchor names no movement")?;
        let stored: Option<Vec<u8>> = on!(&mut *tx, c => sqlx::query_scalar(
            "select hash from credit_transfers where workspace_id = $1 and seq = $2")
            .bind(workspace).bind(seq).fetch_optional(c).await)?;
        let what = match stored {
            Some(stored) if hexadecimal(&stored) == hash => continue,
            Some(_) => format!("is another one than the anchor of {time} names: the chain was written anew"),
            None => format!("is missing, the anchor of {time} names it: movements were cut off"),
        };
        differences.push(Difference { workspace, place: format!("transfer {seq}"), what });
    }
    Ok(differences)
}

/// Returns the time of the anchor.
fn check_signature(tx: &Tx, file: impl BufRead) -> anyhow::Result<String> {
    let (mut digest, mut time, mut key, mut signature) = (Sha256::new(), String::new(), String::new(), String::new());
    for (number, line) in file.lines().enumerate() {
        let line = line.context("the anchor cannot be read")?;
        ensure!(number > 0 || line == FIRST_LINE, "this file is no anchor: it does not begin with “{FIRST_LINE}”");
        match line.split_once(' ') {
            Some(("signature", text)) => signature = text.to_owned(),
            _ if !signature.is_empty() => anyhow::bail!("the anchor continues after its signature"),
            Some(("time", text)) => time = text.to_owned(),
            Some(("key", text)) => key = text.to_owned(),
            _ => {}
        }
        if signature.is_empty() {
            digest.update(format!("{line}\n"));
        }
    }
    let known = tx.keys().named(&key).with_context(|| {
        format!("FAIRLEAD_SECRET_KEYS_OLD: the anchor is signed with the key “{key}”, which is not among the keys of this instance")
    })?;
    let expected = hexadecimal(&known.sign("anchor", &[&digest.finalize()]));
    ensure!(signature == expected, "the anchor was changed after it was written: its signature does not fit");
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        credits::{Credits, grant_by_operator},
        server::db::{Db, change_behind_its_back, test_databases},
    };

    const NOW: Instant = Instant(1_795_340_190_000_000);

    async fn grant(db: &Db, workspace: WorkspaceId, key: &str) {
        let mut tx = db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query(
            "insert into workspaces (id, name, created_at) values ($1, 'Acme', 0) on conflict do nothing")
            .bind(workspace).execute(c).await.map(drop))
        .unwrap();
        grant_by_operator(&mut tx, workspace, Credits::new(5).unwrap(), "Test", None, key, NOW).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn against(db: &Db, anchor: &[u8]) -> anyhow::Result<Vec<Difference>> {
        check_anchor(&mut db.snapshot().await?, || Ok(anchor)).await
    }

    #[tokio::test]
    async fn a_ledger_that_lost_its_newest_movements_or_was_written_anew_is_not_the_one_anchored() {
        for test in test_databases().await {
            let (db, one, two) = (&test.db, WorkspaceId::new(), WorkspaceId::new());
            for (workspace, key) in [(one, "a"), (one, "b"), (two, "c")] {
                grant(db, workspace, key).await;
            }
            let mut anchor = Vec::new();
            assert_eq!(write_anchor(&mut db.snapshot().await.unwrap(), NOW, &mut anchor).await.unwrap(), 2);
            grant(db, one, "later").await;
            assert_eq!(against(db, &anchor).await.unwrap(), [], "more movements take nothing away");

            let changed = String::from_utf8(anchor.clone()).unwrap().replace(" 2 ", " 1 ");
            assert!(against(db, changed.as_bytes()).await.unwrap_err().to_string().contains("signature does not fit"));
            assert!(against(db, b"workspaces 0").await.unwrap_err().to_string().contains("no anchor"));

            change_behind_its_back(db, "delete from credit_transfers where seq > 1").await;
            change_behind_its_back(
                db,
                "update credit_transfers set hash = unhex('00') where idempotency_key like '%c'",
            )
            .await;
            let found = against(db, &anchor).await.unwrap();
            let what: Vec<_> = found.iter().map(|found| (found.workspace, found.place.as_str())).collect();
            assert_eq!(what, [(one, "transfer 2"), (two, "transfer 1")]);
            assert!(found[0].what.contains("cut off") && found[1].what.contains("written anew"), "{found:?}");
        }
    }
}
