//! What is indexed of a contact: one field of terms, and a column of values for each attribute that has one value.
//!
//! A term is the attribute's code and the comparison form of a value, such as `technology:hubspot`.

use tantivy::{
    TantivyDocument,
    schema::{FAST, Field, INDEXED, STRING, Schema, TextOptions},
};

use crate::directory::{
    Contact, EmailStatus,
    criteria::attribute::{
        Attribute, CITY, COMPANY, COUNTRY, DEPARTMENT, EXACT_TITLE, HQ_CITY, HQ_COUNTRY, HQ_REGION, INDUSTRY, KEYWORD,
        Kept, REGION, REVENUE, SENIORITY, SIZE, TECHNOLOGY, TITLE, same,
    },
    employer,
};

/// Goes up when what is kept of a contact changes: older indexes are then rebuilt.
pub const LAYOUT: u32 = 3;

/// Everything that the index keeps of a contact.
static ATTRIBUTES: [&Attribute; 18] = [
    &TITLE,
    &EXACT_TITLE,
    &SENIORITY,
    &DEPARTMENT,
    &SIZE,
    &REVENUE,
    &INDUSTRY,
    &COUNTRY,
    &REGION,
    &CITY,
    &HQ_COUNTRY,
    &HQ_REGION,
    &HQ_CITY,
    &KEYWORD,
    &TECHNOLOGY,
    &COMPANY,
    &EMPLOYER,
    &EMAIL_STATUS,
];

/// By which colleagues are told: the company's domain, its name where there is none.
pub static EMPLOYER: Attribute = Attribute {
    code: "employer",
    kept: Kept::One { value: employer, key: str::to_owned, takes: |values| same(values, str::to_owned) },
    is_delivered: true,
};

pub static EMAIL_STATUS: Attribute = Attribute {
    code: "email_status",
    kept: Kept::One {
        value: |contact| EmailStatus::code(contact.email_status).to_owned(),
        key: str::to_owned,
        takes: |values| same(values, str::to_owned),
    },
    is_delivered: true,
};

/// The fields of the index.
#[derive(Debug, Clone)]
pub struct Fields {
    pub id: Field,
    pub term: Field,
    /// Of each attribute of one value.
    columns: Vec<(&'static Attribute, Field)>,
}

/// The schema and its fields.
pub fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let id = schema.add_u64_field("id", INDEXED | FAST);
    let term = schema.add_text_field("term", STRING);
    let one = ATTRIBUTES.iter().filter(|attribute| matches!(attribute.kept, Kept::One { .. }));
    let kept_raw = || TextOptions::default().set_fast("raw");
    let columns = one.map(|attribute| (*attribute, schema.add_text_field(attribute.code, kept_raw()))).collect();
    (schema.build(), Fields { id, term, columns })
}

/// The term of a value of an attribute.
pub fn term_of(attribute: &Attribute, value: &str) -> String {
    format!("{}:{value}", attribute.code)
}

/// What the index keeps of a contact.
pub fn document_of(fields: &Fields, contact: &Contact) -> TantivyDocument {
    let mut document = TantivyDocument::new();
    document.add_u64(fields.id, contact.id.0 as u64);
    for attribute in ATTRIBUTES {
        if let Kept::Many { terms, .. } = attribute.kept {
            terms(contact).iter().for_each(|term| document.add_text(fields.term, term_of(attribute, term)));
        }
    }
    for (attribute, field) in &fields.columns {
        if let Kept::One { value, .. } = attribute.kept {
            let value = value(contact);
            if !value.is_empty() {
                document.add_text(*field, value);
            }
        }
    }
    document
}
