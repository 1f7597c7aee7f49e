//! The lead directory: people and the companies they work for, which belong to no workspace.
//!
//! `contacts/` says what is known about a person, `criteria/` describes an audience, `index/` searches and counts,
//! `imports/` brings files in and `sources/` asks HTTP sources.

pub mod contacts;
pub mod criteria;
pub mod demo;
mod facet;
pub mod ids;
pub mod imports;
pub mod index;
mod sample_contact;
pub mod source;
pub mod sources;

#[cfg(test)]
pub use contacts::places::country::Country;
pub use contacts::{
    contact::{Contact, ContactId},
    industry::{INDUSTRIES, canonical_industry},
    keys::{fold, industry_key},
    quality::{EmailStatus, Quality},
    revenue::RevenueClass,
    role::{Department, Seniority},
    sample::samples_by_id,
    sector::sector_of,
    size::{CompanySize, SIZE_MAX, SizeRange},
    store::{contacts_by_id, counters},
    title::{clean_title, title_tokens},
};
pub use criteria::{
    Criteria,
    attribute::{Kept, employer},
    breadth::Breadth,
    filter::{FILTERS, Filter, Mode, Separator, TITLE_GROUPS, Values},
    form::{Reading, VALUE_LENGTH_MAX, parse_domain, percent_encoded},
    synonyms::meant_by,
};
pub use facet::{Counted, Facet};
pub use ids::{ImportId, SourceId};
pub use imports::{
    file::{FileImport, Step, import_file},
    import::{Import, ImportState, Policy, Rejection},
    view::{ACCEPTED as ACCEPTED_FILES, Columns, FirstRows, HowRead, RejectedRows, Stalled},
};
pub use index::{Answer, Asking, Contacts, Count, Directory, Samples};
pub use sample_contact::SampleContact;
pub use source::{LawfulBasis, Source, Terms};

use axum::Router;

use crate::server::app::App;

/// The addresses of the operator's pages of the directory.
pub fn routes() -> Router<App> {
    imports::routes().merge(sources::routes())
}
