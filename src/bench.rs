//! What the programs in `benches/` reach of the library: exactly what they name, so that nothing else looks used.

pub use crate::{
    accounts::{Member, Role, UserId, WorkspaceId},
    app::{finish, open, protection},
    campaigns::{CampaignName, Cancel, LeadCount, LeadOrder, RequestLeads, create as create_campaign},
    credits::{
        Actor, Adjustment, CampaignId, Change, Credits, Deed, Grant, Ledger, LotKind, RequestId, grant, join,
        ledger::verify::verify as verify_ledger,
    },
    directory::{
        Answer, CompanySize, Contact, ContactId, Contacts, Criteria, Directory, FILTERS, INDUSTRIES, Kept,
        RevenueClass, SIZE_MAX, Samples, SizeRange, Values, counters,
        demo::{generate_range, person},
        industry_key, samples_by_id, sector_of,
    },
    mail::sign_in::Secret,
    outreach::{
        ids::MailboxId,
        mailboxes::secrets::{SecretPart, keep as keep_secret},
        replies::{
            receive::{FolderUse, Incoming, Place, open as open_mails, receive},
            sync::{Readers, start as start_reading},
        },
        sending::{Batch, hand_over, round, slots, start as start_sending},
    },
    server::{
        app::App,
        clock::{Clock, Instant},
        config::Config,
        db::Db,
        jobs::Round,
        secret_keys::Keys,
    },
};
