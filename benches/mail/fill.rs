//! Fills a database with campaigns in the middle of their work. Written with connections of its own, because the product's seal
//! every lead, which is not what is measured here.

use fairlead::bench::Instant;
use sqlx::{Connection, PgConnection, SqliteConnection};

/// How much there is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub enrolments: i64,
    pub campaigns: i64,
    pub mailboxes: i64,
}

/// Campaigns of one workspace.
pub const CAMPAIGNS_PER_WORKSPACE: i64 = 5;

/// A connection to fill with.
pub enum Filling {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Filling {
    pub async fn open(address: &str) -> anyhow::Result<Self> {
        Ok(if address.starts_with("postgres") {
            Self::Postgres(PgConnection::connect(address).await?)
        } else {
            Self::Sqlite(SqliteConnection::connect(&format!("sqlite://{address}")).await?)
        })
    }

    pub async fn run(&mut self, sql: &str) -> anyhow::Result<()> {
        let sql = self.in_dialect(sql);
        match self {
            Self::Sqlite(connection) => {
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(connection).await.map(|_| ())?
            }
            Self::Postgres(connection) => {
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(connection).await.map(|_| ())?
            }
        }
        Ok(())
    }

    pub async fn number(&mut self, sql: &str) -> anyhow::Result<i64> {
        Ok(match self {
            Self::Sqlite(connection) => {
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(connection).await?
            }
            Self::Postgres(connection) => {
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(connection).await?
            }
        })
    }

    pub async fn texts(&mut self, sql: &str) -> anyhow::Result<Vec<String>> {
        Ok(match self {
            Self::Sqlite(connection) => {
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_all(connection).await?
            }
            Self::Postgres(connection) => {
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_all(connection).await?
            }
        })
    }

    /// `id(x)`, `key(x)` and `first(n)` in the words of the database.
    fn in_dialect(&self, sql: &str) -> String {
        let (id, key) = match self {
            Self::Sqlite(_) => ("unhex(printf('%032x', ", "unhex(printf('%064x', "),
            Self::Postgres(_) => ("cast(lpad(to_hex(", "decode(lpad(to_hex("),
        };
        let (id_end, key_end) = match self {
            Self::Sqlite(_) => ("))", "))"),
            Self::Postgres(_) => ("), 32, '0') as uuid)", "), 64, '0'), 'hex')"),
        };
        let (yes, no, empty) =
            if matches!(self, Self::Sqlite(_)) { ("1", "0", "'[]'") } else { ("true", "false", "'[]'") };
        sql.replace("id[", id)
            .replace("]id", id_end)
            .replace("key[", key)
            .replace("]key", key_end)
            .replace("@yes", yes)
            .replace("@no", no)
            .replace("@list", empty)
    }
}

/// Makes `size` of everything. Half of the enrolments wait; half had their first mail yesterday, of which there are sends and counters:
/// a database plans otherwise for tables that it knows as empty.
pub async fn fill(filling: &mut Filling, size: Size, now: Instant) -> anyhow::Result<()> {
    let Size { enrolments, campaigns, mailboxes } = size;
    let (workspaces, each) = ((campaigns / CAMPAIGNS_PER_WORKSPACE).max(1), (enrolments / campaigns).max(1));
    let boxes = (mailboxes / campaigns).max(1);
    let (now, day) = (now.micros(), 86_400_000_000_i64);
    let yesterday = now / day - 1;
    let numbers =
        |count: i64| format!("with recursive n (i) as (select 1 union all select i + 1 from n where i < {count})");
    // Workspaces are 1…, campaigns 1,000,001…, and so on: ids of different tables must not look alike.
    let statements = [
        "insert into users (id, email, name, password_hash, created_at, password_changed_at) values (id[1]id, 'bench@bench.example', 'Bench', '', 0, 0)".to_owned(),
        format!("{} insert into workspaces (id, name, created_at) select id[i]id, 'Bench', 0 from n", numbers(workspaces)),
        "insert into sources (id, name, name_key, created_at) values (id[2]id, 'Bench', 'bench', 0)".to_owned(),
        format!("{} insert into campaigns (workspace_id, id, name, state, criteria, created_by, created_at, updated_at, leads)
             select id[(i - 1) / {CAMPAIGNS_PER_WORKSPACE} + 1]id, id[1000000 + i]id, 'Bench', 'active', '{{}}', id[1]id, 0, 0, {each} from n", numbers(campaigns)),
        format!("{} insert into campaign_sending (workspace_id, campaign_id, state, since, time_zone, recipient_domain_cap)
             select id[(i - 1) / {CAMPAIGNS_PER_WORKSPACE} + 1]id, id[1000000 + i]id, 'running', 0, 'UTC', 1000000 from n", numbers(campaigns)),
        format!("{} insert into campaign_windows (workspace_id, campaign_id, weekday, from_minute, to_minute)
             select id[((i - 1) / 7) / {CAMPAIGNS_PER_WORKSPACE} + 1]id, id[1000000 + (i - 1) / 7 + 1]id, (i - 1) % 7 + 1, 0, 1440 from n", numbers(campaigns * 7)),
        format!("{} insert into campaign_zones (workspace_id, campaign_id, zone, opens_at, closes_at)
             select id[(i - 1) / {CAMPAIGNS_PER_WORKSPACE} + 1]id, id[1000000 + i]id, '', {}, {} from n", numbers(campaigns), now - day, now + 30 * day),
        format!("{} insert into mailboxes (workspace_id, id, kind, address, sender_name, time_zone, daily_cap, gap_min_s, gap_max_s, spread, state, state_since, created_by, created_at)
             select id[((i - 1) / {boxes}) / {CAMPAIGNS_PER_WORKSPACE} + 1]id, id[2000000 + i]id, 'outbox', 'jo' || i || '@bench.example', 'Jo', 'UTC', 500, 0, 0, @no, 'active', 0, id[1]id, 0 from n", numbers(campaigns * boxes)),
        format!("{} insert into campaign_mailboxes (workspace_id, campaign_id, mailbox_id)
             select id[((i - 1) / {boxes}) / {CAMPAIGNS_PER_WORKSPACE} + 1]id, id[1000000 + (i - 1) / {boxes} + 1]id, id[2000000 + i]id from n", numbers(campaigns * boxes)),
        format!("{} insert into steps (workspace_id, id, campaign_id, position, delay_days)
             select id[((i - 1) / 3) / {CAMPAIGNS_PER_WORKSPACE} + 1]id, id[3000000 + i]id, id[1000000 + (i - 1) / 3 + 1]id, (i - 1) % 3 + 1, 3 from n", numbers(campaigns * 3)),
        format!("{} insert into texts (workspace_id, id, step_id, subject, body, made_by, created_at)
             select id[((i - 1) / 3) / {CAMPAIGNS_PER_WORKSPACE} + 1]id, id[4000000 + i]id, id[3000000 + i]id, 'About {{{{company}}}}', 'Hello {{{{first_name}}}}, {{how are you|what is new}}?', id[1]id, 0 from n", numbers(campaigns * 3)),
        format!("{} insert into variants (workspace_id, id, step_id, letter, weight, text_id)
             select id[((i - 1) / 3) / {CAMPAIGNS_PER_WORKSPACE} + 1]id, id[5000000 + i]id, id[3000000 + i]id, 'A', 1, id[4000000 + i]id from n", numbers(campaigns * 3)),
        format!("{} insert into own_lists (workspace_id, id, campaign_id, file_name, bytes, stored_as, state, duplicates, format, mapping, created_by, created_at)
             select id[(i - 1) / {CAMPAIGNS_PER_WORKSPACE} + 1]id, id[6000000 + i]id, id[1000000 + i]id, 'bench.csv', 0, '', 'done', 'campaign', '{{}}', '{{}}', id[1]id, 0 from n", numbers(campaigns)),
        format!("{} insert into leads (workspace_id, id, email, list_id, email_status, first_name, last_name, title, departments, company, domain, industry, country, region, city, linkedin, phone, search_text, delivered_at)
             select id[((i - 1) / {each}) / {CAMPAIGNS_PER_WORKSPACE} + 1]id, id[100000000 + i]id, 'p' || i || '@c' || (i / 3) || '.example', id[6000000 + (i - 1) / {each} + 1]id, 'verified', 'Ada', 'Okafor', 'Director', @list, 'Acorn', 'acorn.example', 'Retail', 'Kenya', '', 'Nairobi', '', '', '', 0 from n", numbers(campaigns * each)),
        format!("{} insert into campaign_leads (workspace_id, campaign_id, lead_id, added_at, enrolled)
             select id[((i - 1) / {each}) / {CAMPAIGNS_PER_WORKSPACE} + 1]id, id[1000000 + (i - 1) / {each} + 1]id, id[100000000 + i]id, i, @yes from n", numbers(campaigns * each)),
        format!("{} insert into enrolments (workspace_id, campaign_id, lead_id, recipient_key, canonical_key, domain_key, place, state, since, next_step_id, due_at, mailbox_id, occupies, begun_at, last_sent_at)
             select id[((i - 1) / {each}) / {CAMPAIGNS_PER_WORKSPACE} + 1]id, id[1000000 + (i - 1) / {each} + 1]id, id[100000000 + i]id, key[i]key, key[i]key, key[1000000000 + i / 3]key, i,
                 case when i % 2 = 0 then 'waiting' else 'active' end, 0,
                 case when i % 2 = 0 then null else id[3000000 + ((i - 1) / {each}) * 3 + 2]id end,
                 case when i % 2 = 0 then null else {now} + (i % 1000) * 3600000000 - 3600000000 end,
                 case when i % 2 = 0 then null else id[2000000 + ((i - 1) / {each}) * {boxes} + i % {boxes} + 1]id end,
                 i % 2 = 1, case when i % 2 = 0 then null else {now} - {day} end, case when i % 2 = 0 then null else {now} - {day} end
             from n", numbers(campaigns * each)),
        format!("insert into sends (workspace_id, id, kind, campaign_id, lead_id, step_id, mailbox_id, recipient_key, canonical_key, domain_key, message_id, state, state_since, opener, slot_day, slot_number, sending_at, sent_at)
             select e.workspace_id, e.lead_id, 'step', e.campaign_id, e.lead_id, p.id, e.mailbox_id, e.recipient_key, e.canonical_key, e.domain_key, e.place || '@bench.example', 'sent', e.last_sent_at, @yes, {yesterday}, 1, e.last_sent_at, e.last_sent_at
             from enrolments e join steps p on p.workspace_id = e.workspace_id and p.campaign_id = e.campaign_id and p.position = 1 where e.state = 'active'"),
        format!("insert into send_days (workspace_id, scope, subject, day, used) select workspace_id, 'domain', domain_key, {yesterday}, count(*) from sends group by workspace_id, domain_key"),
    ];
    for sql in statements {
        filling.run(&sql).await?;
    }
    filling.run("analyze").await
}
