//! `fairlead source check URL`: whether an HTTP source keeps the contract of `docs/sources.md`.

use anyhow::{Context, bail};
use clap::Subcommand;

use super::output::print;
use crate::{
    directory::sources::{
        Client,
        check::{Grade, check},
    },
    server::{clock::Clock, connect::Networks, http_client::HttpClient},
    ui::plural,
};

#[derive(Debug, Subcommand)]
pub enum Source {
    /// Ask an HTTP source what Fairlead would ask, and say check by check what is wrong. Ends with 1 when anything is.
    Check {
        /// Where the source is, without /search: https://leads.example.com/v1
        url: String,
        /// The secret that searches are signed with.
        #[arg(long, env = "FAIRLEAD_SOURCE_SECRET", hide_env_values = true, default_value = "")]
        secret: String,
    },
}

impl Source {
    /// Runs the checks; needs no database.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self::Check { url, secret } = self;
        let base = url::Url::parse(&url).with_context(|| format!("“{url}” is not a web address"))?;
        anyhow::ensure!(matches!(base.scheme(), "http" | "https"), "“{url}” must begin with https:// or http://");
        let now = Clock::System.now().micros() / 1_000_000;
        // Whoever types a command may reach whatever the machine can.
        let http = HttpClient::new(Networks::all());
        let mut printed = Ok(());
        let found = check(&Client::new(&http, &base, &secret), now, |finding| {
            let word = match finding.grade {
                Grade::Good => "good ",
                Grade::Note => "note ",
                Grade::Wrong => "WRONG",
            };
            let seen = if finding.seen.is_empty() { String::new() } else { format!(" ({})", finding.seen) };
            if printed.is_ok() {
                printed = print(format_args!("{word}  {}{seen}", finding.rule));
            }
        })
        .await;
        printed?;
        let wrong = found.iter().filter(|finding| finding.grade == Grade::Wrong).count();
        if wrong > 0 {
            let wrong = plural(i64::try_from(wrong).unwrap_or(i64::MAX), "thing is", "things are");
            bail!("{wrong} against the contract; docs/sources.md says what is asked for");
        }
        print("This source keeps the contract.")
    }
}
