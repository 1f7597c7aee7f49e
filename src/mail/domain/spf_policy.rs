//! What an SPF record says about an address, once everything that it refers to is looked up.

use std::net::IpAddr;

use ipnet::IpNet;

use super::spf_record::Qualifier;

/// What receivers make of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Pass,
    Fail,
    SoftFail,
    Neutral,
    /// The record is an error to receivers.
    Error,
    /// It depends on something that is not known here.
    Unclear,
}

/// A record with its names replaced by the addresses that they have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    pub directives: Vec<(Qualifier, Matches)>,
    pub redirect: Option<Box<Policy>>,
    pub is_error: bool,
    pub is_unknown: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matches {
    All,
    Networks(Vec<IpNet>),
    Include(Policy),
    /// What cannot be said beforehand.
    Varies,
}

impl Policy {
    /// Of a record that is an error to receivers.
    pub fn error() -> Self {
        Self { is_error: true, ..Self::default() }
    }

    /// Of a record that could not be looked up.
    pub fn unknown() -> Self {
        Self { is_unknown: true, ..Self::default() }
    }

    /// What receivers make of mail from `ip`.
    pub fn check(&self, ip: IpAddr) -> Outcome {
        if self.is_error || self.is_unknown {
            return if self.is_error { Outcome::Error } else { Outcome::Unclear };
        }
        let mut is_unclear = false;
        for (qualifier, matches) in &self.directives {
            let is_match = match matches {
                Matches::All => true,
                Matches::Networks(networks) => networks.iter().any(|network| network.contains(&ip)),
                Matches::Varies => {
                    is_unclear = true;
                    false
                }
                Matches::Include(policy) => match policy.check(ip) {
                    Outcome::Pass => true,
                    Outcome::Error => return Outcome::Error,
                    Outcome::Unclear => {
                        is_unclear = true;
                        false
                    }
                    Outcome::Fail | Outcome::SoftFail | Outcome::Neutral => false,
                },
            };
            if is_match {
                return outcome(*qualifier, is_unclear);
            }
        }
        match &self.redirect {
            Some(policy) => match policy.check(ip) {
                Outcome::Pass => Outcome::Pass,
                _ if is_unclear => Outcome::Unclear,
                other => other,
            },
            None => outcome(Qualifier::Neutral, is_unclear),
        }
    }

    /// Networks whose mail passes.
    pub fn networks(&self) -> Vec<IpNet> {
        let passing = self.directives.iter().filter(|(qualifier, _)| *qualifier == Qualifier::Pass);
        let own = passing.flat_map(|(_, matches)| match matches {
            Matches::Networks(networks) => networks.clone(),
            Matches::Include(policy) => policy.networks(),
            Matches::All | Matches::Varies => Vec::new(),
        });
        own.chain(self.redirect.iter().flat_map(|policy| policy.networks())).collect()
    }

    /// How the record ends for addresses that it does not name.
    pub fn last(&self) -> Option<Qualifier> {
        let own = self.directives.iter().find(|(_, matches)| *matches == Matches::All).map(|(qualifier, _)| *qualifier);
        own.or_else(|| self.redirect.as_ref()?.last())
    }
}

/// What passes after something unclear passes all the same.
fn outcome(qualifier: Qualifier, is_unclear: bool) -> Outcome {
    match qualifier {
        Qualifier::Pass => Outcome::Pass,
        _ if is_unclear => Outcome::Unclear,
        Qualifier::Fail => Outcome::Fail,
        Qualifier::SoftFail => Outcome::SoftFail,
        Qualifier::Neutral => Outcome::Neutral,
    }
}
