//! `/admin`: the directory at a glance.

use axum::{extract::State, response::Response};
use leptos::prelude::*;

use super::view::{AdminPage, Overview};
use crate::{
    accounts::Operator,
    directory::{Criteria, Directory, counters, imports::store},
    server::{app::App, error::AppError, gate::Purpose},
    ui::{Page, Section},
};

pub(crate) async fn show(
    State(app): State<App>,
    page: Page,
    Operator(operator): Operator,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let contacts = counters(&mut tx).await?.contacts();
    let imports = store::imports(&mut tx, 5).await?;
    let sources = store::sources(&mut tx).await?;
    let proof = crate::proof::last_runs(&mut tx, 1).await?.pop();
    drop(tx);
    let count =
        app.of::<Directory>().asked_by(operator.user.0, Purpose::Page).await?.count(&Criteria::default()).await?;
    let overview = Overview { contacts, count, ready: app.of::<Directory>().is_ready(), imports, sources, proof };
    Ok(page.in_section(Section::Admin).render("Administration", move || view! { <AdminPage overview=overview /> }))
}
