//! The lead directory: contacts and where they come from, their import, the search index, and the criteria that
//! describe an audience.
//!
//! Shared types come first (built for the browser too); below them, on the server, one file per capability.

mod attribute;
mod breadth;
mod contact;
mod country;
mod criteria;
mod criteria_form;
mod email;
mod facet;
mod filter;
mod industry;
mod keys;
mod quality;
mod revenue;
mod role;
mod sector;
mod size;
mod title;

pub use attribute::{Attribute, Kept, employer};
pub use breadth::Breadth;
pub use contact::{Contact, ContactId, SampleContact};
pub use country::Country;
pub use criteria::Criteria;
pub use criteria_form::{Reading, VALUE_LENGTH_MAX, parse_domain, percent_encoded};
pub use email::{Email, EmailFault};
pub use facet::{Counted, Facet};
pub use filter::{FILTERS, Filter, Mode, Panel, TITLE_GROUPS, Values};
pub use industry::{INDUSTRIES, canonical_industry};
pub use keys::{fold, industry_key};
pub use quality::{EmailStatus, Quality};
pub use revenue::RevenueClass;
pub use role::{Department, Seniority};
pub use sector::sector_of;
pub use size::{CompanySize, SIZE_MAX, SizeRange};
pub use title::{clean_title, title_tokens};

cfg_if::cfg_if! {
    if #[cfg(feature = "ssr")] {
        pub mod demo;
        mod directory;
        pub mod import;
        mod import_file;
        mod import_store;
        pub mod import_worker;
        mod pages;
        mod sample;
        mod source;
        pub mod sources;
        mod store;
        mod undo_import;
        pub mod upload;
        pub mod verify_address;
        mod view;

        pub use directory::{Answer, Contacts, Count, Directory, IndexError};
        pub use import_file::{FileImport, Imported, Step, import_file};
        pub use pages::routes;
        pub use sample::samples_by_id;
        pub use source::{Counts, Import, ImportId, ImportState, LawfulBasis, Policy, Rejection, Source, SourceId, Terms};
        pub use store::{Counters, contact_ids, contacts_by_id, counters};
        pub use view::{ACCEPTED as ACCEPTED_FILES, Columns, FirstRows, RejectedRows, Stalled, read_as};
    }
}
