//! What the frame of every page shows of the signed-in member.

use axum::http::request::Parts;
use futures::future::BoxFuture;

use crate::{
    accounts::{
        self, Member, UserId, WorkspaceId, WorkspaceOf,
        member::Found,
        notices::{self, PostedNotice},
    },
    credits::{self, Balance, alerts::shown},
    outreach::inbox,
    server::{
        app::App,
        clock::Instant,
        error::AppError,
        select::{Select, together},
    },
    ui::{FrameNotice, Shown, Tone, Viewer},
};

/// Messages loaded for the frame; it shows a few and counts the rest.
const NOTICES_MAX: i64 = 50;

/// Loads what the frame shows of the member who is asking.
///
/// # Errors
/// When the member has no workspace any more, or the database fails.
pub fn load<'a>(parts: &'a mut Parts, app: &'a App) -> BoxFuture<'a, Result<Shown, AppError>> {
    Box::pin(async move {
        let now = app.clock.now();
        let (Found(member), read) =
            Found::and(parts, app, |user, workspace| select_frame(user, workspace, now)).await?;
        let Some(member) = member else { return Ok(Shown::default()) };
        let read = match read {
            Some(read) => read,
            None => together(&mut app.db.read().await?, select_frame(member.user, member.workspace, now)).await?,
        };
        let (balance, open, workspaces, unread) = read;
        let open = match shown::need_numbers(&open) {
            false => open,
            true => {
                let current = shown::select_current(member.workspace, now);
                let current = together(&mut app.db.read().await?, current).await?;
                shown::shown(open, &current, balance.available, now)
            }
        };
        Ok(frame(member, balance, open, workspaces, unread))
    })
}

/// The questions behind the frame.
type FrameSelects = (Select<Balance>, Select<Vec<PostedNotice>>, Select<Vec<WorkspaceOf>>, Select<i64>);

fn select_frame(user: UserId, workspace: WorkspaceId, now: Instant) -> FrameSelects {
    let open = notices::select_open_notices(workspace, user, NOTICES_MAX, now);
    let unread = inbox::select_unread(workspace);
    (credits::select_balance(workspace), open, accounts::select_workspaces_of(user), unread)
}

fn frame(
    member: Member,
    balance: Balance,
    open: Vec<PostedNotice>,
    workspaces: Vec<WorkspaceOf>,
    unread: i64,
) -> Shown {
    let others = workspaces.into_iter().filter(|of| of.id != member.workspace);
    let notices = open.into_iter().map(|notice| FrameNotice {
        dismissal: format!("/notices/{}/dismissal", notice.id),
        tone: Tone::of_word(&notice.tone),
        title: notice.title,
        text: notice.text,
        link: notice.link,
        action: notice.action,
    });
    let viewer = Viewer {
        email: member.email,
        workspace_id: member.workspace.to_string(),
        workspace: member.workspace_name,
        time_zone: member.time_zone,
        workspaces: others.map(|of| (of.id.to_string(), of.name)).collect(),
        available: balance.available.get(),
        held: balance.held.get(),
        unread,
        operator: member.operator,
    };
    Shown { viewer: Some(viewer), notices: notices.collect() }
}

#[cfg(test)]
mod tests {
    use axum::{Router, extract::State, response::Response, routing::get};

    use super::App;
    use crate::{
        accounts::{Member, session_layer},
        app::testing::test_apps,
        credits::{self, ShowBalance},
        server::error::AppError,
        ui::{Page, Section},
    };

    /// Credits arrive after the frame was read and before the page is.
    async fn paid_meanwhile(State(app): State<App>, page: Page, member: Member) -> Result<Response, AppError> {
        let mut tx = app.db.write().await?;
        credits::grant_signup_promotion(&mut tx, member.workspace, app.clock.now()).await?;
        tx.commit().await?;
        let page = page.with_balance_seen_by(&mut app.db.read().await?, &member).await?;
        Ok(page.in_section(Section::Credits).render("Paid", || "100 credits added."))
    }

    #[tokio::test]
    async fn the_balance_has_the_credits_that_the_page_tells_of() {
        for test in test_apps(&[]).await {
            let routes = Router::new().route("/paid", get(paid_meanwhile)).layer(session_layer(&test.app));
            let browser = test.sign_in().await.at(routes.with_state(test.app.clone()));
            let html = browser.get("/paid").await.body;
            assert!(html.contains("100 credits added."), "{html}");
            assert!(html.contains(r#"<span class="balance-value">100</span>"#), "{html}");
        }
    }
}
