//! What a person does: seniority and department, as chosen in forms and as read from messy titles.

use serde::{Deserialize, Serialize};

use super::keys::fold;

/// How high somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Seniority {
    Owner,
    Founder,
    CSuite,
    Partner,
    Vp,
    Head,
    Director,
    Manager,
    Senior,
    Entry,
    Intern,
}

impl Seniority {
    pub const ALL: [Self; 11] = [
        Self::Owner,
        Self::Founder,
        Self::CSuite,
        Self::Partner,
        Self::Vp,
        Self::Head,
        Self::Director,
        Self::Manager,
        Self::Senior,
        Self::Entry,
        Self::Intern,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Founder => "founder",
            Self::CSuite => "c_suite",
            Self::Partner => "partner",
            Self::Vp => "vp",
            Self::Head => "head",
            Self::Director => "director",
            Self::Manager => "manager",
            Self::Senior => "senior",
            Self::Entry => "entry",
            Self::Intern => "intern",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Founder => "Founder",
            Self::CSuite => "C-suite",
            Self::Partner => "Partner",
            Self::Vp => "Vice president",
            Self::Head => "Head",
            Self::Director => "Director",
            Self::Manager => "Manager",
            Self::Senior => "Senior",
            Self::Entry => "Entry",
            Self::Intern => "Intern",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|seniority| seniority.code() == code)
    }

    /// Reads the words that exports use in a seniority column.
    pub fn recognise(text: &str) -> Option<Self> {
        Some(match fold(text).as_str() {
            "owner" | "owner partner" | "proprietor" => Self::Owner,
            "founder" | "co founder" | "cofounder" => Self::Founder,
            "c suite" | "c level" | "cxo" | "csuite" | "executive" | "chief" | "c level exec" | "c level executive"
            | "executives" => Self::CSuite,
            "partner" => Self::Partner,
            "vp" | "vice president" | "v p" | "vp level" | "vp level exec" => Self::Vp,
            "head" | "head of" => Self::Head,
            "director" | "director level" => Self::Director,
            "manager" | "manager level" | "experienced manager" | "entry level manager" | "mid level manager" => {
                Self::Manager
            }
            "senior" | "senior ic" | "lead" | "senior level" | "mid senior level" | "strategic" => Self::Senior,
            "entry"
            | "entry level"
            | "junior"
            | "employee"
            | "staff"
            | "individual contributor"
            | "non manager"
            | "associate" => Self::Entry,
            "intern" | "internship" | "training" | "trainee" | "in training" => Self::Intern,
            _ => return None,
        })
    }
}

/// Which part of a company somebody works in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Department {
    Executive,
    Sales,
    Marketing,
    Product,
    Engineering,
    InformationTechnology,
    Design,
    Finance,
    HumanResources,
    Operations,
    Support,
    Legal,
    Consulting,
    Education,
    Medical,
}

impl Department {
    pub const ALL: [Self; 15] = [
        Self::Executive,
        Self::Sales,
        Self::Marketing,
        Self::Product,
        Self::Engineering,
        Self::InformationTechnology,
        Self::Design,
        Self::Finance,
        Self::HumanResources,
        Self::Operations,
        Self::Support,
        Self::Legal,
        Self::Consulting,
        Self::Education,
        Self::Medical,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::Executive => "executive",
            Self::Sales => "sales",
            Self::Marketing => "marketing",
            Self::Product => "product",
            Self::Engineering => "engineering",
            Self::InformationTechnology => "information_technology",
            Self::Design => "design",
            Self::Finance => "finance",
            Self::HumanResources => "human_resources",
            Self::Operations => "operations",
            Self::Support => "support",
            Self::Legal => "legal",
            Self::Consulting => "consulting",
            Self::Education => "education",
            Self::Medical => "medical",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Executive => "Executive",
            Self::Sales => "Sales",
            Self::Marketing => "Marketing",
            Self::Product => "Product",
            Self::Engineering => "Engineering",
            Self::InformationTechnology => "Information technology",
            Self::Design => "Design",
            Self::Finance => "Finance",
            Self::HumanResources => "Human resources",
            Self::Operations => "Operations",
            Self::Support => "Customer support",
            Self::Legal => "Legal",
            Self::Consulting => "Consulting",
            Self::Education => "Education",
            Self::Medical => "Medical",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|department| department.code() == code)
    }

    /// Reads one word or phrase of a department column.
    pub fn recognise(text: &str) -> Option<Self> {
        Some(match fold(text).as_str() {
            "c suite"
            | "executive"
            | "founder"
            | "management"
            | "owner"
            | "general management"
            | "entrepreneurship"
            | "executive management" => Self::Executive,
            "sales" | "business development" | "revenue" => Self::Sales,
            "marketing" | "growth" | "public relations" | "communications" => Self::Marketing,
            "product" | "product management" => Self::Product,
            "engineering"
            | "engineering technical"
            | "engineering and technical"
            | "product engineering"
            | "technical"
            | "research and development"
            | "research" => Self::Engineering,
            "information technology" | "it" | "data" | "data science" | "security" => Self::InformationTechnology,
            "design" | "creative" | "arts and design" => Self::Design,
            "finance" | "accounting" => Self::Finance,
            "human resources" | "hr" | "people" | "talent" | "recruiting" => Self::HumanResources,
            "operations" | "logistics" | "purchasing" | "supply chain" | "administration" => Self::Operations,
            "support" | "customer support" | "customer success" | "customer service" => Self::Support,
            "legal" | "compliance" | "law" => Self::Legal,
            "consulting" => Self::Consulting,
            "education" | "training" => Self::Education,
            "medical" | "medical health" | "medical and health" | "health" => Self::Medical,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_labels_lead_back() {
        for seniority in Seniority::ALL {
            assert_eq!(Seniority::from_code(seniority.code()), Some(seniority));
            assert_eq!(Seniority::recognise(seniority.label()), Some(seniority));
        }
        for department in Department::ALL {
            assert_eq!(Department::from_code(department.code()), Some(department));
            assert_eq!(Department::recognise(department.label()), Some(department));
        }
        assert_eq!(Seniority::recognise("C suite"), Some(Seniority::CSuite));
        assert_eq!(Department::recognise("Engineering & Technical"), Some(Department::Engineering));
    }
}
