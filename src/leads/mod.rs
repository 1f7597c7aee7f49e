//! The lead directory: contacts and where they come from, their import, the search index, and the criteria that
//! describe an audience.
//!
//! What the browser gets of it comes first; below, on the server, the types and one file per capability.

mod facet;
mod sample_contact;

pub use facet::Facet;
pub use sample_contact::SampleContact;

cfg_if::cfg_if! {
    if #[cfg(feature = "ssr")] {
        mod attribute;
        mod breadth;
        mod contact;
        mod country;
        mod criteria;
        mod criteria_form;
        pub mod demo;
        mod directory;
        mod email;
        mod filter;
        pub mod import;
        mod import_file;
        mod import_store;
        pub mod import_worker;
        mod industry;
        mod keys;
        mod pages;
        mod quality;
        mod revenue;
        mod role;
        mod sample;
        mod sector;
        mod size;
        mod source;
        pub mod sources;
        mod store;
        mod title;
        mod undo_import;
        pub mod upload;
        pub mod verify_address;
        mod view;

        pub use attribute::{Kept, employer};
        pub use breadth::Breadth;
        pub use contact::{Contact, ContactId};
        pub use country::Country;
        pub use criteria::Criteria;
        pub use criteria_form::{Reading, VALUE_LENGTH_MAX, parse_domain, percent_encoded};
        pub use directory::{Answer, Contacts, Count, Directory};
        pub use email::{Email, EmailFault};
        pub use facet::Counted;
        pub use filter::{FILTERS, Filter, Mode, Panel, TITLE_GROUPS, Values};
        pub use import_file::{FileImport, Step, import_file};
        pub use industry::{INDUSTRIES, canonical_industry};
        pub use keys::{fold, industry_key};
        pub use pages::routes;
        pub use quality::{EmailStatus, Quality};
        pub use revenue::RevenueClass;
        pub use role::{Department, Seniority};
        pub use sample::samples_by_id;
        pub use sector::sector_of;
        pub use size::{CompanySize, SIZE_MAX, SizeRange};
        pub use source::{Import, ImportId, ImportState, LawfulBasis, Policy, Rejection, Source, SourceId, Terms};
        pub use store::{contact_ids, contacts_by_id, counters};
        pub use title::{clean_title, title_tokens};
        pub use view::{ACCEPTED as ACCEPTED_FILES, Columns, FirstRows, RejectedRows, Stalled, read_as};
    }
}
