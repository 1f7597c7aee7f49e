//! `fairlead admin EMAIL`: makes a user an operator.

use anyhow::{Context, bail};

use super::output::print;
use crate::{
    accounts::{self, MadeOperator},
    server::app::App,
};

pub async fn run(app: &App, email: &str) -> anyhow::Result<()> {
    let address = email.parse().with_context(|| format!("“{email}” is not an email address"))?;
    match accounts::make_operator(app, &address).await? {
        MadeOperator::Made => {
            print(format_args!("{address} is an operator now: {}", app.config.public_url.join("/admin")?))
        }
        MadeOperator::NoAccount => bail!(
            "there is no account with the address {address}; sign up at {} first",
            app.config.public_url.join("/signup")?
        ),
        MadeOperator::Unconfirmed(None) => bail!(
            "the address {address} is not confirmed yet: open the link in its mail (sent again at {}), press the button, and run this again",
            app.config.public_url.join("/settings/profile")?
        ),
        MadeOperator::Unconfirmed(Some(link)) => bail!(
            "the address {address} is not confirmed yet, and this instance sends no mail. Whoever owns the mailbox opens this link \
             and presses the button; then run this again:\n{link}"
        ),
    }
}
