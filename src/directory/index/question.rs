//! Criteria as the index evaluates them: groups, each a set of documents, of which all must hold.

use sha2::{Digest, Sha256};

use super::schema::EMAIL_STATUS;
use crate::directory::{Criteria, Quality, criteria::attribute::Attribute};

/// Tells sets apart in memory: the first 16 bytes of a SHA-256 of all they depend on.
pub type Key = [u8; 16];

/// A set of documents: those that have one of the values, or (when they are not taken) all others.
#[derive(Debug, Clone)]
pub struct Group {
    pub attribute: &'static Attribute,
    pub values: Vec<String>,
    pub is_taken: bool,
    /// Whether it is the group of "any of these", which is set aside when the values of its attribute are counted.
    pub is_any: bool,
    /// Of the set of documents that have one of the values.
    pub key: Key,
}

/// The groups of criteria; the last one is the quality of the address.
#[derive(Debug, Clone)]
pub struct Question {
    pub groups: Vec<Group>,
}

impl Question {
    pub fn of(criteria: &Criteria) -> Self {
        let demands = criteria.demands();
        let groups = demands
            .into_iter()
            .map(|demand| Group::of(demand.attribute, demand.values.concat(), demand.is_taken, demand.is_any));
        Self { groups: groups.chain([Group::of_quality(criteria.quality)]).collect() }
    }

    /// The group that is set aside when the values of an attribute are counted.
    pub fn own_group(&self, attribute: &Attribute) -> Option<usize> {
        self.groups.iter().position(|group| group.is_any && group.attribute == attribute)
    }

    /// Tells the set of all groups but one from others.
    pub fn key_without(&self, aside: Option<usize>) -> Key {
        let rest = self.groups.iter().enumerate().filter(|(place, _)| Some(*place) != aside);
        let mut keys: Vec<(Key, bool)> = rest.map(|(_, group)| (group.key, group.is_taken)).collect();
        keys.sort_unstable();
        let mut hash = Sha256::new();
        keys.iter().for_each(|(key, is_taken)| hash.update([&key[..], &[u8::from(*is_taken)]].concat()));
        shortened(hash)
    }
}

impl Group {
    pub fn of(attribute: &'static Attribute, values: Vec<String>, is_taken: bool, is_any: bool) -> Self {
        let mut sorted: Vec<&str> = values.iter().map(String::as_str).collect();
        sorted.sort_unstable();
        let mut hash = Sha256::new();
        hash.update(attribute.code);
        for value in sorted {
            hash.update([0]);
            hash.update(value);
        }
        let key = shortened(hash);
        Self { attribute, values, is_taken, is_any, key }
    }

    /// The addresses that a quality takes.
    pub fn of_quality(quality: Quality) -> Self {
        let codes = quality.statuses().iter().map(|status| status.code().to_owned());
        Self::of(&EMAIL_STATUS, codes.collect(), true, true)
    }
}

fn shortened(hash: Sha256) -> Key {
    let mut key = Key::default();
    key.copy_from_slice(&hash.finalize()[..16]);
    key
}
