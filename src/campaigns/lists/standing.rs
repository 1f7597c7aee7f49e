//! Who must not be written to, as the list itself says: a bounce, an opt-out or a complaint keeps a person out whatever the policy.
//!
//! One such row anywhere in the file is enough, so the whole file is looked through before anyone comes in.

use std::{hash::BuildHasher, hash::RandomState, path::Path};

use crate::directory::{
    contacts::{keys::fold, standing::Standing},
    imports::{Field, FileFault, Format, Mapping, RowAhead, look_ahead},
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

/// The standing of the people of a file, by address; the first row of a person that says something counts.
///
/// A file can hold millions of addresses, so 8 bytes are kept of each: a digest under a key that no one else knows, and the standing in
/// its last bits. That one of a million strangers shares a digest with one of a million others happens once in two million files.
#[derive(Debug, Default)]
pub(super) struct Standings {
    digests: RandomState,
    /// In order, each digest once.
    told: Vec<u64>,
}

/// The bits of a standing.
const STANDING: u64 = 0b111;

impl Standings {
    /// Looks through the whole file; one without a column that could say anything is not opened. Whatever follows a fault of the file is
    /// not known, and does not come in either.
    ///
    /// # Errors
    /// When the disk does not give the file back: another attempt might bring in rows that this one did not see.
    pub fn of_file(path: &Path, format: &Format, mapping: &Mapping) -> Result<Self, FileFault> {
        let mut standings = Self::default();
        let kinds = kinds(&format.headings, mapping);
        if mapping.column(Field::EmailStatus).is_some() || !kinds.is_empty() {
            let looked = look_ahead(path, format, mapping, |row| standings.note(row, &kinds));
            if let Err(fault @ FileFault::Unreadable { .. }) = looked {
                return Err(fault);
            }
            standings.settle();
        }
        Ok(standings)
    }

    /// What a row says counts for each of its addresses: a person with two addresses unsubscribed with both.
    fn note(&mut self, row: &RowAhead<'_>, kinds: &[(usize, Kind)]) {
        let told = || kinds.iter().find_map(|(place, kind)| kind.read(row.cell(*place)));
        let Some(standing) = row.standing().or_else(told) else { return };
        let told: Vec<u64> = row.emails().iter().map(|email| self.digest(email.as_str()) | code(standing)).collect();
        self.told.extend(told);
    }

    fn settle(&mut self) {
        // Stable, so that what the file says first comes first.
        self.told.sort_by_key(|told| told & !STANDING);
        self.told.dedup_by_key(|told| *told & !STANDING);
        self.told.shrink_to_fit();
    }

    pub fn of_address(&self, email: &str) -> Option<Standing> {
        if self.told.is_empty() {
            return None;
        }
        let place = self.told.binary_search_by_key(&self.digest(email), |told| told & !STANDING).ok()?;
        STANDINGS.get(usize::try_from(self.told.get(place)? & STANDING).ok()?).copied()
    }

    /// Whether the file says nothing of anyone.
    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    fn digest(&self, email: &str) -> u64 {
        self.digests.hash_one(email) & !STANDING
    }
}

const STANDINGS: [Standing; 5] =
    [Standing::Bounced, Standing::Unsubscribed, Standing::Complained, Standing::DoNotContact, Standing::Invalid];

fn code(standing: Standing) -> u64 {
    STANDINGS.iter().position(|one| *one == standing).unwrap_or_default() as u64
}

/// The columns that leads have no field for and that can say how a person stands.
fn kinds(headings: &[String], mapping: &Mapping) -> Vec<(usize, Kind)> {
    let of = |place: usize| Some((place, Kind::of(headings.get(place)?)?));
    mapping.beside_leads().filter_map(of).collect()
}

/// What a column that leads have no field for can say of a standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    OptedOut,
    Bounced,
    Status,
}

impl Kind {
    fn of(heading: &str) -> Option<Self> {
        match fold(&heading.replace('_', " ")).as_str() {
            heading if OPTED_OUT.contains(&heading) => Some(Self::OptedOut),
            heading if BOUNCED.contains(&heading) => Some(Self::Bounced),
            heading if STATUS.contains(&heading) => Some(Self::Status),
            _ => None,
        }
    }

    fn read(self, cell: &str) -> Option<Standing> {
        let says_yes = || YES.contains(&fold(cell).as_str());
        match self {
            Self::OptedOut => says_yes().then_some(Standing::Unsubscribed),
            Self::Bounced => says_yes().then_some(Standing::Bounced),
            Self::Status => Standing::recognise(cell),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kept_cell_is_read_as_its_own_column() {
        let headings = ["Email", "Keywords", "City", "Lead Status"].map(str::to_owned);
        let mapping = Mapping(vec![Some(Field::Email), Some(Field::Keywords), Some(Field::City), None]);
        assert_eq!(kinds(&headings, &mapping), [(3, Kind::Status)]);
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
        ] {
            assert_eq!(Kind::of(heading).unwrap().read(cell), standing, "{heading}: {cell}");
        }
        assert_eq!(Kind::of("Notes"), None);
    }

    fn standings(file: &str) -> Standings {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, file).unwrap();
        let survey = crate::directory::imports::survey(&path).unwrap();
        Standings::of_file(&path, &survey.format, &survey.mapping).unwrap()
    }

    #[test]
    fn one_row_anywhere_is_enough_and_the_first_of_them_counts() {
        let others: String = (0..5_000).map(|number| format!("person{number}@x.example,Verified,no\n")).collect();
        let file = format!(
            "Email,Email Status,Opt Out\nlate@x.example,Verified,no\n{others}\"Late@X.example; second@x.example\",Bounced,no\n\
             late@x.example,Verified,yes\nout@x.example,,yes\n"
        );
        let standings = standings(&file);
        for (email, standing) in [
            ("late@x.example", Some(Standing::Bounced)),
            ("second@x.example", Some(Standing::Bounced)),
            ("out@x.example", Some(Standing::Unsubscribed)),
            ("person7@x.example", None),
        ] {
            assert_eq!(standings.of_address(email), standing, "{email}");
        }
    }

    #[test]
    fn each_standing_is_told_apart() {
        let mut standings = Standings::default();
        for one in STANDINGS {
            let told = standings.digest(&format!("{one:?}@x.example")) | code(one);
            standings.told.push(told);
        }
        standings.settle();
        for one in STANDINGS {
            assert_eq!(standings.of_address(&format!("{one:?}@x.example")), Some(one));
        }
    }

    #[test]
    fn a_file_that_cannot_say_anything_says_nothing() {
        assert!(standings("Email,Notes\na@x.example,unsubscribed\n").is_empty());
    }
}
