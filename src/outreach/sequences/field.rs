//! The fields that a text can use.

/// A field that every lead has, known or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// As it is written between the braces.
    pub name: &'static str,
    /// What it is, within a sentence: “37 leads have no first name”.
    pub label: &'static str,
    /// A fallback that fits most texts.
    pub fallback: &'static str,
}

const fn field(name: &'static str, label: &'static str, fallback: &'static str) -> Field {
    Field { name, label, fallback }
}

/// The fields of every lead. A campaign's own columns come beside them.
pub const FIELDS: [Field; 11] = [
    field("first_name", "first name", "there"),
    field("last_name", "last name", "there"),
    field("full_name", "name", "there"),
    field("title", "job title", "your role"),
    field("company", "company", "your company"),
    field("domain", "domain", "your website"),
    field("city", "city", "your city"),
    field("region", "region", "your region"),
    field("country", "country", "your country"),
    field("industry", "industry", "your industry"),
    field("sender_name", "sender name", ""),
];
