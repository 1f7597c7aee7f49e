//! Fairlead's ledger under the load of `make bench-ledger`: what the product does, through the group commit and each in a
//! transaction of its own, and beside it the plainest thing that could work: one guarded update and one insert per movement.
//! `DATABASE` is a Postgres address or a file.
#![expect(clippy::print_stderr, clippy::print_stdout, reason = "figures go out as lines, remarks beside them")]

mod load;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use fairlead::{
    Tx,
    bench::{
        Actor, Adjustment, CampaignId, CampaignName, Cancel, Change, Clock, Credits, Criteria, Db, Deed, Grant,
        Instant, Keys, LeadCount, LeadOrder, Ledger, LotKind, Member, RequestId, RequestLeads, Role, UserId,
        WorkspaceId, create_campaign, grant, join, protection, verify_ledger,
    },
    on,
};
use load::{CREDITS, Call, Ledger as Load, Spread, asked, run};

/// What `FAIRLEAD_SECRET_KEY` is where the program opens what was filled here.
const KEY: &[u8] = b"a key for measurements: nothing real";
/// Callers at once while a ledger is filled.
const FILLING_CALLERS: usize = 256;
/// Credits of each tenant: more than any run can hold.
const PLENTY: i64 = 1_000_000_000_000;

/// A workspace with a campaign.
#[derive(Clone)]
struct Tenant {
    member: Member,
    campaign: CampaignId,
}

/// The deeds of the product: an operator adds credits, a member asks for leads and cancels, the operator takes credits back.
#[derive(Clone)]
struct Fairlead {
    db: Db,
    /// `None`: each deed in a transaction of its own.
    ledger: Option<Ledger>,
    tenants: Arc<Vec<Tenant>>,
    /// The request of each session.
    requests: Arc<Mutex<HashMap<u128, RequestId>>>,
}

impl Fairlead {
    fn new(db: &Db, ledger: Option<Ledger>, tenants: &Arc<Vec<Tenant>>) -> Self {
        Self { db: db.clone(), ledger, tenants: tenants.clone(), requests: Arc::default() }
    }

    async fn done<D: Deed>(&self, deed: D) -> Result<D::Output, String>
    where
        D::Error: std::fmt::Display + From<sqlx::Error>,
    {
        let done = match &self.ledger {
            Some(ledger) => ledger.post(deed).await,
            None => self.alone(&deed).await,
        };
        done.map_err(|error| error.to_string())
    }

    async fn alone<D: Deed>(&self, deed: &D) -> Result<D::Output, D::Error>
    where
        D::Error: From<sqlx::Error>,
    {
        let mut tx = self.db.write().await?;
        let output = join(&mut tx, deed).await?;
        tx.commit().await?;
        Ok(output)
    }

    fn adjustment(&self, call: Call, change: Change) -> Adjustment {
        let workspace = self.tenants[call.tenant].member.workspace;
        let (credits, reason) = (amount(CREDITS), "Bench".to_owned());
        Adjustment { workspace, change, credits, reason, operator: None, key: call.key(), at: now() }
    }

    fn request(&self, call: Call) -> Result<RequestLeads, String> {
        let Tenant { member, campaign } = self.tenants[call.tenant].clone();
        let quantity = LeadCount::of(CREDITS).ok_or("no such quantity")?;
        Ok(RequestLeads {
            member,
            order: LeadOrder { campaign, quantity, look: None, most: None, key: call.key() },
            at: now(),
        })
    }
}

impl Load for Fairlead {
    async fn make(&self, call: Call) -> Result<(), String> {
        match call.number {
            0 => self.done(self.adjustment(call, Change::Add)).await.map(drop),
            1 => {
                let request = self.done(self.request(call)?).await?;
                self.requests.lock().unwrap_or_else(PoisonError::into_inner).insert(call.session, request);
                Ok(())
            }
            2 => {
                let made = self.requests.lock().unwrap_or_else(PoisonError::into_inner).get(&call.session).copied();
                let (member, request) = (self.tenants[call.tenant].member.clone(), made.ok_or("nothing was asked")?);
                self.done(Cancel { member, request, at: now() }).await.map(drop)
            }
            _ => {
                self.requests.lock().unwrap_or_else(PoisonError::into_inner).remove(&call.session);
                self.done(self.adjustment(call, Change::Revoke)).await.map(drop)
            }
        }
    }
}

/// The plain version: no lots, no chain, no holds of their own, no requests, no audit log.
#[derive(Clone)]
struct Plain {
    db: Db,
    tenants: Arc<Vec<Tenant>>,
}

impl Load for Plain {
    async fn make(&self, call: Call) -> Result<(), String> {
        let (available, held) = match call.number {
            0 => (CREDITS, 0),
            1 => (-CREDITS, CREDITS),
            2 => (CREDITS, -CREDITS),
            _ => (-CREDITS, 0),
        };
        let tenant = self.tenants[call.tenant].member.workspace;
        let made = async {
            let mut tx = self.db.write().await?;
            let new = on!(&mut tx, c => sqlx::query(
                "insert into plain_movements (workspace_id, key, available, held) values ($1, $2, $3, $4)
                 on conflict do nothing")
                .bind(tenant).bind(call.key()).bind(available).bind(held)
                .execute(c).await.map(|done| done.rows_affected()))?;
            if new == 1 {
                on!(&mut tx, c => sqlx::query(
                    "update plain_accounts set available = available + $2, held = held + $3
                     where workspace_id = $1 and available + $2 >= 0 and held + $3 >= 0")
                    .bind(tenant).bind(available).bind(held).execute(c).await.map(drop))?;
            }
            tx.commit().await
        };
        made.await.map_err(|error: sqlx::Error| error.to_string())
    }
}

fn amount(credits: i64) -> Credits {
    Credits::new(credits).unwrap_or_default()
}

fn now() -> Instant {
    Clock::System.now()
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let asked = asked();
    let keys = Keys::derived(KEY, &[]);
    let db = if asked.database.starts_with("postgres") {
        Db::postgres(&asked.database, protection(keys)).await?
    } else {
        Db::sqlite(std::path::Path::new(&asked.database), protection(keys)).await?
    };
    if let Some(movements) = std::env::var("MOVEMENTS").ok().and_then(|text| text.parse().ok()) {
        return fill(&db, movements, asked.spreads[0]).await;
    }
    let database = db.kind().to_lowercase();
    for spread in asked.spreads {
        let tenants = Arc::new(prepare(&db, spread.tenants()).await?);
        let ledger = Ledger::start(&db);
        let fairlead = Fairlead::new(&db, Some(ledger.clone()), &tenants);
        let alone = Fairlead::new(&db, None, &tenants);
        let plain = Plain { db: db.clone(), tenants: tenants.clone() };
        for callers in &asked.callers {
            let before = ledger.counts();
            run(&fairlead, spread, *callers, asked.time).await.print("fairlead", &database, spread, *callers);
            let (groups, deeds) = (ledger.counts().groups - before.groups, ledger.counts().jobs - before.jobs);
            eprintln!("{deeds} deeds in {groups} groups");
            run(&alone, spread, *callers, asked.time).await.print("alone", &database, spread, *callers);
            run(&plain, spread, *callers, asked.time).await.print("plain", &database, spread, *callers);
        }
        ledger.end().await;
        audit(&db, &tenants).await?;
    }
    Ok(())
}

/// Makes a ledger of this size, for `make bench-verify`.
async fn fill(db: &Db, movements: i64, spread: Spread) -> anyhow::Result<()> {
    let tenants = Arc::new(prepare(db, spread.tenants()).await?);
    let ledger = Ledger::start(db);
    let fairlead = Fairlead::new(db, Some(ledger.clone()), &tenants);
    loop {
        let made: i64 = on!(&mut db.read().await?, c => sqlx::query_scalar("select count(*) from credit_transfers")
            .fetch_one(c).await)?;
        eprintln!("{made} movements");
        if made >= movements {
            break;
        }
        run(&fairlead, spread, FILLING_CALLERS, Duration::from_secs(10)).await;
    }
    ledger.end().await;
    db.close().await;
    Ok(())
}

/// Tenants with plenty of credits, in both ledgers.
async fn prepare(db: &Db, tenants: usize) -> anyhow::Result<Vec<Tenant>> {
    let mut tx = db.write().await?;
    let big = if tx.is_postgres() { "bigint" } else { "integer" };
    let id = if tx.is_postgres() { "uuid" } else { "blob" };
    for sql in [
        format!(
            "create table if not exists plain_accounts (workspace_id {id} primary key, available {big} not null, \
             held {big} not null)"
        ),
        format!(
            "create table if not exists plain_movements (workspace_id {id} not null, key text not null, \
             available {big} not null, held {big} not null, primary key (workspace_id, key))"
        ),
    ] {
        on!(&mut tx, c => sqlx::query(sqlx::AssertSqlSafe(sql)).execute(c).await.map(drop))?;
    }
    let user = UserId::new();
    on!(&mut tx, c => sqlx::query(
        "insert into users (id, email, name, password_hash, created_at, password_changed_at) values ($1, $2, 'Bench', '', 0, 0)")
        .bind(user).bind(user.to_string()).execute(c).await.map(drop))?;
    let mut made = Vec::with_capacity(tenants);
    for _ in 0..tenants {
        made.push(tenant(&mut tx, user).await?);
    }
    tx.commit().await?;
    Ok(made)
}

async fn tenant(tx: &mut Tx, user: UserId) -> anyhow::Result<Tenant> {
    let workspace = WorkspaceId::new();
    on!(&mut *tx, c => sqlx::query("insert into workspaces (id, name, created_at) values ($1, 'Bench', 0)")
        .bind(workspace).execute(c).await.map(drop))?;
    on!(&mut *tx, c => sqlx::query("insert into plain_accounts values ($1, $2, 0)")
        .bind(workspace).bind(PLENTY).execute(c).await.map(drop))?;
    let lot = Grant {
        kind: LotKind::Purchase,
        credits: amount(PLENTY),
        expires_at: None,
        order: None,
        reason: "Bench".into(),
        actor: Actor::System,
        key: "bench".into(),
    };
    grant(tx, workspace, lot, now()).await?;
    let name = CampaignName::parse("Bench").map_err(anyhow::Error::msg)?;
    let campaign = create_campaign(tx, workspace, user, &name, &Criteria::default(), now()).await?;
    let (email, name, workspace_name) = Default::default();
    let member = Member {
        user,
        workspace,
        role: Role::Owner,
        email,
        name,
        workspace_name,
        time_zone: String::new(),
        operator: false,
    };
    Ok(Tenant { member, campaign })
}

/// Every invariant of every tenant, by replaying all movements.
async fn audit(db: &Db, tenants: &[Tenant]) -> anyhow::Result<()> {
    let mut movements = 0;
    for tenant in tenants {
        let proof = verify_ledger(&mut db.snapshot().await?, tenant.member.workspace).await?;
        anyhow::ensure!(proof.differences.is_empty(), "{:?}", proof.differences.first());
        movements += proof.transfers;
    }
    eprintln!("audit: {} tenants with {movements} movements, every number is what the movements say", tenants.len());
    Ok(())
}
