//! One line of what the doctor found.

use std::fmt;

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Ok,
    /// It works, and something is missing or will fail.
    Warning,
    /// Something does not work.
    Fault,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub area: &'static str,
    pub level: Level,
    /// What was found. Never a secret.
    pub text: String,
    /// What to do about it.
    pub advice: Option<String>,
}

impl Finding {
    pub fn ok(area: &'static str, text: impl Into<String>) -> Self {
        Self { area, level: Level::Ok, text: text.into(), advice: None }
    }

    pub fn warning(area: &'static str, text: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { area, level: Level::Warning, text: text.into(), advice: Some(advice.into()) }
    }

    pub fn fault(area: &'static str, text: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { area, level: Level::Fault, text: text.into(), advice: Some(advice.into()) }
    }

    /// A question that the database did not answer.
    pub fn unanswered(area: &'static str, error: &dyn fmt::Display) -> Self {
        Self::fault(area, format!("the database did not answer: {error}"), "Look at the log of the database.")
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8} {:<14} {}", self.level.word(), self.area, self.text)?;
        match &self.advice {
            Some(advice) => write!(f, "\n{:24}→ {advice}", ""),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_a_line_with_what_to_do_below_it() {
        assert_eq!(Finding::ok("index", "10 contacts").to_string(), "ok       index          10 contacts");
        assert_eq!(
            Finding::fault("database", "it is gone", "Bring it back.").to_string(),
            "fault    database       it is gone\n                        → Bring it back."
        );
    }
}
