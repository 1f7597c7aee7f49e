//! `fairlead password-link EMAIL`: a link to choose a new password, for instances that send no mail.

use anyhow::Context;

use super::output::print;
use crate::{accounts, server::app::App};

pub async fn run(app: &App, email: &str) -> anyhow::Result<()> {
    let address = email.parse().with_context(|| format!("“{email}” is not an email address"))?;
    let link = accounts::password_link_for(app, &address).await?;
    let link = link.with_context(|| format!("there is no account with the address {address}"))?;
    print(link)
}
