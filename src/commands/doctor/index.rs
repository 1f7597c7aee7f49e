//! The search index over the directory.

use super::finding::Finding;
use crate::{
    directory::{self, Directory},
    server::{config::Config, db::Db},
    ui::count_text,
};

const AREA: &str = "index";

pub async fn look(config: &Config, db: &Db) -> Vec<Finding> {
    let contacts = match contacts(db).await {
        Ok(contacts) => contacts,
        Err(error) => return vec![Finding::unanswered(AREA, &error)],
    };
    let folder = config.data.join("index");
    if !folder.exists() {
        return vec![Finding::warning(AREA, "there is none", "The server makes it when it starts.")];
    }
    let indexed = match Directory::examine(&folder) {
        Ok(indexed) => i64::try_from(indexed).unwrap_or(i64::MAX),
        Err(fault) => {
            let advice = "The server makes it anew from the database when it starts.";
            return vec![Finding::fault(AREA, format!("it cannot be read: {fault}"), advice)];
        }
    };
    let text = format!("{} of {} contacts", count_text(indexed), count_text(contacts));
    vec![if indexed == contacts {
        Finding::ok(AREA, text)
    } else {
        Finding::warning(AREA, text, "A server that runs catches up within seconds. If it does not, look at its log.")
    }]
}

async fn contacts(db: &Db) -> anyhow::Result<i64> {
    Ok(directory::counters(&mut db.read().await?).await?.contacts())
}
