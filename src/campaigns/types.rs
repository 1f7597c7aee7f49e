//! What a person types about a campaign, parsed.

use serde::{Deserialize, Serialize};

/// A campaign's name: one line of 1 to 100 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignName(String);

impl CampaignName {
    const LENGTH_MAX: usize = 100;

    /// Reads a name; white space is collapsed.
    ///
    /// # Errors
    /// What to change, for the message beside the field.
    pub fn parse(text: &str) -> Result<Self, String> {
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            return Err("Give the campaign a name, so that you find it again.".into());
        }
        if name.chars().count() > Self::LENGTH_MAX {
            return Err(format!("Use at most {} characters.", Self::LENGTH_MAX));
        }
        if name.chars().any(char::is_control) {
            return Err("Use letters, digits and signs only.".into());
        }
        Ok(Self(name))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_that_is_not_empty() {
        assert_eq!(CampaignName::parse("  SaaS \n marketing ").unwrap().as_str(), "SaaS marketing");
        assert!(CampaignName::parse(" \t ").is_err());
        assert!(CampaignName::parse(&"x".repeat(101)).is_err());
    }
}
