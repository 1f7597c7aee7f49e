//! The crate `doubleentry` under the load of `make bench-ledger`: one ledger, three accounts per tenant, two of which may
//! not be overdrawn, its idempotency keys, its advice to try again when another writer was there.

#[path = "../../../ledger/load.rs"]
mod load;

use doubleentry::{
    AccountSpec,
    prelude::*,
    store::{Postgres, SqlOptions, SqlStore, Sqlite, Store},
};
use load::{Asked, Call, Ledger as Load, asked, run};

const DAY: Date = date!("2026-06-15");

struct Books<S>(std::sync::Arc<Ledger<S>>);

impl<S> Clone for Books<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Store<2> + Send + Sync + 'static> Load for Books<S> {
    async fn make(&self, call: Call) -> std::result::Result<(), String> {
        let (from, to) = match call.number {
            0 => ("Outside", "Available"),
            1 => ("Available", "Held"),
            2 => ("Held", "Available"),
            _ => ("Available", "Outside"),
        };
        let account = |name| format!("Liabilities:T{}:{name}", call.tenant);
        let amount = Amount::from_minor(i128::from(load::CREDITS) * 100).map_err(|error| error.to_string())?;
        let entry = Entry::new(call.key(), DAY).debit(account(from), amount, EUR).credit(account(to), amount, EUR);
        loop {
            match self.0.record(entry.clone()).await {
                Ok(_) => return Ok(()),
                Err(error) if error.is_transient() => tokio::task::yield_now().await,
                Err(error) => return Err(error.to_string()),
            }
        }
    }
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let asked = asked();
    if asked.database.starts_with("postgres") {
        for (number, spread) in asked.spreads.iter().enumerate() {
            let schema = format!("doubleentry_{}_{number}", std::process::id());
            let options = SqlOptions { schema, max_connections: 20, ..SqlOptions::default() };
            let store: SqlStore<Postgres> = SqlStore::postgres_with(&asked.database, options).await?;
            measure(store, "postgres", *spread, &asked).await?;
        }
    } else {
        for (number, spread) in asked.spreads.iter().enumerate() {
            let url = format!("sqlite://{}.{number}?mode=rwc", asked.database);
            let options = SqlOptions { busy_timeout: std::time::Duration::from_secs(30), ..SqlOptions::default() };
            let store: SqlStore<Sqlite> = SqlStore::sqlite_with(&url, options).await?;
            measure(store, "sqlite", *spread, &asked).await?;
        }
    }
    Ok(())
}

async fn measure<S: Store<2> + Send + Sync + 'static>(
    store: S,
    database: &str,
    spread: load::Spread,
    asked: &Asked,
) -> std::result::Result<(), Box<dyn std::error::Error>> {
    let books = Ledger::new(store, LedgerId::new("example.com/bench")?).await?;
    books.declare_currency(EUR, 2, date!("2026-01-01")).await?;
    books.define_months(2026, 1..=12).await?;
    books.open("Assets:Cash", AccountKind::Asset, date!("2026-01-01")).await?;
    for tenant in 0..spread.tenants() {
        for name in ["Available", "Held", "Outside"] {
            let account = format!("Liabilities:T{tenant}:{name}");
            let spec = AccountSpec::new(account, AccountKind::Liability, date!("2026-01-01"));
            // What comes in and goes out again is without end.
            let spec = if name == "Outside" { spec } else { spec.limit(BalanceLimit::NoDebitBalance) };
            books.register(spec).await?;
        }
    }
    let plenty = Amount::from_minor(1_000_000_000_000_00)?;
    let fund = |tenant| {
        Entry::new(format!("fund-{tenant}"), DAY)
            .debit("Assets:Cash", plenty, EUR)
            .credit(format!("Liabilities:T{tenant}:Available"), plenty, EUR)
    };
    for tenants in (0..spread.tenants()).collect::<Vec<_>>().chunks(500) {
        books.record_batch(tenants.iter().map(|tenant| fund(*tenant))).await?;
    }
    let books = Books(std::sync::Arc::new(books));
    for callers in &asked.callers {
        run(&books, spread, *callers, asked.time).await.print("doubleentry", database, spread, *callers);
    }
    Ok(())
}
