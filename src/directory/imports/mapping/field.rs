//! What a column can be.

use serde::{Deserialize, Serialize};

use crate::directory::contacts::keys::fold;

/// What a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Email,
    EmailStatus,
    FirstName,
    LastName,
    FullName,
    Title,
    Seniority,
    Departments,
    Company,
    Website,
    Employees,
    Industry,
    Keywords,
    Technologies,
    Revenue,
    Linkedin,
    Phone,
    City,
    Region,
    Country,
    Location,
    HqCity,
    HqRegion,
    HqCountry,
}

impl Field {
    pub const ALL: [Self; 24] = [
        Self::Email,
        Self::EmailStatus,
        Self::FirstName,
        Self::LastName,
        Self::FullName,
        Self::Title,
        Self::Seniority,
        Self::Departments,
        Self::Company,
        Self::Website,
        Self::Employees,
        Self::Industry,
        Self::Keywords,
        Self::Technologies,
        Self::Revenue,
        Self::Linkedin,
        Self::Phone,
        Self::City,
        Self::Region,
        Self::Country,
        Self::Location,
        Self::HqCity,
        Self::HqRegion,
        Self::HqCountry,
    ];

    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Email => "Email",
            Self::EmailStatus => "Email status",
            Self::FirstName => "First name",
            Self::LastName => "Last name",
            Self::FullName => "Full name",
            Self::Title => "Job title",
            Self::Seniority => "Seniority",
            Self::Departments => "Department",
            Self::Company => "Company",
            Self::Website => "Company website",
            Self::Employees => "Number of employees",
            Self::Industry => "Industry",
            Self::Keywords => "Keywords",
            Self::Technologies => "Technologies",
            Self::Revenue => "Annual revenue",
            Self::Linkedin => "LinkedIn profile",
            Self::Phone => "Phone",
            Self::City => "City",
            Self::Region => "State or region",
            Self::Country => "Country",
            Self::Location => "Location (city, country)",
            Self::HqCity => "City of headquarters",
            Self::HqRegion => "Region of headquarters",
            Self::HqCountry => "Country of headquarters",
        }
    }

    /// The value in forms and in the stored mapping.
    pub fn code(self) -> String {
        fold(self.label()).replace(' ', "_")
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::all().find(|field| field.code() == code)
    }

    /// Whether a lead keeps it. The directory keeps all of them.
    pub const fn is_of_leads(self) -> bool {
        !matches!(
            self,
            Self::Keywords | Self::Technologies | Self::Revenue | Self::HqCity | Self::HqRegion | Self::HqCountry
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_codes_lead_back() {
        for field in Field::all() {
            assert_eq!(Field::from_code(&field.code()), Some(field));
        }
    }
}
