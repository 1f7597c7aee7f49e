//! What of a lead is hidden until it is revealed.

use serde::{Deserialize, Serialize};

/// An address, a profile or a phone number of a lead. It cannot be shown by mistake: ask its [`Lead`](super::list::Lead), which knows
/// whether it was revealed.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, sqlx::Type)]
#[sqlx(transparent)]
pub struct Hidden(String);

impl Hidden {
    /// What it is, for comparisons on the server: never for a page, a file or a log.
    pub(crate) fn known(&self) -> &str {
        &self.0
    }

    /// An address with all but its first letter and its domain masked: `a•••@acorn.example`. Its length stays unknown.
    pub(super) fn masked(&self) -> String {
        let (name, domain) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        let first = name.chars().next().map(String::from).unwrap_or_default();
        format!("{first}•••@{domain}")
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Hidden")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_address_keeps_one_letter_and_the_domain() {
        let masked = |text: &str| Hidden(text.to_owned()).masked();
        assert_eq!(masked("mara.quill@acorn.example"), "m•••@acorn.example");
        assert_eq!(masked("m@acorn.example"), "m•••@acorn.example");
        assert_eq!(masked("élodie@acorn.example"), "é•••@acorn.example");
        assert_eq!(format!("{:?}", Hidden("mara@acorn.example".into())), "Hidden");
    }
}
