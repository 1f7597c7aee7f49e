//! A person in the directory. Contacts are the operator's data and belong to no workspace.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    quality::EmailStatus,
    role::{Department, Seniority},
    size::SizeRange,
};
use crate::email::Email;

/// A contact's number: dense, starting at 1, the same in the database and in the search index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(transparent)]
#[serde(transparent)]
pub struct ContactId(pub i64);

impl fmt::Display for ContactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What the directory knows about a person. Unknown texts are empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub id: ContactId,
    pub email: Email,
    pub email_status: EmailStatus,
    pub first_name: String,
    pub last_name: String,
    pub title: String,
    pub seniority: Option<Seniority>,
    pub departments: Vec<Department>,
    pub company: String,
    /// The company's domain, without `www.`.
    pub domain: String,
    pub size: Option<SizeRange>,
    pub industry: String,
    pub country: String,
    pub region: String,
    pub city: String,
    /// Of the company's headquarters.
    pub hq_country: String,
    pub hq_region: String,
    pub hq_city: String,
    pub keywords: Vec<String>,
    pub technologies: Vec<String>,
    /// Yearly, in the currency of the file (mostly US dollars), whole units.
    pub revenue: Option<i64>,
    pub linkedin: String,
    pub phone: String,
}

impl Contact {
    /// First and last name.
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// A contact with nothing but an address.
    pub fn bare(id: i64, email: &str) -> Contact {
        Contact {
            id: ContactId(id),
            email: email.parse().unwrap(),
            email_status: EmailStatus::Verified,
            first_name: String::new(),
            last_name: String::new(),
            title: String::new(),
            seniority: None,
            departments: vec![],
            company: String::new(),
            domain: String::new(),
            size: None,
            industry: String::new(),
            country: String::new(),
            region: String::new(),
            city: String::new(),
            hq_country: String::new(),
            hq_region: String::new(),
            hq_city: String::new(),
            keywords: vec![],
            technologies: vec![],
            revenue: None,
            linkedin: String::new(),
            phone: String::new(),
        }
    }
}
