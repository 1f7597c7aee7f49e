//! Mails to mail servers, the way the product sends them: the loop of the scheduler takes slots, sessions hand over, outcomes are
//! written. Every limit of the product is in force. `FILLED=1` continues where an earlier process was killed or had only filled
//! (`FILL_ONLY=1`); `LIST=1` names the addresses that mails left to.

use std::time::{Duration, Instant as Stopwatch};

use fairlead::bench::{
    App, Config, MailboxId, Secret, SecretPart, WorkspaceId, finish, keep_secret, open, start_sending,
};
use uuid::Uuid;

use crate::{
    fill::{CAMPAIGNS_PER_WORKSPACE, Filling, Size, fill},
    number,
};

/// Between two looks at whether all have left.
const LOOK: Duration = Duration::from_millis(50);
/// A measurement that takes longer is stuck.
const TIME_MAX: Duration = Duration::from_secs(600);
/// Of a text; a mail is about 600 bytes more.
const TEXT_BYTES: usize = 4_300;

/// What is still to be done about mails that can leave.
const LEFT: &str = "select (select count(*) from enrolments where state = 'waiting')
    + (select count(*) from sends where state in ('claimed', 'sending', 'queued'))";

pub async fn measure() -> anyhow::Result<()> {
    let address = std::env::var("DATABASE").unwrap_or_default();
    let is_postgres = address.starts_with("postgres");
    let folder = std::env::var("FOLDER")?;
    let clock = std::env::var("CLOCK_FILE").ok();
    let config = Config::parse(|name| match name {
        "FAIRLEAD_DATA" => Some(folder.clone()),
        "DATABASE_URL" => is_postgres.then(|| address.clone()),
        "FAIRLEAD_NETWORKS" => Some("127.0.0.0/8".to_owned()),
        "FAIRLEAD_CLOCK_FILE" => clock.clone(),
        _ => None,
    })?;
    let app = open(config).await?;
    let file = if is_postgres { address.clone() } else { format!("{folder}/fairlead.db") };
    let mut filling = Filling::open(&file).await?;
    let is_filled = number("FILLED", 0) == 1;
    if !is_filled {
        fill_with_servers(&app, &mut filling).await?;
    }
    if number("FILL_ONLY", 0) == 1 {
        finish(&app).await;
        return Ok(());
    }
    println!("begins");
    let begin = Stopwatch::now();
    start_sending(&app);
    while filling.number(LEFT).await? > 0 {
        anyhow::ensure!(begin.elapsed() < TIME_MAX, "it takes too long: {} are left", filling.number(LEFT).await?);
        tokio::time::sleep(LOOK).await;
    }
    let took = begin.elapsed();
    finish(&app).await;
    report(&mut filling, took).await
}

/// Campaigns whose mails leave through mailboxes of twenty hosts: `MAILS` first mails, as many from each host.
async fn fill_with_servers(app: &App, filling: &mut Filling) -> anyhow::Result<()> {
    let (mails, mailboxes, hosts) = (number("MAILS", 10_000), number("MAILBOXES", 60), number("HOSTS", 20));
    let campaigns = number("CAMPAIGNS", 20);
    // Half of them had their first mail yesterday.
    let size = Size { enrolments: mails * 2, campaigns, mailboxes };
    fill(filling, size, app.clock.now()).await?;
    let text = "We invite a few companies to a morning about how they choose suppliers. ".repeat(TEXT_BYTES / 72);
    // No follow-up is due, and no window ends, while it is measured.
    filling.run("update enrolments set due_at = due_at + 864000000000 where state = 'active'").await?;
    filling.run(&format!("update texts set body = body || '\n\n' || '{text}'")).await?;
    if number("REFUSED", 0) == 1 {
        refuse_some(filling).await?;
    }
    let port = number("DOOR", 4_650);
    for i in 1..=mailboxes {
        let host = format!("mx{}.sink.test", (i - 1) % hosts + 1);
        filling
            .run(&format!(
                "update mailboxes set kind = 'smtp', smtp_host = '{host}', smtp_port = {port}, smtp_security = 'tls', smtp_user = 'jo',
                     look_at = 0 where id = id[{}]id",
                2_000_000 + i
            ))
            .await?;
    }
    let mut tx = app.db.write().await?;
    let each = (mailboxes / campaigns).max(1);
    for i in 1..=mailboxes {
        let workspace = (i - 1) / each / CAMPAIGNS_PER_WORKSPACE + 1;
        let id = |number: i64| Uuid::from_u128(number.unsigned_abs().into());
        let mailbox = (WorkspaceId(id(workspace)), MailboxId(id(2_000_000 + i)));
        let secret = Secret::new("a password");
        keep_secret(&mut tx, &app.config.encryption_keys(), mailbox, SecretPart::Smtp, &secret).await?;
    }
    Ok(tx.commit().await?)
}

/// Of a hundred addresses, five that the server puts off and two that it refuses, one as far from the other as can be: more than
/// three bounces in a hundred would stop a campaign.
async fn refuse_some(filling: &mut Filling) -> anyhow::Result<()> {
    filling
        .run(
            "update leads set email = case when w.n % 50 = 25 then 'hard' else 'soft' end || leads.email
             from (select e.lead_id, row_number() over (partition by e.campaign_id order by e.place) as n from enrolments e
                 where e.state = 'waiting') w
             where w.lead_id = leads.id and (w.n % 50 = 25 or w.n % 20 = 10)",
        )
        .await
}

async fn report(filling: &mut Filling, took: Duration) -> anyhow::Result<()> {
    let mut counts = serde_json::Map::new();
    for state in ["sent", "unknown", "deferred", "failed"] {
        // The mails that were there before have the ids of their leads.
        let sql = format!("select count(*) from sends where state = '{state}' and id <> lead_id");
        let count = filling.number(&sql).await?;
        counts.insert(state.to_owned(), count.into());
    }
    let done: i64 = counts.values().filter_map(serde_json::Value::as_i64).sum();
    let twice = "select count(*) from (select 1 from sends group by workspace_id, step_id, recipient_key having count(*) > 1) q";
    anyhow::ensure!(filling.number(twice).await? == 0, "a person has two mails of one step");
    let held =
        filling.number("select count(*) from enrolments where state = 'held' and code = 'unknown_outcome'").await?;
    anyhow::ensure!(counts["unknown"] == held, "{held} people are held for {} unknown outcomes", counts["unknown"]);
    let events = filling.number("select count(*) from outreach_events where kind = 'sent'").await?;
    anyhow::ensure!(counts["sent"] == events, "{} mails were sent, {events} are in the activity", counts["sent"]);
    let seconds = took.as_secs_f64();
    counts.insert("seconds".to_owned(), seconds.into());
    counts.insert("mails_per_second".to_owned(), (done as f64 / seconds).round().into());
    if number("LIST", 0) == 1 {
        for state in ["sent", "unknown"] {
            let sql = format!(
                "select l.email from sends d join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id
                 where d.state = '{state}' and d.id <> d.lead_id order by 1"
            );
            counts.insert(format!("{state}_to"), filling.texts(&sql).await?.into());
        }
    }
    println!("{}", serde_json::Value::Object(counts));
    Ok(())
}
