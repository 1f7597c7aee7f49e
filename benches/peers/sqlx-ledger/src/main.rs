//! The crate `sqlx-ledger` under the load of `make bench-ledger` (Postgres): one journal, three accounts per tenant, one
//! transaction template, the transaction's id as idempotency key. Its optimistic lock asks the caller to try again.

#[path = "../../../ledger/load.rs"]
mod load;

use std::{sync::Arc, time::Duration};

use load::{Call, Ledger, asked, run};
use sqlx_ledger::{
    AccountId, JournalId, SqlxLedger, SqlxLedgerError, TransactionId,
    account::NewAccount,
    journal::NewJournal,
    tx_template::{EntryInput, NewTxTemplate, ParamDataType, ParamDefinition, TxInput, TxParams},
};
use uuid::Uuid;

const TEMPLATE: &str = "MOVE";
/// Attempts of one movement before it counts as failed.
const ATTEMPTS_MAX: usize = 100;

#[derive(Clone)]
struct Books {
    ledger: SqlxLedger,
    journal: JournalId,
    /// Available, held and outside, per tenant.
    accounts: Arc<Vec<[AccountId; 3]>>,
}

impl Ledger for Books {
    async fn make(&self, call: Call) -> Result<(), String> {
        let [available, held, outside] = self.accounts[call.tenant];
        let (from, to) = match call.number {
            0 => (outside, available),
            1 => (available, held),
            2 => (held, available),
            _ => (available, outside),
        };
        // The movement's number in the low bits: the same call has the same id.
        let id = TransactionId::from(Uuid::from_u128((call.session << 5) | u128::from(call.number)));
        for _ in 0..ATTEMPTS_MAX {
            let mut params = TxParams::new();
            params.insert("journal_id", self.journal);
            params.insert("from", from);
            params.insert("to", to);
            params.insert("amount", rust_decimal::Decimal::from(load::CREDITS));
            match self.ledger.post_transaction(id, TEMPLATE, Some(params)).await {
                Ok(()) | Err(SqlxLedgerError::DuplicateKey(_)) => return Ok(()),
                Err(SqlxLedgerError::OptimisticLockingError) => {}
                Err(SqlxLedgerError::Sqlx(error)) if is_contention(&error) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        Err("others were always faster".into())
    }
}

fn is_contention(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code().map(|code| code.into_owned()));
    matches!(code.as_deref(), Some("40001" | "40P01"))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let asked = asked();
    // A call takes a second connection while it holds one: with fewer than two per caller all wait for each other.
    let options = sqlx::postgres::PgPoolOptions::new().max_connections(380).acquire_timeout(Duration::from_secs(2));
    let pool = options.connect(&asked.database).await?;
    sqlx::raw_sql(include_str!("../schema.sql")).execute(&pool).await?;
    let ledger = SqlxLedger::new(&pool);
    let journal = ledger.journals().create(NewJournal::builder().name("Bench".to_owned()).build()?).await?;
    ledger.tx_templates().create(template()?).await?;
    for spread in asked.spreads {
        let mut accounts = Vec::new();
        for _ in 0..spread.tenants() {
            accounts.push([account(&ledger).await?, account(&ledger).await?, account(&ledger).await?]);
        }
        let books = Books { ledger: ledger.clone(), journal, accounts: Arc::new(accounts) };
        for callers in &asked.callers {
            run(&books, spread, *callers, asked.time).await.print("sqlx-ledger", "postgres", spread, *callers);
        }
    }
    Ok(())
}

async fn account(ledger: &SqlxLedger) -> anyhow::Result<AccountId> {
    let id = Uuid::now_v7();
    let account = NewAccount::builder().id(id).name(id.to_string()).code(id.to_string()).build()?;
    Ok(ledger.accounts().create(account).await?)
}

fn template() -> anyhow::Result<NewTxTemplate> {
    let param = |name: &str, kind| ParamDefinition::builder().name(name).r#type(kind).build();
    let params = vec![
        param("journal_id", ParamDataType::UUID)?,
        param("from", ParamDataType::UUID)?,
        param("to", ParamDataType::UUID)?,
        param("amount", ParamDataType::DECIMAL)?,
    ];
    let entry = |kind: &str, account: &str, direction: &str| {
        EntryInput::builder()
            .entry_type(kind)
            .account_id(account)
            .layer("SETTLED")
            .direction(direction)
            .units("params.amount")
            .currency("'USD'")
            .build()
    };
    let entries = vec![entry("'FROM'", "params.from", "DEBIT")?, entry("'TO'", "params.to", "CREDIT")?];
    Ok(NewTxTemplate::builder()
        .id(Uuid::now_v7())
        .code(TEMPLATE)
        .params(params)
        .tx_input(TxInput::builder().effective("date()").journal_id("params.journal_id").build()?)
        .entries(entries)
        .build()?)
}
