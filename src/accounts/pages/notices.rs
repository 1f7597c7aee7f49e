//! Dismissing a message.

use axum::{
    extract::{Path, State},
    response::Redirect,
};

use crate::{
    accounts::{
        Member,
        next::local_path,
        notices::{self, NoticeId},
    },
    server::{app::App, error::AppError, form::Form},
};

/// Takes one message off this member's pages, for good, and goes back to the page it was dismissed on.
pub async fn dismiss(
    State(app): State<App>,
    member: Member,
    Path(notice): Path<String>,
    form: Form,
) -> Result<Redirect, AppError> {
    let notice: NoticeId = notice.parse().map_err(|_| AppError::NotFound)?;
    let mut tx = app.db.write().await?;
    notices::dismiss(&mut tx, member.workspace, member.user, notice, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to(&local_path(form.text("next"))))
}
