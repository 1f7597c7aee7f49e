//! Text that may be absent, so that a page can write `hint="…"` as well as `error=errors.of("email")`; and text as HTML.

use serde::{Deserialize, Serialize};

/// The text as HTML, for what is written as `inner_html`: between tags and in a value with double quotes.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Optional text for a component: made from a `&str`, a `String` or an `Option<String>`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionalText(pub Option<String>);

impl OptionalText {
    /// Whether there is text to show.
    pub fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// The text, when it is there and not empty.
    #[cfg(feature = "ssr")]
    pub fn filled(self) -> Option<String> {
        self.0.filter(|text| !text.is_empty())
    }
}

impl From<&str> for OptionalText {
    fn from(text: &str) -> Self {
        Self(Some(text.to_owned()))
    }
}

impl From<String> for OptionalText {
    fn from(text: String) -> Self {
        Self(Some(text))
    }
}

impl From<Option<String>> for OptionalText {
    fn from(text: Option<String>) -> Self {
        Self(text)
    }
}

/// The ids that describe a control, for `aria-describedby`: its hint, then its error.
pub(super) fn described_by(id: &str, hint: &OptionalText, error: &OptionalText) -> Option<String> {
    let ids = [(hint, "hint"), (error, "error")];
    let ids: Vec<_> = ids.iter().filter(|(text, _)| text.is_some()).map(|(_, part)| format!("{id}-{part}")).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// The text of a `<textarea>` as HTML. Children of a textarea would be written unescaped, an absent one as a marker; and
/// the parser drops a first line break.
pub(super) fn textarea_content(text: &str) -> String {
    let html = escaped(text);
    if html.starts_with(['\n', '\r']) { format!("\n{html}") } else { html }
}
