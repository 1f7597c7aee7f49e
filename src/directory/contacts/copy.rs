//! New people into Postgres with COPY, which takes them faster than inserts with thirty parameters for each.

use std::fmt::Write;

use serde::Serialize;
use sqlx::PgConnection;

use super::{
    contact::Contact,
    store::{WRITTEN_COLUMNS, Written},
};
use crate::server::batches::BATCH_BYTES;

/// What is sent at once.
const PIECE_BYTES: usize = BATCH_BYTES - 2_000;

/// Writes people that the directory does not have. Each gets the next revision after `revision`.
///
/// # Errors
/// The database's.
pub(super) async fn copy_contacts(
    connection: &mut PgConnection,
    contacts: &[Contact],
    revision: i64,
    written: Written,
) -> sqlx::Result<()> {
    let mut copy = connection.copy_in_raw(&format!("copy contacts ({WRITTEN_COLUMNS}) from stdin")).await?;
    let mut lines = Lines(String::with_capacity(BATCH_BYTES));
    for (contact, revision) in contacts.iter().zip(revision + 1..) {
        lines.add(contact, revision, written)?;
        if lines.0.len() >= PIECE_BYTES {
            copy.send(lines.0.as_bytes()).await?;
            lines.0.clear();
        }
    }
    copy.send(lines.0.as_bytes()).await?;
    copy.finish().await.map(drop)
}

/// Rows in the text format of COPY: cells parted by tabs, `\N` for none.
struct Lines(String);

impl Lines {
    /// A row, its cells in the order of [`WRITTEN_COLUMNS`].
    fn add(&mut self, contact: &Contact, revision: i64, written: Written) -> sqlx::Result<()> {
        let Written { source, import, at } = written;
        let import = import.map(|import| import.0);
        self.value(Some(contact.id.0));
        self.text(contact.email.as_str());
        self.text(contact.email_status.code());
        self.text(&contact.first_name);
        self.text(&contact.last_name);
        self.text(&contact.title);
        self.optional(contact.seniority.map(|seniority| seniority.code()));
        self.json(&contact.departments)?;
        self.text(&contact.company);
        self.text(&contact.domain);
        self.value(contact.size.map(|size| size.min));
        self.value(contact.size.and_then(|size| size.max));
        self.text(&contact.industry);
        self.text(&contact.country);
        self.text(&contact.region);
        self.text(&contact.city);
        self.text(&contact.hq_country);
        self.text(&contact.hq_region);
        self.text(&contact.hq_city);
        self.json(&contact.keywords)?;
        self.json(&contact.technologies)?;
        self.value(contact.revenue);
        self.text(&contact.linkedin);
        self.text(&contact.phone);
        self.value(Some(source.0));
        self.value(import);
        self.value(import);
        self.value(Some(revision));
        self.value(Some(at.micros()));
        self.value(Some(at.micros()));
        self.0.pop();
        self.0.push('\n');
        Ok(())
    }

    /// A cell and the tab behind it. What has a meaning in this format gets a backslash.
    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(['\\', '\t', '\n', '\r']) {
            self.0.push_str(&rest[..at]);
            self.0.push_str(match rest.as_bytes()[at] {
                b'\t' => "\\t",
                b'\n' => "\\n",
                b'\r' => "\\r",
                _ => "\\\\",
            });
            rest = &rest[at + 1..];
        }
        self.0.push_str(rest);
        self.0.push('\t');
    }

    fn optional(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.0.push_str("\\N\t"),
        }
    }

    fn value(&mut self, value: Option<impl std::fmt::Display>) {
        let _ = match value {
            Some(value) => write!(self.0, "{value}\t"),
            None => write!(self.0, "\\N\t"),
        };
    }

    fn json(&mut self, list: &[impl Serialize]) -> sqlx::Result<()> {
        if list.is_empty() {
            self.0.push_str("[]\t");
            return Ok(());
        }
        let json = serde_json::to_string(list).map_err(|error| sqlx::Error::Encode(error.into()))?;
        self.text(&json);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_in_the_format_is_escaped() {
        let mut lines = Lines(String::new());
        lines.text("a\\b\tc\nd\re\\N");
        lines.optional(None);
        lines.json(&["say \"hi\"", "b\\c"]).unwrap();
        lines.json(&[] as &[String]).unwrap();
        assert_eq!(lines.0, "a\\\\b\\tc\\nd\\re\\\\N\t\\N\t[\"say \\\\\"hi\\\\\"\",\"b\\\\\\\\c\"]\t[]\t");
    }
}
