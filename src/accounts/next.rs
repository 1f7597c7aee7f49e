//! Where to go after signing in: only ever a page of this instance.

use url::Url;

/// Where signed-in people start.
pub const START: &str = "/campaigns";

/// The local path that `next` names, or [`START`] when it names anything else.
///
/// Resolved like a browser resolves it, so that `//evil.example`, `/\evil.example` or `/.//evil.example` lead nowhere.
pub fn local_path(next: &str) -> String {
    local(next).unwrap_or_else(|| START.to_owned())
}

fn local(next: &str) -> Option<String> {
    if !next.starts_with('/') || next.len() > 2_000 || next.chars().any(char::is_control) {
        return None;
    }
    let base = Url::parse("http://fairlead.invalid/").ok()?;
    let resolved = base.join(next).ok()?;
    let path = resolved.path();
    let leads_back_here =
        ["/login", "/logout", "/signup", "/signup/sent", "/forgot-password", "/reset-password", "/live"]
            .contains(&path);
    if resolved.origin() != base.origin() || path.starts_with("//") || path.contains('\\') || leads_back_here {
        return None;
    }
    Some(resolved[url::Position::BeforePath..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_this_instance_is_kept_with_its_query() {
        assert_eq!(local_path("/campaigns/new?step=2#size"), "/campaigns/new?step=2#size");
        assert_eq!(local_path("/settings/cold-email-agent"), "/settings/cold-email-agent");
    }

    #[test]
    fn nothing_else_is_followed() {
        for next in [
            "",
            "campaigns",
            "https://evil.example/",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/.//evil.example",
            "/..//evil.example",
            "/x/..//evil.example",
            "/\t/evil.example",
            "javascript:alert(1)",
            "/login?next=/login",
            "/logout",
        ] {
            assert_eq!(local_path(next), START, "{next:?}");
        }
        assert_eq!(local_path(&format!("/{}", "x".repeat(3_000))), START);
    }
}
