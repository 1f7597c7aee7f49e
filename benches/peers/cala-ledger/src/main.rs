//! The crate `cala-ledger` under the load of `make bench-ledger` (Postgres): one journal, three accounts per tenant, one
//! transaction template, the transaction's id as idempotency key. It has no guard against overdrawing in this set-up.

#[path = "../../../ledger/load.rs"]
mod load;

use std::sync::Arc;

use cala_ledger::{
    AccountId, CalaLedger, CalaLedgerConfig, JournalId, TransactionId,
    account::NewAccount,
    job::{JobSvcConfig, Jobs},
    journal::NewJournal,
    tx_template::{NewParamDefinition, NewTxTemplate, NewTxTemplateEntry, NewTxTemplateTransaction, ParamDataType, Params},
};
use load::{Call, Ledger, asked, run};
use uuid::Uuid;

const TEMPLATE: &str = "MOVE";

#[derive(Clone)]
struct Cala {
    cala: CalaLedger,
    journal: JournalId,
    /// Available, held and outside, per tenant.
    accounts: Arc<Vec<[AccountId; 3]>>,
}

impl Ledger for Cala {
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
        let mut params = Params::new();
        params.insert("journal_id", self.journal);
        params.insert("from", from);
        params.insert("to", to);
        params.insert("amount", rust_decimal::Decimal::from(load::CREDITS));
        match self.cala.post_transaction(id, TEMPLATE, params).await {
            Ok(_) => Ok(()),
            Err(error) if is_replay(&format!("{error:?}")) => Ok(()),
            Err(error) => Err(format!("{error:?}")),
        }
    }
}

/// Its id is taken: this transaction was posted before.
fn is_replay(error: &str) -> bool {
    let error = error.to_lowercase();
    error.contains("duplicate") || error.contains("alreadyexists") || error.contains("already exists")
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let asked = asked();
    let pool = sqlx::postgres::PgPoolOptions::new().max_connections(20).connect(&asked.database).await?;
    let config = CalaLedgerConfig::builder().pool(pool.clone()).exec_migrations(true).build()?;
    let mut jobs = Jobs::init(JobSvcConfig::builder().pool(pool).build()?).await?;
    let cala = CalaLedger::init(config, &mut jobs).await?;
    let journal = cala.journals().create(NewJournal::builder().id(JournalId::new()).name("Bench").build()).await?.id();
    cala.tx_templates().create(template()?).await?;
    for spread in asked.spreads {
        let mut accounts = Vec::new();
        for _ in 0..spread.tenants() {
            accounts.push([account(&cala).await?, account(&cala).await?, account(&cala).await?]);
        }
        let ledger = Cala { cala: cala.clone(), journal, accounts: Arc::new(accounts) };
        for callers in &asked.callers {
            run(&ledger, spread, *callers, asked.time).await.print("cala-ledger", "postgres", spread, *callers);
        }
    }
    Ok(())
}

async fn account(cala: &CalaLedger) -> anyhow::Result<AccountId> {
    let id = Uuid::now_v7();
    let account = NewAccount::builder().id(id).name(id.to_string()).code(id.to_string()).build();
    Ok(cala.accounts().create(account).await?.id())
}

fn template() -> anyhow::Result<NewTxTemplate> {
    let param = |name: &str, kind| NewParamDefinition::builder().name(name).r#type(kind).build();
    let params = vec![
        param("journal_id", ParamDataType::Uuid)?,
        param("from", ParamDataType::Uuid)?,
        param("to", ParamDataType::Uuid)?,
        param("amount", ParamDataType::Decimal)?,
    ];
    let entry = |kind: &str, account: &str, direction: &str| {
        NewTxTemplateEntry::builder()
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
        .transaction(NewTxTemplateTransaction::builder().effective("date()").journal_id("params.journal_id").build()?)
        .entries(entries)
        .build())
}
