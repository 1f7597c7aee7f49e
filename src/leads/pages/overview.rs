//! `/admin`: the directory at a glance.

use axum::{extract::State, response::Response};
use leptos::prelude::*;

use crate::{
    accounts::Operator,
    app::{App, Page},
    leads::{
        Criteria, counters, import_store,
        view::{AdminPage, Overview},
    },
    server::error::AppError,
    ui::Section,
};

pub(super) async fn show(State(app): State<App>, Operator(_): Operator, page: Page) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let contacts = counters(&mut tx).await?.contacts();
    let imports = import_store::imports(&mut tx, 5).await?;
    let sources = import_store::sources(&mut tx).await?;
    let proof = crate::proof::last_runs(&mut tx, 1).await?.pop();
    drop(tx);
    let count = app.directory.count(&Criteria::default()).await?;
    let overview = Overview { contacts, count, ready: app.directory.is_ready(), imports, sources, proof };
    Ok(page.in_section(Section::Admin).render("Administration", move || view! { <AdminPage overview=overview /> }))
}
