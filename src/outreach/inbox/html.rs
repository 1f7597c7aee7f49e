//! The HTML of a mail, made harmless: no scripts, no forms, nothing that is loaded from elsewhere.

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

use ammonia::{Builder, UrlRelative};

use crate::{accounts::WorkspaceId, on, outreach::ids::MailId, server::db::Tx};

/// What the page of a mail may do, whatever its HTML says: nothing is loaded, nothing runs, and it has no origin.
pub const POLICY: &str =
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'";

/// Words, colours and the places of things; nothing that could lie over the page or be loaded.
const STYLES: [&str; 27] = [
    "background-color",
    "border",
    "border-bottom",
    "border-collapse",
    "border-color",
    "border-left",
    "border-right",
    "border-style",
    "border-top",
    "border-width",
    "color",
    "display",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "line-height",
    "margin",
    "padding",
    "text-align",
    "text-decoration",
    "vertical-align",
    "white-space",
    "width",
    "max-width",
    "list-style",
];

static HARMLESS: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .add_tags(["center", "font", "u"])
        .rm_tags(["area", "map"])
        .add_generic_attributes(["style", "align", "valign", "bgcolor", "dir"])
        .add_tag_attributes("font", ["color", "size", "face"])
        .add_tag_attributes("table", ["width", "cellpadding", "cellspacing", "border"])
        .add_tag_attributes("td", ["width"])
        .filter_style_properties(HashSet::from(STYLES))
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "data"]))
        .url_relative(UrlRelative::Deny)
        .attribute_filter(|element, attribute, value| keeps(element, attribute, value).then_some(Cow::Borrowed(value)))
        .link_rel(Some("noopener noreferrer nofollow"));
    builder
});

/// Pictures that are inside the mail stay, and links that lead out; nothing else has an address.
fn keeps(element: &str, attribute: &str, value: &str) -> bool {
    let value = value.trim_start().to_ascii_lowercase();
    match (element, attribute) {
        ("img", "src") => ["data:image/png", "data:image/jpeg", "data:image/gif", "data:image/webp"]
            .iter()
            .any(|begin| value.starts_with(begin)),
        (_, "href" | "src" | "cite") => !value.starts_with("data:"),
        (_, "style") => !value.contains("url(") && !value.contains('\\'),
        _ => true,
    }
}

/// A whole page with what is harmless of `html`. Each link says where it leads.
pub fn page(html: &str) -> String {
    let body = HARMLESS.clean(html).to_string();
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Mail</title><style>\
         body{{margin:0;padding:1rem;font:15px/1.5 system-ui,sans-serif;color:#1d2733;background:#fff;overflow-wrap:anywhere}}\
         img{{max-width:100%;height:auto}}table{{max-width:100%}}\
         a[href]::after{{content:\" (\" attr(href) \")\";color:#5b6773;font-size:12px;overflow-wrap:anywhere}}\
         </style></head><body>{body}</body></html>"
    )
}

/// The HTML of a mail as it came; nothing when it has none, or when it was deleted.
///
/// # Errors
/// The database's.
pub async fn html_of(tx: &mut Tx, workspace: WorkspaceId, id: MailId) -> sqlx::Result<Option<String>> {
    let html: Option<Option<String>> = on!(tx, c => sqlx::query_scalar(
        "select html from mail_bodies where workspace_id = $1 and mail_id = $2")
        .bind(workspace).bind(id).fetch_optional(c).await)?;
    Ok(html.flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_mail_could_do_is_taken_out() {
        for wrong in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<img src=\"https://tracker.example/p.gif\">",
            "<img src=\"data:image/svg+xml,<svg onload=alert(1)>\">",
            "<a href=\"javascript:alert(1)\">x</a>",
            "<a href=\"data:text/html,x\">x</a>",
            "<form action=\"https://evil.example\"><input name=q></form>",
            "<iframe src=\"https://evil.example\"></iframe>",
            "<link rel=stylesheet href=\"https://evil.example/a.css\">",
            "<style>body{background:url(https://evil.example)}</style>",
            "<div style=\"background-color:url(https://evil.example/x)\">x</div>",
            "<div style=\"position:fixed;inset:0\">x</div>",
            "<svg><animate onbegin=alert(1)></svg>",
            "<meta http-equiv=refresh content=\"0;url=https://evil.example\">",
            "<base href=\"https://evil.example/\">",
            "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        ] {
            let body = HARMLESS.clean(wrong).to_string();
            for sign in ["alert", "evil.example", "tracker", "fixed", "<form", "<input", "javascript", "data:"] {
                assert!(!body.contains(sign), "{wrong} became {body}");
            }
        }
    }

    #[test]
    fn words_colours_and_links_stay() {
        let page = page(
            "<p style=\"color: red\">Hi <a href=\"https://corp.example/a\">here</a></p><img src=\"data:image/png;base64,AAAA\">",
        );
        assert!(page.contains("color:red") || page.contains("color: red"), "{page}");
        assert!(
            page.contains("href=\"https://corp.example/a\"") && page.contains("rel=\"noopener noreferrer nofollow\""),
            "{page}"
        );
        assert!(page.contains("src=\"data:image/png;base64,AAAA\""), "{page}");
    }
}
