//! `fairlead import FILE --source NAME`.

use std::{io::IsTerminal, path::PathBuf};

use clap::Args;
use tokio::sync::watch;

use super::output::{print, progress, remark};
use crate::{
    directory::{
        self, Directory, EmailStatus, FileImport, LawfulBasis, Policy, Step, Terms, import_file,
        imports::{Charset, Delimiter, Field, Wish},
    },
    server::app::App,
    suppression::SuppressionKeys,
    ui::{count_text, format::instant_text},
};

/// Bring contacts from a CSV file into the directory. The last line counts rows, imported, updated, duplicates,
/// rejected and blank. If it is broken off, the same command goes on where it stood.
#[derive(Debug, Args)]
pub struct Import {
    /// The CSV file; `-` reads what is piped in. Encoding, delimiter, the beginning of the table and its columns are
    /// recognised.
    file: PathBuf,
    /// Where the contacts come from, such as "Apollo export".
    #[arg(long)]
    source: String,
    /// What happens to people whom the directory has already: `update` or `skip`.
    #[arg(long, default_value = "update", value_parser = policy)]
    policy: Policy,
    /// The status of addresses about which the file says nothing: verified, likely, guessed, catch_all or unknown.
    #[arg(long, default_value = "unknown", value_parser = status)]
    assume: EmailStatus,
    /// What the licence of the list allows, for example "may be resold until 2028".
    #[arg(long, default_value = "", value_name = "NOTE")]
    licence: String,
    /// On which basis its people may be written to: unstated, legitimate_interest, consent, contract or public_data.
    #[arg(long, default_value = "unstated", value_parser = basis)]
    basis: LawfulBasis,
    /// The day the data is from, for example 2026-11-01.
    #[arg(long, default_value = "", value_name = "DAY")]
    collected_on: String,
    /// What the file is written in, such as `windows-1250`, when it is not recognised rightly.
    #[arg(long, value_parser = charset)]
    encoding: Option<Charset>,
    /// What parts the columns, when it is not recognised rightly: comma, semicolon, tab, pipe, caret, tilde or colon.
    #[arg(long, value_parser = delimiter)]
    delimiter: Option<Delimiter>,
    /// The first row is a person: the columns have no names.
    #[arg(long)]
    no_headings: bool,
    /// What a column is, when it is not recognised rightly, such as `--map Wohin=email` or, by its number, `--map 3=job_title`.
    /// `--map Notes=` leaves it out. Can be repeated.
    #[arg(long, value_name = "COLUMN=FIELD", value_parser = column)]
    map: Vec<(String, String)>,
    /// Where rejected rows go. Without it: beside the file, as NAME.rejected.csv (or in the data folder, when that place
    /// cannot be written).
    #[arg(long, value_name = "FILE")]
    rejected: Option<PathBuf>,
}

fn policy(text: &str) -> Result<Policy, String> {
    match text {
        "update" => Ok(Policy::Update),
        "skip" => Ok(Policy::Skip),
        _ => Err("use update or skip".into()),
    }
}

fn status(text: &str) -> Result<EmailStatus, String> {
    EmailStatus::from_code(text).ok_or_else(|| "use verified, likely, guessed, catch_all or unknown".into())
}

fn basis(text: &str) -> Result<LawfulBasis, String> {
    LawfulBasis::from_code(text)
        .ok_or_else(|| "use unstated, legitimate_interest, consent, contract or public_data".into())
}

fn charset(text: &str) -> Result<Charset, String> {
    Charset::from_code(text).ok_or_else(|| {
        let codes: Vec<&str> = Charset::all().map(Charset::code).collect();
        format!("use one of {}", codes.join(", "))
    })
}

fn delimiter(text: &str) -> Result<Delimiter, String> {
    Delimiter::from_code(text).ok_or_else(|| {
        let codes = Delimiter::ALL.map(Delimiter::code);
        format!("use one of {}", codes.join(", "))
    })
}

fn column(text: &str) -> Result<(String, String), String> {
    let (column, field) = text.rsplit_once('=').ok_or("use COLUMN=FIELD")?;
    Ok((column.trim().to_owned(), field.trim().to_owned()))
}

/// How the file is read, and what of it is not.
fn recognised(import: &directory::Import) -> String {
    let mut lines = vec![format!("Read as {}.", import.format.line())];
    lines.extend(import.format.remarks());
    let columns = || import.format.headings.iter().zip(&import.mapping.0);
    let read: Vec<String> =
        columns().filter_map(|(heading, field)| Some(format!("{} = {}", heading.trim(), (*field)?.label()))).collect();
    lines.push(format!("Columns: {}.", read.join(", ")));
    let left_out = import.mapping.left_out(&import.format.headings);
    if !left_out.is_empty() {
        let example = Field::Company.code();
        lines.push(format!(
            "Left out: {}. To read one, name it: --map \"{}={example}\"",
            left_out.join(", "),
            left_out[0]
        ));
    }
    lines.join("\n")
}

/// Rows are counted as in a spreadsheet.
fn goes_on(import: &directory::Import) -> String {
    let next = import.counts.rows + 1 + i64::try_from(import.format.rows_above()).unwrap_or(0);
    let (row, began) = (count_text(next), instant_text(import.created_at.micros()));
    format!("Continuing at row {row} of the import that began on {began} and was interrupted.")
}

impl Import {
    /// Imports the file and brings the search index up to date.
    pub async fn run(self, app: &App) -> anyhow::Result<()> {
        let wanted = FileImport {
            file: self.file,
            source: self.source,
            policy: self.policy,
            assumed_status: self.assume,
            terms: Terms::parse(&self.licence, self.basis, &self.collected_on)
                .map_err(|(_, fault)| anyhow::anyhow!(fault))?,
            wish: Wish { charset: self.encoding, delimiter: self.delimiter, named: self.no_headings.then_some(false) },
            columns: self.map,
            rejected: self.rejected,
            data: app.config.data.clone(),
        };
        app.db.keep_little().await?;
        // The index follows while rows are stored.
        let (writing, is_writing) = watch::channel(true);
        let (directory, db, clock) = (app.of::<Directory>().clone(), app.db.clone(), app.clock.clone());
        let indexing = tokio::spawn(async move { directory.keep_up(&db, &clock, is_writing).await });
        let shows_progress = std::io::stderr().is_terminal();
        let imported = import_file(&app.db, &app.clock, app.of::<SuppressionKeys>(), &wanted, |step| match step {
            Step::Recognised(import) => remark(recognised(import)),
            Step::GoesOn(import) => remark(goes_on(import)),
            Step::Stored(counts) if shows_progress => progress(format_args!("\r{counts}")),
            Step::Stored(_) => {}
        })
        .await;
        writing.send_replace(false);
        let imported = match imported {
            Ok(imported) => imported,
            Err(error) => {
                let _ = indexing.await; // what was stored before is found
                return Err(error);
            }
        };
        if shows_progress {
            remark("");
        }
        if let Some(earlier) = imported.earlier {
            let when = instant_text(earlier.created_at.micros());
            remark(format_args!(
                "This file was imported before, on {when}: people in it were matched again, no one was added twice."
            ));
        }
        if let Some(path) = imported.rejected {
            remark(format_args!("Rejected rows with their reasons: {}", path.display()));
        }
        indexing.await??;
        print(imported.counts)
    }
}
