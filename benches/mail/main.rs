//! The scheduler under the load of `make bench-mail`: rounds of a hundred due mailboxes among campaigns in the middle of their
//! work, rounds with nothing due, and an audit of what was sent. `DATABASE` is a Postgres address, or empty: SQLite in `FOLDER`.
//! With the word `smtp`, mails that leave to mail servers (`smtp.rs`); with `door PORT SINK_PORT MILLISECONDS`, what is in front of them.
//! With `imap-idle` and `imap-inbox`, mailboxes that are read (`imap.rs`); with `much-…`, what pages over much show (`much.rs`).
#![expect(clippy::print_stderr, clippy::print_stdout, reason = "figures go out as lines, remarks beside them")]

mod door;
mod fill;
mod imap;
mod much;
mod replies;
mod smtp;

use std::{
    path::Path,
    time::{Duration, Instant as Stopwatch},
};

use fairlead::bench::{App, Batch, Clock, Config, Instant, hand_over, open, round, slots};
use fill::{Filling, Size, fill};
use replies::replies;

/// As in the product: what is measured of memory is its allocator's too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// When the measurement begins: 22 November 2026, 09:36:30 UTC.
const NOW: Instant = Instant(1_795_340_190_000_000);
/// Mailboxes that are due in each round.
const DUE: i64 = 100;

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // One thread makes its calls in an order that can be counted (`tests/crash_points.rs`).
    let mut builder = match number("THREADS", 4) {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = builder.worker_threads(4).enable_all().build()?;
    match words[..] {
        [] => runtime.block_on(measure()),
        ["smtp"] => runtime.block_on(smtp::measure()),
        ["imap-idle"] => runtime.block_on(imap::idle()),
        ["imap-inbox"] => runtime.block_on(imap::inbox()),
        ["much-fill"] => runtime.block_on(much::fill()),
        ["much-counted"] => runtime.block_on(much::counted()),
        ["much-base"] => runtime.block_on(much::base()),
        ["door", port, sink, away] => {
            let away = Duration::from_millis(away.parse()?);
            runtime.block_on(door::serve(door::Door { port: port.parse()?, sink: sink.parse()?, away }))
        }
        _ => anyhow::bail!(
            "bench-mail knows no words but “smtp”, “imap-idle”, “imap-inbox”, “much-fill”, “much-counted”, “much-base” and “door PORT SINK_PORT MILLISECONDS”"
        ),
    }
}

fn number(name: &str, default: i64) -> i64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

async fn measure() -> anyhow::Result<()> {
    let address = std::env::var("DATABASE").unwrap_or_default();
    let size = Size {
        enrolments: number("ENROLMENTS", 1_000_000),
        campaigns: number("CAMPAIGNS", 1_000),
        mailboxes: number("MAILBOXES", 10_000),
    };
    let rounds = number("ROUNDS", 60);
    let is_postgres = address.starts_with("postgres");
    let folder = std::env::var("FOLDER")?;
    let config = Config::parse(|name| match name {
        "FAIRLEAD_DATA" => Some(folder.clone()),
        "DATABASE_URL" => is_postgres.then(|| address.clone()),
        _ => None,
    })?;
    let mut app = open(config).await?;
    app.clock = Clock::fixed(NOW);
    let file = if is_postgres { address.clone() } else { format!("{folder}/fairlead.db") };
    let mut filling = Filling::open(&file).await?;
    let begin = Stopwatch::now();
    fill(&mut filling, size, NOW).await?;
    eprintln!("{} enrolments made in {:.0} s", size.enrolments, begin.elapsed().as_secs_f64());

    // The cursor of the look at running campaigns goes round first.
    for _ in 0..(size.campaigns / 50 + 2) {
        round(&app).await?;
    }
    let idle = idle(&app, rounds).await?;
    let idle_memory = memory_mb(Path::new("/proc/self/status"));
    filling.run("update mailboxes set gap_min_s = 60, gap_max_s = 120").await?;
    let paced = busy(&app, &mut filling, size, rounds).await?;
    filling.run("update mailboxes set gap_min_s = 0, gap_max_s = 0").await?;
    let burst = busy(&app, &mut filling, size, rounds).await?;
    audit(&mut filling, paced.sent + burst.sent).await?;
    let asked = usize::try_from(number("REPLIES", 10_000))?;
    let (answers, took) = replies(&app, &mut filling, size, asked).await?;
    let threads = filling.number("select count(*) from threads").await?;
    anyhow::ensure!(i64::try_from(answers)? == threads, "{answers} answers were stored, in {threads} conversations");
    let report = serde_json::json!({
        "database": app.db.kind(), "enrolments": size.enrolments, "campaigns": size.campaigns, "mailboxes": size.mailboxes,
        "idle_ms": figures(idle), "idle_memory_mb": idle_memory, "paced": paced.report(), "burst": burst.report(), "sent": paced.sent + burst.sent,
        "picks_per_second": burst.picks_per_second(),
        "replies": answers, "replies_per_second": (answers as f64 / took.as_secs_f64()).round(),
        "memory_mb": memory_mb(Path::new("/proc/self/status")),
    });
    println!("{report}");
    Ok(())
}

/// Rounds with nothing due.
async fn idle(app: &App, rounds: i64) -> anyhow::Result<Vec<Duration>> {
    let mut times = Vec::new();
    for _ in 0..rounds * 5 {
        let begin = Stopwatch::now();
        round(app).await?;
        times.push(begin.elapsed());
    }
    Ok(times)
}

/// How rounds with a hundred due mailboxes went.
#[derive(Default)]
struct Busy {
    /// How long the slots took.
    picks: Vec<Duration>,
    /// How long all of it took, with the mails.
    whole: Vec<Duration>,
    /// How many mails left.
    sent: i64,
}

impl Busy {
    fn picks_per_second(&self) -> f64 {
        (self.sent as f64 / self.picks.iter().sum::<Duration>().as_secs_f64()).round()
    }

    fn report(&self) -> serde_json::Value {
        serde_json::json!({
            "tick_ms": figures(self.picks.clone()), "with_mails_ms": figures(self.whole.clone()), "sent": self.sent,
            "picks_per_second": self.picks_per_second(),
        })
    }
}

/// Rounds with a hundred mailboxes due, all over the workspaces. With a gap each takes one mail, without one up to twenty.
async fn busy(app: &App, filling: &mut Filling, size: Size, rounds: i64) -> anyhow::Result<Busy> {
    let mut busy = Busy::default();
    let apart = (size.mailboxes / DUE).max(1);
    for number in 0..rounds {
        app.clock.advance(Duration::from_secs(1));
        let now = app.clock.now();
        let due: Vec<String> =
            (0..DUE).map(|i| format!("id[{}]id", 2_000_000 + i * apart + number % apart + 1)).collect();
        filling
            .run(&format!(
                "update mailboxes set look_at = {}, free_at = 0 where id in ({})",
                now.micros(),
                due.join(", ")
            ))
            .await?;
        let begin = Stopwatch::now();
        let batches = slots(app, now).await?.batches;
        busy.picks.push(begin.elapsed());
        busy.sent += i64::try_from(batches.iter().map(Batch::mails).sum::<usize>())?;
        hand_over(app, batches).await?;
        busy.whole.push(begin.elapsed());
    }
    Ok(busy)
}

/// At most one mail for each person and step, every counter as full as its slots, no two mails of a mailbox at once.
async fn audit(filling: &mut Filling, sent: i64) -> anyhow::Result<()> {
    let in_outbox = filling.number("select count(*) from outbox_mails").await?;
    anyhow::ensure!(in_outbox == sent, "{sent} were picked, {in_outbox} are in the outbox");
    let twice = filling
        .number(
            "select count(*) from (select 1 from outbox_mails group by workspace_id, send_id having count(*) > 1) q",
        )
        .await?;
    let again = filling.number("select count(*) from (select 1 from sends where state = 'sent' group by workspace_id, step_id, recipient_key having count(*) > 1) q").await?;
    let used =
        filling.number("select cast(coalesce(sum(used), 0) as bigint) from send_days where scope = 'mailbox'").await?;
    anyhow::ensure!(twice == 0 && again == 0, "{twice} mails twice, {again} people with a step twice");
    anyhow::ensure!(used == sent, "{used} slots for {sent} mails");
    Ok(())
}

fn figures(mut times: Vec<Duration>) -> serde_json::Value {
    times.sort_unstable();
    let at = |share: f64| {
        times.get(((times.len() as f64 - 1.0) * share).round() as usize).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    serde_json::json!({ "p50": round2(at(0.5)), "p99": round2(at(0.99)) })
}

fn round2(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// What this process has allocated, in MB.
fn memory_mb(status: &Path) -> f64 {
    (memory_kb(status) / 1e3).round()
}

fn memory_kb(status: &Path) -> f64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap_or(0.0)
}
