//! One workspace with much in it, for the pages that show it (`pages.mjs`): `SENDS` mails to half as many leads of twenty sources, conversations
//! with `THREADS` of them, of which every fourth person replied. The figures of the sources are counted by the product itself.

use std::time::{Duration, Instant as Stopwatch};

use anyhow::ensure;
use fairlead::bench::Clock;

use crate::{fill::Filling, number, round2};

const SOURCES: i64 = 20;
const REQUESTS: i64 = 200;
const CAMPAIGNS: i64 = 50;
const MAILBOXES: i64 = 200;
const DAY: i64 = 86_400_000_000;
/// Counting half a million leads takes minutes.
const TIME_MAX: Duration = Duration::from_secs(3_600);

async fn database() -> anyhow::Result<Filling> {
    Filling::open(&std::env::var("DATABASE")?).await
}

/// The workspace and user that were made last, as expressions.
async fn newest(filling: &mut Filling) -> anyhow::Result<(String, String)> {
    let [workspace, user] = match filling {
        Filling::Sqlite(_) => ["lower(hex(workspace_id))", "lower(hex(user_id))"],
        Filling::Postgres(_) => ["cast(workspace_id as text)", "cast(user_id as text)"],
    };
    let mut one = async |column: &str| -> anyhow::Result<String> {
        let sql = format!("select {column} from members order by created_at desc, user_id desc limit 1");
        let found = filling.texts(&sql).await?.pop();
        Ok(format!("unhex('{}', '-')", found.ok_or_else(|| anyhow::anyhow!("there is no member"))?))
    };
    Ok((one(workspace).await?, one(user).await?))
}

/// Fills the workspace of the newest member.
pub async fn fill() -> anyhow::Result<()> {
    let (sends, threads) = (number("SENDS", 1_000_000), number("THREADS", 200_000));
    let leads = sends / 2;
    ensure!(threads <= leads, "THREADS is at most half of SENDS");
    let mut filling = database().await?;
    let (w, user) = newest(&mut filling).await?;
    let begin = Stopwatch::now();
    let now = Clock::System.now().micros();
    for sql in statements(&w, &user, (leads, threads), now) {
        filling.run(&sql).await?;
    }
    eprintln!("{leads} leads, {threads} conversations made in {:.0} s", begin.elapsed().as_secs_f64());
    Ok(())
}

fn statements(w: &str, user: &str, (leads, threads): (i64, i64), now: i64) -> Vec<String> {
    let numbers = |count: i64| {
        format!("with recursive n (i) as (select cast(1 as bigint) union all select i + 1 from n where i < {count})")
    };
    // Ids of different tables must not look alike.
    let campaign = format!("id[1000000 + i % {REQUESTS} % {CAMPAIGNS} + 1]id");
    let mailbox = format!("id[2000000 + i % {MAILBOXES} + 1]id");
    let lead = "id[100000000 + i]id";
    let left = format!("{now} - {} - i * 1000", 30 * DAY);
    vec![
        format!("{} insert into sources (id, name, name_key, created_at) select id[70 + i]id, 'Source ' || i, 'source ' || i, 0 from n", numbers(SOURCES)),
        format!("{} insert into campaigns (workspace_id, id, name, state, criteria, created_by, created_at, updated_at, leads)
             select {w}, id[1000000 + i]id, 'Campaign ' || i, 'active', '{{}}', {user}, i, i, {} from n", numbers(CAMPAIGNS), leads / CAMPAIGNS),
        format!("{} insert into campaign_sending (workspace_id, campaign_id, state, since, time_zone)
             select {w}, id[1000000 + i]id, 'ended', 0, 'UTC' from n", numbers(CAMPAIGNS)),
        format!("{} insert into mailboxes (workspace_id, id, kind, address, sender_name, time_zone, daily_cap, gap_min_s, gap_max_s, spread, state, state_since, created_by, created_at)
             select {w}, id[2000000 + i]id, 'outbox', 'jo' || i || '@bench.example', 'Jo', 'UTC', 500, 0, 0, @no, 'paused', 0, {user}, 0 from n", numbers(MAILBOXES)),
        format!("{} insert into steps (workspace_id, id, campaign_id, position, delay_days)
             select {w}, id[3000000 + i]id, id[1000000 + (i - 1) / 2 + 1]id, (i - 1) % 2 + 1, 3 from n", numbers(CAMPAIGNS * 2)),
        format!("{} insert into lead_requests (workspace_id, id, campaign_id, criteria, quantity, price, price_version, state, run_at, progress_at, requested_by, idempotency_key, created_at)
             select {w}, id[7000000 + i]id, id[1000000 + (i - 1) % {CAMPAIGNS} + 1]id, '{{}}', {leads}, 1, 1, 'completed', 0, 0, {user}, 'bench ' || i, i from n", numbers(REQUESTS)),
        format!("{} insert into leads (workspace_id, id, email, request_id, source_id, contact_id, price, email_status, first_name, last_name, title, departments, company, domain, industry, country, region, city, linkedin, phone, search_text, delivered_at, revealed_at)
             select {w}, {lead}, 'p' || i || '@c' || (i / 3) || '.example', id[7000000 + i % {REQUESTS} + 1]id, id[70 + i % {REQUESTS} % {SOURCES} + 1]id, i, 1, 'verified', 'Ada', 'Okafor', 'Director', @list,
                 'Acorn ' || (i / 3), 'acorn.example', 'Retail', 'Kenya', '', 'Nairobi', '', '', '', {now} - {}, {now} from n", numbers(leads), 40 * DAY),
        format!("{} insert into enrolments (workspace_id, campaign_id, lead_id, recipient_key, canonical_key, domain_key, place, state, since, mailbox_id, begun_at, last_sent_at)
             select {w}, {campaign}, {lead}, key[i]key, key[i]key, key[1000000000 + i / 3]key, i, 'finished', {now}, {mailbox}, {left}, {left} from n", numbers(leads)),
        format!("insert into sends (workspace_id, id, kind, campaign_id, lead_id, step_id, mailbox_id, recipient_key, canonical_key, domain_key, message_id, state, state_since, opener, sending_at, sent_at, bounced_at)
             select e.workspace_id, id[400000000 + e.place * 2 + p.position]id, 'step', e.campaign_id, e.lead_id, p.id, e.mailbox_id, e.recipient_key, e.canonical_key, e.domain_key, p.position || '.' || e.place || '@bench.example', 'sent', e.last_sent_at,
                 p.position = 1, e.last_sent_at + p.position * {DAY}, e.last_sent_at + p.position * {DAY}, case when e.place % 40 = 39 and p.position = 1 then e.last_sent_at end
             from enrolments e join steps p on p.workspace_id = e.workspace_id and p.campaign_id = e.campaign_id where e.workspace_id = {w}"),
        format!("insert into inbox_labels (workspace_id, id, name, name_key, colour, tone, made_by, created_at) values ({w}, id[8000001]id, 'Warm', 'warm', 'orange', 'positive', {user}, 0)"),
        format!("{} insert into threads (workspace_id, id, mailbox_id, campaign_id, lead_id, recipient_key, person, address, subject, first_line, last_at, last_in_at, answered_at, unread, automatic, untracked, state,
                 snoozed_until, assigned_to, label, label_tone, label_by)
             select {w}, id[50000000 + i]id, {mailbox}, {campaign}, {lead}, key[i]key, 'Ada Okafor ' || i, 'p' || i || '@c' || (i / 3) || '.example', 'Re: About Acorn', 'Who else takes part, and what does it cost?',
                 {now} - i * 1000000, {now} - i * 1000000, case when i % 6 = 1 then {now} end, i % 3 = 0, i % 10 = 3, i % 50 = 7, case when i % 5 = 0 then 'done' else 'open' end,
                 case when i % 11 = 0 then {now} + {DAY} end, case when i % 4 = 0 then {user} end,
                 case i % 8 when 0 then 'interested' when 1 then 'not_interested' end, case i % 8 when 0 then 'positive' when 1 then 'negative' end, case when i % 8 < 2 then 'rule' end
             from n", numbers(threads)),
        format!("{} insert into thread_labels (workspace_id, thread_id, label_id, put_by, put_at) select {w}, id[50000000 + i * 9]id, id[8000001]id, {user}, 0 from n", numbers((threads / 9).max(1))),
        format!("{} insert into reply_facts (workspace_id, mail_id, campaign_id, lead_id, mailbox_id, at, kind, human)
             select {w}, id[60000000 + i]id, {campaign}, {lead}, {mailbox}, {now}, 'human', @yes from (select i * 4 as i from n) n", numbers(threads / 4)),
        format!("insert into outcome_changes (workspace_id, campaign_id, lead_id) select workspace_id, campaign_id, lead_id from enrolments where workspace_id = {w}"),
        "analyze".to_owned(),
    ]
}

/// Waits until the product has counted everything, and says how long that took.
pub async fn counted() -> anyhow::Result<()> {
    let mut filling = database().await?;
    let begin = Stopwatch::now();
    while filling.number("select count(*) from (select 1 from outcome_changes limit 1) q").await? > 0 {
        ensure!(begin.elapsed() < TIME_MAX, "the leads are not counted");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let leads = filling.number("select count(*) from lead_outcomes").await?;
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "{}",
        serde_json::json!({ "leads": leads, "seconds": round2(seconds), "leads_per_second": (leads as f64 / seconds).round() })
    );
    Ok(())
}

/// Asks the base tables what the page of the sources shows, three times, and compares.
pub async fn base() -> anyhow::Result<()> {
    let mut filling = database().await?;
    let (w, _) = newest(&mut filling).await?;
    let question = format!(
        "select l.source_id, sum(case when f.bounced = 0 then 1 else 0 end) as contacted,
             sum(case when f.bounced = 0 and exists (select 1 from reply_facts r where r.workspace_id = f.workspace_id
                 and r.campaign_id = f.campaign_id and r.lead_id = f.lead_id and r.human) then 1 else 0 end) as replied,
             sum(case when f.bounced = 0 and exists (select 1 from reply_facts r where r.workspace_id = f.workspace_id
                     and r.campaign_id = f.campaign_id and r.lead_id = f.lead_id and r.human)
                 and exists (select 1 from threads t where t.workspace_id = f.workspace_id and t.campaign_id = f.campaign_id
                     and t.lead_id = f.lead_id and t.label_tone = 'positive') then 1 else 0 end) as positive,
             sum(f.bounced) as bounced, sum(case when f.bounced = 0 then l.price else 0 end) as credits
         from (select d.workspace_id, d.campaign_id, d.lead_id, max(case when d.bounced_at is null then 0 else 1 end) as bounced
               from sends d where d.workspace_id = {w} and d.kind = 'step' and d.opener and d.state = 'sent'
               group by d.workspace_id, d.campaign_id, d.lead_id) f
         join leads l on l.workspace_id = f.workspace_id and l.id = f.lead_id
         group by l.source_id"
    );
    let sums = |from: &str| {
        format!("select cast(sum(contacted + replied + positive + bounced + credits) as bigint) from {from}")
    };
    let (asked, kept) = (
        sums(&format!("({question}) q")),
        sums(&format!("outcome_totals where workspace_id = {w} and origin = 'source'")),
    );
    let mut times = Vec::new();
    for _ in 0..3 {
        let begin = Stopwatch::now();
        let (found, shown) = (filling.number(&asked).await?, filling.number(&kept).await?);
        times.push(begin.elapsed());
        ensure!(found == shown, "the base tables say {found}, the page {shown}");
    }
    println!("{}", crate::figures(times));
    Ok(())
}
