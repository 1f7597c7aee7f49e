//! The SQL of contacts and the directory's counters.

use sqlx::types::Json;

use super::{
    contact::{Contact, ContactId},
    copy::copy_contacts,
    quality::EmailStatus,
    role::{Department, Seniority},
    size::SizeRange,
};
use crate::{
    directory::ids::{ImportId, SourceId},
    email::Email,
    on,
    server::{
        batches::{VALUES_PER_STATEMENT, texts_per_statement},
        clock::Instant,
        db::Tx,
        inconsistency::Inconsistency,
    },
};

/// The columns of [`ContactRow`].
const COLUMNS: &str = "id, email, email_status, first_name, last_name, title, seniority, departments, company, domain, \
     size_min, size_max, industry, country, region, city, hq_country, hq_region, hq_city, keywords, technologies, revenue, linkedin, phone, revision, import_id";

/// Contacts per statement: so many mostly travel in one segment (see [batches](crate::server::batches)).
const CONTACTS_PER_STATEMENT: usize = 25;

#[derive(Debug, sqlx::FromRow)]
struct ContactRow {
    id: ContactId,
    email: Email,
    email_status: EmailStatus,
    first_name: String,
    last_name: String,
    title: String,
    seniority: Option<Seniority>,
    departments: Json<Vec<Department>>,
    company: String,
    domain: String,
    size_min: Option<i64>,
    size_max: Option<i64>,
    industry: String,
    country: String,
    region: String,
    city: String,
    hq_country: String,
    hq_region: String,
    hq_city: String,
    keywords: Json<Vec<String>>,
    technologies: Json<Vec<String>>,
    revenue: Option<i64>,
    linkedin: String,
    phone: String,
    revision: i64,
    import_id: Option<ImportId>,
}

/// A contact as stored, with what only the directory needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredContact {
    pub contact: Contact,
    pub revision: i64,
    pub import: Option<ImportId>,
}

impl From<ContactRow> for StoredContact {
    fn from(row: ContactRow) -> Self {
        let contact = Contact {
            id: row.id,
            email: row.email,
            email_status: row.email_status,
            first_name: row.first_name,
            last_name: row.last_name,
            title: row.title,
            seniority: row.seniority,
            departments: row.departments.0,
            company: row.company,
            domain: row.domain,
            size: row.size_min.map(|min| SizeRange { min, max: row.size_max }),
            industry: row.industry,
            country: row.country,
            region: row.region,
            city: row.city,
            hq_country: row.hq_country,
            hq_region: row.hq_region,
            hq_city: row.hq_city,
            keywords: row.keywords.0,
            technologies: row.technologies.0,
            revenue: row.revenue,
            linkedin: row.linkedin,
            phone: row.phone,
        };
        Self { contact, revision: row.revision, import: row.import_id }
    }
}

/// What the directory's counters stand at.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Counters {
    /// Chosen by chance when the database was made.
    pub identity: String,
    pub last_contact: i64,
    pub last_revision: i64,
    /// Contacts that were removed.
    pub removed: i64,
}

impl Counters {
    /// Contacts there are.
    pub fn contacts(&self) -> i64 {
        self.last_contact - self.removed
    }
}

/// Reads the counters.
pub async fn counters(tx: &mut Tx) -> sqlx::Result<Counters> {
    let counters = on!(tx, c => sqlx::query_as("select identity, last_contact, last_revision, removed from directory where id = 1")
        .fetch_optional(c).await)?;
    Ok(counters.ok_or_else(no_counters)?)
}

fn no_counters() -> Inconsistency {
    Inconsistency::new("directory", "id", 1)
}

/// Takes `contacts` new ids and `revisions` new revisions, and answers the counters as they were before. Until the end of
/// the transaction no other one can write contacts, so revisions rise in commit order.
pub async fn advance_counters(tx: &mut Tx, contacts: i64, revisions: i64) -> sqlx::Result<Counters> {
    let after: Option<Counters> = on!(tx, c => sqlx::query_as(
        "update directory set last_contact = last_contact + $1, last_revision = last_revision + $2 where id = 1
         returning identity, last_contact, last_revision, removed"
    )
    .bind(contacts)
    .bind(revisions)
    .fetch_optional(c)
    .await)?;
    let after = after.ok_or_else(no_counters)?;
    Ok(Counters {
        last_contact: after.last_contact - contacts,
        last_revision: after.last_revision - revisions,
        ..after
    })
}

/// The contacts with these addresses, in no order.
pub async fn contacts_by_email(tx: &mut Tx, emails: &[&str]) -> sqlx::Result<Vec<StoredContact>> {
    let mut found = Vec::new();
    for emails in texts_per_statement(emails) {
        let rows: Vec<ContactRow> = on!(tx, c => {
            let mut query = sqlx::QueryBuilder::new(format!("select {COLUMNS} from contacts where email in ("));
            let mut list = query.separated(", ");
            for email in emails {
                list.push_bind(*email);
            }
            query.push(")");
            query.build_query_as().fetch_all(c).await
        })?;
        found.extend(rows.into_iter().map(StoredContact::from));
    }
    Ok(found)
}

/// The contacts with these ids, by id.
pub async fn contacts_by_id(tx: &mut Tx, ids: &[ContactId]) -> sqlx::Result<Vec<Contact>> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(VALUES_PER_STATEMENT) {
        let rows: Vec<ContactRow> = on!(tx, c => {
            let mut query = sqlx::QueryBuilder::new(format!("select {COLUMNS} from contacts where id in ("));
            let mut list = query.separated(", ");
            for id in ids {
                list.push_bind(id.0);
            }
            query.push(")");
            query.build_query_as().fetch_all(c).await
        })?;
        found.extend(rows.into_iter().map(|row| StoredContact::from(row).contact));
    }
    found.sort_by_key(|contact| contact.id);
    Ok(found)
}

/// The next `limit` contacts that changed after `revision`, by revision.
pub async fn contacts_after(tx: &mut Tx, revision: i64, limit: i64) -> sqlx::Result<Vec<StoredContact>> {
    let rows: Vec<ContactRow> = on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new(format!("select {COLUMNS} from contacts where revision > "));
        query.push_bind(revision).push(" order by revision limit ").push_bind(limit);
        query.build_query_as().fetch_all(c).await
    })?;
    Ok(rows.into_iter().map(StoredContact::from).collect())
}

/// The contacts that were removed after one revision and up to another.
pub async fn removed_between(tx: &mut Tx, after: i64, until: i64) -> sqlx::Result<Vec<ContactId>> {
    on!(tx, c => sqlx::query_scalar(
        "select contact_id from contacts_removed where revision > $1 and revision <= $2 order by revision")
        .bind(after).bind(until).fetch_all(c).await)
}

/// Who told of contacts, and when they are written.
#[derive(Debug, Clone, Copy)]
pub struct Written {
    pub source: SourceId,
    pub import: Option<ImportId>,
    pub at: Instant,
}

/// Writes contacts that the directory does not have; the caller looked them up after it took the counters, which keep others from
/// writing (see [`advance_counters`]). Each gets the next revision after `revision`.
///
/// # Errors
/// The database's.
pub async fn insert_contacts(tx: &mut Tx, contacts: &[Contact], revision: i64, written: Written) -> sqlx::Result<()> {
    match tx {
        Tx::Postgres(opened) if contacts.len() > CONTACTS_PER_STATEMENT => {
            copy_contacts(opened, contacts, revision, written).await
        }
        _ => put_contacts(tx, contacts, revision, written).await,
    }
}

/// Writes contacts: new ids are inserted, known addresses get the new values. Each gets the next revision after
/// `revision` (see [`advance_counters`]).
pub async fn put_contacts(tx: &mut Tx, contacts: &[Contact], revision: i64, written: Written) -> sqlx::Result<()> {
    let Written { source, import, at } = written;
    let mut revision = revision;
    for contacts in contacts.chunks(CONTACTS_PER_STATEMENT) {
        let first = revision + 1;
        revision += contacts.len() as i64;
        on!(&mut *tx, c => {
            let mut query = sqlx::QueryBuilder::new(format!("insert into contacts ({WRITTEN_COLUMNS}) "));
            query.push_values(contacts.iter().zip(first..), |mut row, (contact, revision)| {
                row.push_bind(contact.id)
                    .push_bind(&contact.email)
                    .push_bind(contact.email_status)
                    .push_bind(&contact.first_name)
                    .push_bind(&contact.last_name)
                    .push_bind(&contact.title)
                    .push_bind(contact.seniority)
                    .push_bind(Json(&contact.departments))
                    .push_bind(&contact.company)
                    .push_bind(&contact.domain)
                    .push_bind(contact.size.map(|size| size.min))
                    .push_bind(contact.size.and_then(|size| size.max))
                    .push_bind(&contact.industry)
                    .push_bind(&contact.country)
                    .push_bind(&contact.region)
                    .push_bind(&contact.city)
                    .push_bind(&contact.hq_country)
                    .push_bind(&contact.hq_region)
                    .push_bind(&contact.hq_city)
                    .push_bind(Json(&contact.keywords))
                    .push_bind(Json(&contact.technologies))
                    .push_bind(contact.revenue)
                    .push_bind(&contact.linkedin)
                    .push_bind(&contact.phone)
                    .push_bind(source)
                    .push_bind(import)
                    .push_bind(import)
                    .push_bind(revision)
                    .push_bind(at)
                    .push_bind(at);
            });
            query.push(ON_CONFLICT);
            query.build().execute(c).await.map(|_| ())
        })?;
    }
    Ok(())
}

/// The columns that a contact is written with, in the order of their values.
pub(super) const WRITTEN_COLUMNS: &str = "id, email, email_status, first_name, last_name, title, seniority, departments, \
     company, domain, size_min, size_max, industry, country, region, city, hq_country, hq_region, hq_city, keywords, technologies, revenue, linkedin, phone, \
     source_id, import_id, first_import_id, revision, created_at, updated_at";

const ON_CONFLICT: &str = " on conflict (email) do update set email_status = excluded.email_status, \
     first_name = excluded.first_name, last_name = excluded.last_name, title = excluded.title, \
     seniority = excluded.seniority, departments = excluded.departments, company = excluded.company, \
     domain = excluded.domain, size_min = excluded.size_min, size_max = excluded.size_max, industry = excluded.industry, \
     country = excluded.country, region = excluded.region, city = excluded.city, \
     hq_country = excluded.hq_country, hq_region = excluded.hq_region, hq_city = excluded.hq_city, keywords = excluded.keywords, \
     technologies = excluded.technologies, revenue = excluded.revenue, linkedin = excluded.linkedin, \
     phone = excluded.phone, source_id = excluded.source_id, import_id = excluded.import_id, \
     revision = excluded.revision, updated_at = excluded.updated_at";

/// Notes that an import met these contacts as they were.
pub async fn confirm_contacts(tx: &mut Tx, ids: &[ContactId], import: ImportId) -> sqlx::Result<()> {
    for ids in ids.chunks(VALUES_PER_STATEMENT) {
        on!(&mut *tx, c => {
            let mut query = sqlx::QueryBuilder::new("update contacts set import_id = ");
            query.push_bind(import).push(" where id in (");
            let mut list = query.separated(", ");
            for id in ids {
                list.push_bind(id.0);
            }
            query.push(")");
            query.build().execute(c).await.map(|_| ())
        })?;
    }
    Ok(())
}
