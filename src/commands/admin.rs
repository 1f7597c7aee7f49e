//! `fairlead admin EMAIL`: makes a user an operator.

use anyhow::{Context, ensure};

use super::output::print;
use crate::{accounts, server::app::App};

pub async fn run(app: &App, email: &str) -> anyhow::Result<()> {
    let address = email.parse().with_context(|| format!("“{email}” is not an email address"))?;
    ensure!(
        accounts::make_operator(&app.db, &address).await?,
        "there is no account with the address {address}; sign up at {} first",
        app.config.public_url.join("/signup")?
    );
    print(format_args!("{address} is an operator now: {}", app.config.public_url.join("/admin")?))
}
