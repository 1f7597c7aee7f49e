//! The search of `make bench-search`: recorded sessions of filter clicks on synthetic contacts, answered by Fairlead's index
//! and by tantivy used plainly. One step of it per process, so that memory is told apart; figures go out as lines of JSON.
#![expect(clippy::print_stderr, clippy::print_stdout, reason = "figures go out as lines, remarks beside them")]

mod figures;
mod plain;
mod rows;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::Context;
use clap::{Parser, ValueEnum};
use fairlead::bench::{
    Clock, Contact, ContactId, Contacts, Criteria, Db, Directory, FILTERS, Keys, Samples, Values, counters,
    generate_range, person, protection, samples_by_id,
};
use serde_json::json;

use figures::{Times, bytes_of, resident};
use rows::{Expected, Row, asked, write_rows};

/// Of the synthetic contacts.
const SEED: u64 = 1;
/// Contacts that a click shows; a page shows 20.
const ROWS: u64 = 25;
/// Imports of one row, to see how soon it counts.
const IMPORTS: u64 = 20;

#[derive(Parser)]
struct Asked {
    step: Step,
    #[arg(long, default_value_t = 100_000)]
    contacts: u64,
    /// Where the database and the indexes are kept.
    #[arg(long)]
    folder: PathBuf,
    /// The recorded sessions.
    #[arg(long)]
    sessions: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Step {
    /// Makes the contacts (those that are missing) and the index.
    Make,
    /// Replays the sessions on Fairlead's index.
    Fairlead,
    /// Makes a plain tantivy index and replays the sessions on it.
    Tantivy,
    /// Writes what the programs of `peers.py` need: contacts.tsv and clicks.jsonl.
    Export,
}

struct Bench {
    db: Db,
    folder: PathBuf,
    /// How many there are.
    contacts: u64,
    clicks: Vec<Click>,
}

struct Click {
    session: usize,
    criteria: Criteria,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let asked = Asked::parse();
    std::fs::create_dir_all(&asked.folder)?;
    let db =
        Db::sqlite(&asked.folder.join("contacts.db"), protection(Keys::derived(b"a key of the bench", &[]))).await?;
    if matches!(asked.step, Step::Make) {
        fill(&db, asked.contacts).await?;
    }
    let contacts = counters(&mut db.read().await?).await?.last_contact as u64;
    let clicks = recorded(&asked.sessions)?;
    let bench = Bench { db, folder: asked.folder, contacts, clicks };
    match asked.step {
        Step::Make => bench.build().await,
        Step::Fairlead => bench.replay().await,
        Step::Tantivy => bench.plain(),
        Step::Export => bench.export().await,
    }
}

/// Brings the synthetic contacts that are missing.
async fn fill(db: &Db, contacts: u64) -> anyhow::Result<()> {
    let there = counters(&mut db.read().await?).await?.last_contact as u64;
    generate_range(db, &Clock::System, there..contacts, SEED, |done| {
        if done.is_multiple_of(100_000) {
            eprintln!("{done} contacts made");
        }
    })
    .await?;
    Ok(())
}

/// How long the completions of each typed field take while nothing has been typed into it.
async fn empty_fields(directory: &Directory) -> anyhow::Result<serde_json::Value> {
    let mut slowest = ("", 0.0);
    for filter in FILTERS.iter().filter(|filter| matches!(filter.values, Values::Typed(_))) {
        let began = Instant::now();
        directory.asked_by_work().complete(&Criteria::default(), filter, "").await?;
        let milliseconds = began.elapsed().as_secs_f64() * 1000.0;
        if milliseconds > slowest.1 {
            slowest = (filter.field, milliseconds);
        }
    }
    Ok(json!({ "what": "empty field", "field": slowest.0, "ms": slowest.1 }))
}

fn recorded(file: &Path) -> anyhow::Result<Vec<Click>> {
    let sessions: Vec<Vec<String>> = serde_json::from_slice(&std::fs::read(file)?)?;
    let mut clicks = Vec::new();
    for (session, queries) in sessions.into_iter().enumerate() {
        for query in queries {
            let form: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            let criteria =
                Criteria::parse(&form).map_err(|errors| anyhow::anyhow!("session {session}: {query}: {errors:?}"))?;
            clicks.push(Click { session, criteria });
        }
    }
    Ok(clicks)
}

impl Bench {
    async fn build(&self) -> anyhow::Result<()> {
        let folder = self.folder.join("index");
        let _ = std::fs::remove_dir_all(&folder);
        let began = Instant::now();
        let directory = Directory::open(&folder)?;
        directory.catch_up(&self.db, &Clock::System).await?;
        let seconds = began.elapsed().as_secs_f64();
        anyhow::ensure!(directory.len() == self.contacts, "the index holds {} contacts", directory.len());
        println!(
            "{}",
            json!({ "what": "build", "of": "Fairlead", "seconds": seconds, "bytes": bytes_of(&folder), "memory": resident() })
        );
        Ok(())
    }

    async fn replay(&self) -> anyhow::Result<()> {
        let before = resident();
        let began = Instant::now();
        let directory = Directory::open(&self.folder.join("index"))?;
        directory.read_ahead();
        directory.catch_up(&self.db, &Clock::System).await?;
        println!("{}", json!({ "what": "start", "seconds": began.elapsed().as_secs_f64() }));
        for pass in ["Fairlead", "Fairlead again"] {
            let (mut times, mut answers, mut samples) = (Times::default(), Times::default(), Times::default());
            for click in &self.clicks {
                let began = Instant::now();
                let mut tx = self.db.read().await?;
                let answer = directory
                    .asked_by_work()
                    .answer(&click.criteria, &Contacts::of(&[]), Samples { number: ROWS, seed: 0 })
                    .await?;
                answers.note(began);
                let half = Instant::now();
                let first = samples_by_id(&mut tx, &answer.samples).await?;
                samples.note(half);
                times.note(began);
                anyhow::ensure!(first.len() as u64 == answer.count.total.min(ROWS), "samples are missing");
            }
            println!("{}", times.told(pass, self.contacts));
            let shares = |times: &Times| json!({ "p50_ms": times.at(0.5), "p95_ms": times.at(0.95) });
            println!(
                "{}",
                json!({ "what": "parts", "pass": pass, "counts": shares(&answers), "rows": shares(&samples) })
            );
        }
        println!("{}", empty_fields(&directory).await?);
        println!("{}", json!({ "what": "memory", "before": before, "after": resident() }));
        self.import(&directory).await
    }

    /// How soon an imported row counts, from its commit on.
    async fn import(&self, directory: &Directory) -> anyhow::Result<()> {
        let mut times = Times::default();
        let everybody = Criteria::default();
        for nth in self.contacts..self.contacts + IMPORTS {
            generate_range(&self.db, &Clock::System, nth..nth + 1, SEED, |_| {}).await?;
            let began = Instant::now();
            directory.catch_up(&self.db, &Clock::System).await?;
            let count = directory.asked_by_work().count(&everybody).await?;
            times.note(began);
            anyhow::ensure!(count.directory == nth + 1, "the row does not count");
        }
        println!("{}", json!({ "what": "import", "p50_ms": times.at(0.5), "max_ms": times.at(1.0) }));
        Ok(())
    }

    fn rows(&self) -> impl Iterator<Item = Row> {
        (0..self.contacts).map(|nth| Row::of(Contact { id: ContactId(nth as i64 + 1), ..person(SEED, nth) }))
    }

    fn plain(&self) -> anyhow::Result<()> {
        let folder = self.folder.join("tantivy");
        let began = Instant::now();
        let plain = plain::Plain::build(&folder, self.rows())?;
        let seconds = began.elapsed().as_secs_f64();
        println!("{}", json!({ "what": "build", "of": "tantivy", "seconds": seconds, "bytes": bytes_of(&folder) }));
        let expected = std::fs::read_to_string(self.folder.join("totals.json")).context("export comes first")?;
        let expected: Vec<u64> = serde_json::from_str(&expected)?;
        let mut times = Times::default();
        for (nth, (click, expected)) in self.clicks.iter().zip(expected).enumerate() {
            let asked = asked(&click.criteria);
            let began = Instant::now();
            let answered = plain.answer(&asked)?;
            times.note(began);
            let is_same = answered.total == expected && answered.rows as u64 == expected.min(ROWS);
            anyhow::ensure!(is_same, "click {nth}: {} instead of {expected}: {asked:?}", answered.total);
        }
        println!("{}", times.told("tantivy", self.contacts));
        Ok(())
    }

    async fn export(&self) -> anyhow::Result<()> {
        write_rows(&self.folder.join("contacts.tsv"), self.rows())?;
        let directory = Directory::open(&self.folder.join("index"))?;
        directory.catch_up(&self.db, &Clock::System).await?;
        let (mut clicks, mut totals) = (String::new(), Vec::new());
        for click in &self.clicks {
            let answer =
                directory.asked_by_work().answer(&click.criteria, &Contacts::of(&[]), Samples::default()).await?;
            clicks.push_str(&serde_json::to_string(&Expected::of(click.session, &click.criteria, &answer))?);
            clicks.push('\n');
            totals.push(answer.count.total);
        }
        std::fs::write(self.folder.join("clicks.jsonl"), clicks)?;
        std::fs::write(self.folder.join("totals.json"), serde_json::to_string(&totals)?)?;
        Ok(())
    }
}
