//! `fairlead import FILE --source NAME`.

use std::{io::IsTerminal, path::PathBuf};

use clap::Args;

use super::output::{print, progress, remark};
use crate::{
    directory::{self, Directory, EmailStatus, FileImport, LawfulBasis, Policy, Step, Terms, import_file},
    server::app::App,
    suppression::SuppressionKeys,
    ui::{count_text, format::instant_text},
};

/// Bring contacts from a CSV file into the directory. The last line counts rows, imported, updated, duplicates,
/// rejected and blank. If it is broken off, the same command goes on where it stood.
#[derive(Debug, Args)]
pub struct Import {
    /// The CSV file; `-` reads what is piped in. Delimiter, encoding and columns are recognised.
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

/// Rows are counted as in a spreadsheet, where the headings are row 1.
fn goes_on(import: &directory::Import) -> String {
    let (row, began) = (count_text(import.counts.rows + 2), instant_text(import.created_at.micros()));
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
            rejected: self.rejected,
            data: app.config.data.clone(),
        };
        let shows_progress = std::io::stderr().is_terminal();
        let imported = import_file(&app.db, &app.clock, app.of::<SuppressionKeys>(), &wanted, |step| match step {
            Step::GoesOn(import) => remark(goes_on(import)),
            Step::Stored(counts) if shows_progress => progress(format_args!("\r{counts}")),
            Step::Stored(_) => {}
        })
        .await?;
        if shows_progress {
            remark("");
        }
        if let Some(earlier) = imported.earlier {
            let when = instant_text(earlier.created_at.micros());
            remark(format_args!(
                "This file was imported before, on {when}: people in it were matched again, no one was added twice."
            ));
        }
        if !imported.left_out.is_empty() {
            remark(format_args!("Columns that are not read: {}", imported.left_out.join(", ")));
        }
        if let Some(path) = imported.rejected {
            remark(format_args!("Rejected rows with their reasons: {}", path.display()));
        }
        app.of::<Directory>().catch_up(&app.db, &app.clock).await?;
        print(imported.counts)
    }
}
