//! The people of a batch by what happens to them, and what is known of a person after a file has spoken.

use std::collections::{HashMap, HashSet};

use super::import::{Import, Policy};
use crate::directory::{Contact, ContactId, contacts::store::StoredContact};

/// The people of a batch by what happens to them.
#[derive(Default)]
pub struct Sorted {
    pub new: Vec<Contact>,
    pub changed: Vec<Contact>,
    /// Known already, nothing to change; noted, so that a second row counts as a duplicate.
    pub confirmed: Vec<ContactId>,
    pub updated: i64,
    pub duplicates: i64,
}

impl Sorted {
    /// The first row of an address counts.
    pub fn of(
        people: Vec<(i64, Contact)>,
        known: &HashMap<&str, &StoredContact>,
        import: &Import,
        tells_status: bool,
    ) -> Self {
        let mut sorted = Self::default();
        let are_first = are_first(&people);
        for ((_, contact), is_first) in people.into_iter().zip(are_first) {
            if !is_first {
                sorted.duplicates += 1;
                continue;
            }
            match known.get(contact.email.as_str()) {
                None => sorted.new.push(contact),
                Some(held) if held.import == Some(import.id) || import.policy == Policy::Skip => sorted.duplicates += 1,
                Some(held) => {
                    sorted.updated += 1;
                    let merged = merge(&held.contact, &contact, tells_status);
                    if merged == held.contact {
                        sorted.confirmed.push(merged.id);
                    } else {
                        sorted.changed.push(merged);
                    }
                }
            }
        }
        sorted
    }
}

/// Which of these rows are the first of their address.
fn are_first(people: &[(i64, Contact)]) -> Vec<bool> {
    let mut seen: HashSet<&str> = HashSet::new();
    people.iter().map(|(_, contact)| seen.insert(contact.email.as_str())).collect()
}

/// What is known after the file has spoken: its values win, its silence changes nothing.
pub fn merge(held: &Contact, told: &Contact, tells_status: bool) -> Contact {
    let text = |held: &String, told: &String| if told.is_empty() { held.clone() } else { told.clone() };
    let list = |held: &Vec<String>, told: &Vec<String>| if told.is_empty() { held.clone() } else { told.clone() };
    Contact {
        id: held.id,
        email: held.email.clone(),
        email_status: if tells_status { told.email_status } else { held.email_status },
        first_name: text(&held.first_name, &told.first_name),
        last_name: text(&held.last_name, &told.last_name),
        title: text(&held.title, &told.title),
        seniority: told.seniority.or(held.seniority),
        departments: if told.departments.is_empty() { held.departments.clone() } else { told.departments.clone() },
        company: text(&held.company, &told.company),
        domain: text(&held.domain, &told.domain),
        size: told.size.or(held.size),
        industry: text(&held.industry, &told.industry),
        country: text(&held.country, &told.country),
        region: text(&held.region, &told.region),
        city: text(&held.city, &told.city),
        hq_country: text(&held.hq_country, &told.hq_country),
        hq_region: text(&held.hq_region, &told.hq_region),
        hq_city: text(&held.hq_city, &told.hq_city),
        keywords: list(&held.keywords, &told.keywords),
        technologies: list(&held.technologies, &told.technologies),
        revenue: told.revenue.or(held.revenue),
        linkedin: text(&held.linkedin, &told.linkedin),
        phone: text(&held.phone, &told.phone),
    }
}
