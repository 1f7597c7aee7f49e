//! Who must not be written to, as the list itself says: a bounce, an opt-out or a complaint keeps a person out whatever the policy.

use std::collections::HashMap;

use super::OwnList;
use crate::directory::{
    EmailStatus,
    contacts::{keys::fold, standing::Standing},
    imports::{Batch, Mapping},
};

/// Headings (folded) of columns that say yes when a person opted out.
const OPTED_OUT: [&str; 16] = [
    "unsubscribed",
    "unsubscribed from all email",
    "opted out",
    "opted out of email",
    "email opt out",
    "email opted out",
    "has opted out of email",
    "opt out",
    "optout",
    "do not contact",
    "do not email",
    "do not mail",
    "donotcontact",
    "blocklisted",
    "blacklisted",
    "suppressed",
];
/// … when mail to them bounced.
const BOUNCED: [&str; 5] = ["bounced", "email bounced", "hard bounced", "is bounced", "hard bounce"];
/// … and of columns that say in words how a person stands.
const STATUS: [&str; 14] = [
    "status",
    "lead status",
    "contact status",
    "member status",
    "subscription status",
    "subscriber status",
    "marketing status",
    "email marketing status",
    "subscription",
    "state",
    "email state",
    "lead state",
    "campaign status",
    "contact email status",
];
/// What says yes, folded.
const YES: [&str; 11] = ["true", "yes", "y", "1", "x", "ja", "oui", "si", "sim", "tak", "wahr"];

/// The standing of the people of a batch, by address: one bad row is enough.
pub(super) struct Standings<'batch>(HashMap<&'batch str, Standing>);

impl<'batch> Standings<'batch> {
    pub fn of(list: &OwnList, batch: &'batch Batch) -> Self {
        let kinds = kinds(&list.format.headings, &list.mapping);
        let mut standings = HashMap::new();
        for (place, (_, contact)) in batch.people.iter().enumerate() {
            let of_status = batch.standings.get(place).copied().flatten();
            let of_status = of_status.or((contact.email_status == EmailStatus::Invalid).then_some(Standing::Invalid));
            let cells = batch.rest.get(place).into_iter().flatten();
            let told = || cells.zip(&kinds).find_map(|(cell, kind)| kind.read(cell));
            if let Some(standing) = of_status.or_else(told) {
                standings.entry(contact.email.as_str()).or_insert(standing);
            }
        }
        Self(standings)
    }

    pub fn of_address(&self, email: &str) -> Option<Standing> {
        self.0.get(email).copied()
    }
}

/// What the columns of [`Batch::rest`] can say, in their order.
fn kinds(headings: &[String], mapping: &Mapping) -> Vec<Kind> {
    mapping.beside_leads().map(|place| headings.get(place).map_or(Kind::Other, |heading| Kind::of(heading))).collect()
}

/// What a column that leads have no field for can say of a standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    OptedOut,
    Bounced,
    Status,
    Other,
}

impl Kind {
    fn of(heading: &str) -> Self {
        match fold(&heading.replace('_', " ")).as_str() {
            heading if OPTED_OUT.contains(&heading) => Self::OptedOut,
            heading if BOUNCED.contains(&heading) => Self::Bounced,
            heading if STATUS.contains(&heading) => Self::Status,
            _ => Self::Other,
        }
    }

    fn read(self, cell: &str) -> Option<Standing> {
        let says_yes = || YES.contains(&fold(cell).as_str());
        match self {
            Self::OptedOut => says_yes().then_some(Standing::Unsubscribed),
            Self::Bounced => says_yes().then_some(Standing::Bounced),
            Self::Status => Standing::recognise(cell),
            Self::Other => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::imports::Field;

    #[test]
    fn each_kept_cell_is_read_as_its_own_column() {
        let headings = ["Email", "Keywords", "City", "Lead Status"].map(str::to_owned);
        let mapping = Mapping(vec![Some(Field::Email), Some(Field::Keywords), Some(Field::City), None]);
        assert_eq!(kinds(&headings, &mapping), [Kind::Other, Kind::Status]);
    }

    #[test]
    fn columns_of_many_programs_tell_who_must_not_be_written_to() {
        for (heading, cell, standing) in [
            ("Unsubscribed from all email", "true", Some(Standing::Unsubscribed)),
            ("Email Opt Out", "1", Some(Standing::Unsubscribed)),
            ("Email_Opt_Out", "yes", Some(Standing::Unsubscribed)),
            ("Email Opt Out", "0", None),
            ("Bounced", "TRUE", Some(Standing::Bounced)),
            ("Lead Status", "Bounced", Some(Standing::Bounced)),
            ("MEMBER_STATUS", "unsubscribed", Some(Standing::Unsubscribed)),
            ("Status", "Customer", None),
            ("Notes", "unsubscribed", None),
        ] {
            assert_eq!(Kind::of(heading).read(cell), standing, "{heading}: {cell}");
        }
    }
}
