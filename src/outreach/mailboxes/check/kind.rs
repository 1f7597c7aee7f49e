//! The ten checks, and how one ends.

use serde::{Deserialize, Serialize};

use super::finding::Finding;

/// One check, in the order in which they are done and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    Host,
    Connect,
    Tls,
    Greeting,
    SignIn,
    Sender,
    Imap,
    RoundTrip,
    Signature,
    Domain,
}

impl Check {
    pub const ALL: [Self; 10] = [
        Self::Host,
        Self::Connect,
        Self::Tls,
        Self::Greeting,
        Self::SignIn,
        Self::Sender,
        Self::Imap,
        Self::RoundTrip,
        Self::Signature,
        Self::Domain,
    ];

    /// Those without which no mail can leave.
    pub const SENDING: [Self; 6] = [Self::Host, Self::Connect, Self::Tls, Self::Greeting, Self::SignIn, Self::Sender];

    /// What it is about.
    pub fn label(self) -> &'static str {
        match self {
            Self::Host => "Host name",
            Self::Connect => "Connection",
            Self::Tls => "Encryption",
            Self::Greeting => "Greeting",
            Self::SignIn => "Sign-in",
            Self::Sender => "Sender address",
            Self::Imap => "Reading replies (IMAP)",
            Self::RoundTrip => "Test mail",
            Self::Signature => "Signature (DKIM)",
            Self::Domain => "Domain (SPF, DMARC, MX)",
        }
    }
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Passed,
    /// It keeps no mail from leaving, but should be looked at.
    Warning,
    Failed,
    /// An earlier one failed.
    NotReached,
    /// The test mail has not arrived yet.
    Waiting,
}

/// A check and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    pub check: Check,
    pub outcome: Outcome,
    pub findings: Vec<Finding>,
}

impl CheckResult {
    pub fn new(check: Check, outcome: Outcome, finding: impl Into<Option<Finding>>) -> Self {
        Self { check, outcome, findings: finding.into().into_iter().collect() }
    }

    pub fn passed(check: Check) -> Self {
        Self::new(check, Outcome::Passed, None)
    }

    pub fn failed(check: Check, finding: Finding) -> Self {
        Self::new(check, Outcome::Failed, finding)
    }

    pub fn not_reached(check: Check) -> Self {
        Self::new(check, Outcome::NotReached, None)
    }
}

/// What a test found so far, one result for each check.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Results(Vec<CheckResult>);

impl Results {
    /// Adds a result; an earlier one of the same check is replaced.
    pub fn set(&mut self, result: CheckResult) {
        self.0.retain(|earlier| earlier.check != result.check);
        self.0.push(result);
        self.0.sort_by_key(|result| result.check);
    }

    pub fn of(&self, check: Check) -> Option<&CheckResult> {
        self.0.iter().find(|result| result.check == check)
    }

    /// Whether all of these passed, warnings included.
    pub fn pass(&self, checks: &[Check]) -> bool {
        let passes = |check: &Check| {
            self.of(*check).is_some_and(|result| matches!(result.outcome, Outcome::Passed | Outcome::Warning))
        };
        checks.iter().all(passes)
    }

    pub fn count(&self, outcome: Outcome) -> usize {
        self.0.iter().filter(|result| result.outcome == outcome).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_can_send_when_the_first_six_pass_and_a_later_result_replaces_an_earlier() {
        let mut results = Results::default();
        for check in Check::SENDING {
            assert!(!results.pass(&Check::SENDING));
            results.set(CheckResult::passed(check));
        }
        results.set(CheckResult::not_reached(Check::RoundTrip));
        assert!(results.pass(&Check::SENDING) && !results.pass(&Check::ALL));
        results.set(CheckResult::failed(Check::Tls, Finding::Slow));
        assert!(!results.pass(&Check::SENDING));
        assert_eq!((results.count(Outcome::Failed), results.count(Outcome::Passed)), (1, 5));
        let text = serde_json::to_string(&results).unwrap();
        assert_eq!(serde_json::from_str::<Results>(&text).unwrap(), results);
    }
}
