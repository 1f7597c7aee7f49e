//! The document around every page.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::navigation::{PublicBar, Sidebar};
use super::notice_board::{FrameNotice, NoticeBoard};
use super::{Icon, Live, Tone, text::escaped};

/// Addresses of the browser files (`/pkg/fairlead-….css`); empty when they were not built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssetNames {
    pub css: String,
    pub js: String,
    pub wasm: String,
}

/// Who looks at the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Viewer {
    pub email: String,
    /// The id of the workspace: an open page follows this one and no other.
    pub workspace_id: String,
    /// The name of the workspace.
    pub workspace: String,
    /// The IANA name of its time zone: times on pages are shown in it. Empty: in each reader's own.
    pub time_zone: String,
    /// The other workspaces they are in: id and name.
    pub workspaces: Vec<(String, String)>,
    /// Credits that can be spent.
    pub available: i64,
    /// Credits set aside for open requests.
    pub held: i64,
    /// Unread conversations.
    pub unread: i64,
    /// Whether they run this instance.
    pub operator: bool,
}

/// Which part of the product the page belongs to; marked in the navigation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    /// Home, sign-in, sign-up: no sidebar, whoever looks.
    #[default]
    Public,
    Campaigns,
    Inbox,
    /// Saved audiences.
    Audiences,
    /// Which sources convert.
    Insights,
    /// Settings › Cold Email Agent: balance, packages, statement, checkout.
    Credits,
    /// Settings › Mailboxes.
    Mailboxes,
    /// Settings › Suppression.
    Suppression,
    /// Settings › Sending.
    Sending,
    /// Settings › Notifications.
    Notifications,
    /// Settings › Team.
    Team,
    /// Settings › Profile.
    Profile,
    Help,
    Admin,
    /// Signed in, but in none of the above (an error page).
    Elsewhere,
}

/// A message about what just happened, shown once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    pub tone: Tone,
    pub text: String,
}

/// Everything the document needs beside the page itself.
#[derive(Clone, Debug, Default)]
pub struct FrameData {
    /// The page's title without the product's name.
    pub title: String,
    /// The nonce of this answer's content security policy.
    pub nonce: String,
    pub assets: AssetNames,
    pub viewer: Option<Viewer>,
    pub section: Section,
    pub flash: Option<Flash>,
    /// What this member has not dismissed yet, the gravest first.
    pub notices: Vec<FrameNotice>,
    /// The address of this page, when it can be opened again.
    pub here: String,
    /// Whether the page is loaded again every few seconds without JavaScript.
    pub reloads: bool,
    /// Where to find help with this instance: what is shown, and where it leads.
    pub support: Option<(String, String)>,
    /// Shows links that exist in development only.
    pub development: bool,
}

/// In a `noscript`: with JavaScript the page updates on its own.
const RELOAD: &str = r#"<meta http-equiv="refresh" content="5">"#;

/// The whole document (without its doctype): head, navigation, the page in `<main>`, the islands' start.
#[component]
pub fn Frame(data: FrameData, children: Children) -> impl IntoView {
    let FrameData { title, nonce, assets, viewer, section, flash, notices, here, reloads, support, development } = data;
    let signed_in = viewer.is_some();
    let workspace = viewer.as_ref().map(|viewer| viewer.workspace_id.clone());
    let time_zone = viewer.as_ref().map(|viewer| viewer.time_zone.clone()).filter(|zone| !zone.is_empty());
    let sidebar = signed_in && section != Section::Public;
    let title = if title.is_empty() { "Fairlead".to_owned() } else { format!("{title} · Fairlead") };
    let navigation = match viewer {
        Some(viewer) if sidebar => view! { <Sidebar viewer section support=support.clone() development /> }.into_any(),
        _ => view! { <PublicBar signed_in section /> }.into_any(),
    };
    view! {
        <html lang="en">
            <Head title nonce assets reloads />
            <body class=if sidebar { "frame frame-signed-in" } else { "frame frame-public" } data-workspace=workspace data-zone=time_zone>
                <a class="skip-link" href="#main">"Skip to the page"</a>
                {navigation}
                <main class="main" id="main" tabindex="-1">
                    {flash.map(|flash| view! { <Toast flash /> })}
                    {sidebar.then(|| view! { <NoticeBoard notices here /> })}
                    {children()}
                </main>
                {(!sidebar).then(|| view! { <Footer support /> })}
                <div class="visually-hidden" id="announcements" role="status" aria-live="polite"></div>
                <Live stream=signed_in />
            </body>
        </html>
    }
    .into_any()
}

/// The title is no child of its element: with components erased, Leptos 0.8.23 ends a child with `<!>`, which is text in a
/// title (findings/erased-children-of-title.sh).
#[component]
fn Head(title: String, nonce: String, assets: AssetNames, reloads: bool) -> impl IntoView {
    view! {
        <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <meta name="color-scheme" content="light dark" />
            <title inner_html=escaped(&title)></title>
            {reloads.then(|| view! { <noscript inner_html=RELOAD></noscript> })}
            <link rel="icon" href="/public/favicon.svg" type="image/svg+xml" />
            {(!assets.css.is_empty()).then(|| view! { <BrowserFiles nonce assets /> })}
        </head>
    }
    .into_any()
}

/// The style sheet, its font, and the script that starts the islands. It fetches their program after the first paint, so nothing
/// of that is preloaded here.
#[component]
fn BrowserFiles(nonce: String, assets: AssetNames) -> impl IntoView {
    let AssetNames { css, js, wasm } = assets;
    let script = format!("{}({js:?}, {wasm:?})", include_str!("start.js").trim_end());
    let nonce = (!nonce.is_empty()).then_some(nonce);
    view! {
        <link
            rel="preload"
            href="/public/fonts/inter-latin.woff2"
            r#as="font"
            type="font/woff2"
            crossorigin="anonymous"
        />
        <link rel="stylesheet" href=css />
        <script type="module" nonce=nonce>
            {script}
        </script>
    }
    .into_any()
}

/// The message about what just happened, on top of the page and read out.
#[component]
fn Toast(flash: Flash) -> impl IntoView {
    let icon = match flash.tone {
        Tone::Good => "check",
        Tone::Warning | Tone::Bad => "alert",
        Tone::Neutral | Tone::Info => "info",
    };
    view! {
        <div class=format!("toast toast-{}", flash.tone.word()) role="status" id="flash">
            <Icon name=icon />
            <p>{flash.text}</p>
        </div>
    }
    .into_any()
}

#[component]
fn Footer(support: Option<(String, String)>) -> impl IntoView {
    let support = support.map(|(text, href)| view! { <a href=href>{format!("Support: {text}")}</a> });
    view! {
        <footer class="footer">
            <p>"Fairlead is open source and runs on your own server."</p>
            <nav aria-label="Footer">
                <a href="/help">"Help"</a>
                <a href="/help/credits">"How credits work"</a>
                {support}
            </nav>
        </footer>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hydration_context::SsrSharedContext;

    use super::*;

    fn document(viewer: Option<Viewer>, section: Section) -> String {
        let assets =
            AssetNames { css: "/pkg/a.css".to_owned(), js: "/pkg/a.js".to_owned(), wasm: "/pkg/a.wasm".to_owned() };
        let data = FrameData {
            title: "A <page>".to_owned(),
            nonce: "n0nce".to_owned(),
            assets,
            viewer,
            section,
            ..Default::default()
        };
        let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
        owner.with(|| view! { <Frame data=data>"the page"</Frame> }.to_html())
    }

    fn ada() -> Viewer {
        Viewer {
            email: "ada@harbor.example".to_owned(),
            workspace_id: "0192".to_owned(),
            workspace: "Harbor".to_owned(),
            time_zone: "UTC".to_owned(),
            workspaces: Vec::new(),
            available: 12_100,
            held: 500,
            unread: 0,
            operator: false,
        }
    }

    #[test]
    fn a_signed_in_page_always_shows_the_balance_and_follows_it() {
        let html = document(Some(ada()), Section::Campaigns);
        assert!(html.contains(r#"id="nav-balance""#) && html.contains(r#"data-live="credits""#), "{html}");
        assert!(html.contains("12,100") && html.contains("500 held"), "{html}");
        assert!(html.contains(r#"href="/campaigns" aria-current="page""#), "{html}");
    }

    #[test]
    fn whoever_is_in_several_workspaces_can_change_between_them() {
        assert!(!document(Some(ada()), Section::Campaigns).contains("/workspaces/current"));
        let other = ("0193".to_owned(), "Quay & <i>".to_owned());
        let html = document(Some(Viewer { workspaces: vec![other], ..ada() }), Section::Campaigns);
        assert!(html.contains(r#"action="/workspaces/current""#) && html.contains(r#"value="0193""#), "{html}");
        assert!(html.contains("Quay &amp; &lt;i&gt;"), "{html}");
    }

    #[test]
    fn only_operators_see_the_way_to_the_administration() {
        assert!(!document(Some(ada()), Section::Help).contains(r#"href="/admin""#));
        let operator = Viewer { operator: true, ..ada() };
        assert!(document(Some(operator), Section::Help).contains(r#"href="/admin""#));
    }

    /// Finding 28: a developer's list of components is nothing in a customer's menu.
    #[test]
    fn only_operators_of_a_development_instance_see_the_components() {
        let shown = |operator, development| {
            let viewer = Some(Viewer { operator, ..ada() });
            let data = FrameData { viewer, development, section: Section::Campaigns, ..Default::default() };
            let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
            owner.with(|| view! { <Frame data=data>"the page"</Frame> }.to_html()).contains("Components")
        };
        assert!(shown(true, true));
        assert!(!shown(false, true) && !shown(true, false));
    }

    #[test]
    fn the_title_is_escaped_and_the_script_carries_the_nonce() {
        let html = document(None, Section::Public);
        assert!(html.contains("<title>A &lt;page&gt; · Fairlead</title>"), "{html}");
        assert!(html.contains(r#"<script type="module" nonce="n0nce">"#), "{html}");
        assert!(html.contains(r#"href="/login""#), "{html}");
    }
}
