//! Fairlead's ledger under the load of `make bench-ledger`, and beside it the plainest thing that could work: one guarded
//! update and one insert per movement, each in a transaction of its own. `DATABASE` is a Postgres address or a file.

mod load;

use fairlead::{
    bench::{
        Actor, CampaignId, Capture, Clock, CreditError, Credits, Db, Grant, HoldFor, Instant, LotKind, Movement,
        RequestId, Teller, UserId, WorkspaceId, grant, verify_ledger,
    },
    on,
};
use load::{Call, Ledger, asked, run};
use uuid::Uuid;

/// Credits of each tenant: more than any run can hold.
const PLENTY: i64 = 1_000_000_000_000;

/// Movements through the teller: grouped, one flush for all that wait.
#[derive(Clone)]
struct Fairlead {
    teller: Teller,
    tenants: std::sync::Arc<Vec<WorkspaceId>>,
    member: UserId,
    campaign: CampaignId,
}

impl Ledger for Fairlead {
    async fn make(&self, call: Call) -> Result<(), String> {
        let request = RequestId(Uuid::from_u128(call.session));
        let movement = match call.number {
            0 => {
                let purpose = HoldFor { request, campaign: self.campaign, member: self.member };
                Movement::Hold { purpose, credits: amount(call.amount()) }
            }
            24 => Movement::Release { request, actor: Actor::System, reason: "The rest".into() },
            _ => Movement::Capture(Capture { request, leads: 1, price: amount(1), key: call.key() }),
        };
        let posted = self.teller.post(self.tenants[call.tenant], movement, now()).await;
        posted.map(drop).map_err(|error| error.to_string())
    }
}

/// The plain version: no lots, no chain, no holds of their own.
#[derive(Clone)]
struct Plain {
    db: Db,
    tenants: std::sync::Arc<Vec<WorkspaceId>>,
}

impl Ledger for Plain {
    async fn make(&self, call: Call) -> Result<(), String> {
        let (available, held, spent) = match call.number {
            0 => (-25, 25, 0),
            24 => (2, -2, 0),
            _ => (0, -1, 1),
        };
        let tenant = self.tenants[call.tenant];
        let made = async {
            let mut tx = self.db.write().await?;
            let new = on!(&mut tx, c => sqlx::query(
                "insert into plain_movements (workspace_id, key, available, held, spent) values ($1, $2, $3, $4, $5)
                 on conflict do nothing")
                .bind(tenant).bind(call.key()).bind(available).bind(held).bind(spent)
                .execute(c).await.map(|done| done.rows_affected()))?;
            if new == 1 {
                on!(&mut tx, c => sqlx::query(
                    "update plain_accounts set available = available + $2, held = held + $3, spent = spent + $4
                     where workspace_id = $1 and available + $2 >= 0 and held + $3 >= 0")
                    .bind(tenant).bind(available).bind(held).bind(spent).execute(c).await.map(drop))?;
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
    let db = if asked.database.starts_with("postgres") {
        Db::postgres(&asked.database).await?
    } else {
        Db::sqlite(std::path::Path::new(&asked.database)).await?
    };
    let database = db.kind().to_lowercase();
    for spread in asked.spreads {
        let tenants = std::sync::Arc::new(prepare(&db, spread.tenants()).await?);
        let (member, campaign) = (UserId::new(), CampaignId::new());
        let fairlead = Fairlead { teller: Teller::start(&db), tenants: tenants.clone(), member, campaign };
        let plain = Plain { db: db.clone(), tenants: tenants.clone() };
        for callers in &asked.callers {
            run(&fairlead, spread, *callers, asked.time).await.print("fairlead", &database, spread, *callers);
            run(&plain, spread, *callers, asked.time).await.print("plain", &database, spread, *callers);
        }
        audit(&db, &tenants).await?;
    }
    Ok(())
}

/// Tenants with plenty of credits, in both ledgers.
async fn prepare(db: &Db, tenants: usize) -> anyhow::Result<Vec<WorkspaceId>> {
    let mut tx = db.write().await?;
    let big = if tx.is_postgres() { "bigint" } else { "integer" };
    let id = if tx.is_postgres() { "uuid" } else { "blob" };
    for sql in [
        format!(
            "create table if not exists plain_accounts (workspace_id {id} primary key, available {big} not null, \
             held {big} not null, spent {big} not null)"
        ),
        format!(
            "create table if not exists plain_movements (workspace_id {id} not null, key text not null, \
             available {big} not null, held {big} not null, spent {big} not null, primary key (workspace_id, key))"
        ),
    ] {
        on!(&mut tx, c => sqlx::query(sqlx::AssertSqlSafe(sql)).execute(c).await.map(drop))?;
    }
    let mut made = Vec::with_capacity(tenants);
    for _ in 0..tenants {
        let workspace = WorkspaceId::new();
        on!(&mut tx, c => sqlx::query("insert into workspaces (id, name, created_at) values ($1, 'Bench', 0)")
            .bind(workspace).execute(c).await.map(drop))?;
        on!(&mut tx, c => sqlx::query("insert into plain_accounts values ($1, $2, 0, 0)")
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
        grant(&mut tx, workspace, lot, now()).await.map_err(|error: CreditError| anyhow::anyhow!("{error}"))?;
        made.push(workspace);
    }
    tx.commit().await?;
    Ok(made)
}

/// Every invariant of every tenant, by replaying all movements.
async fn audit(db: &Db, tenants: &[WorkspaceId]) -> anyhow::Result<()> {
    let mut movements = 0;
    for tenant in tenants {
        let proof = verify_ledger(&mut db.snapshot().await?, *tenant).await?;
        anyhow::ensure!(proof.differences.is_empty(), "{:?}", proof.differences.first());
        movements += proof.transfers;
    }
    eprintln!("audit: {} tenants with {movements} movements, every number is what the movements say", tenants.len());
    Ok(())
}
