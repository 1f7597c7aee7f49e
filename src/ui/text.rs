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
