//! Which values of the filters of its request found a lead: what figures by filter value are made of.
//!
//! What was delivered is told by the record of the lead. Keywords, technologies, revenue and headquarters are not delivered: they are read
//! from the directory, while the person is there.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sqlx::{FromRow, types::Json};

use super::super::ids::LeadId;
use crate::{
    accounts::WorkspaceId,
    credits::RequestId,
    directory::{
        Contact, ContactId, Criteria, Department, EmailStatus, Filter, Mode, Seniority, SizeRange, TITLE_GROUPS,
        Values, contacts_by_id,
    },
    on,
    server::{batches::batches, db::Tx},
};

/// A lead of a workspace.
pub type LeadOf = (WorkspaceId, LeadId);

/// A value of a filter that found leads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FilterValue {
    pub field: &'static str,
    /// The same for all spellings of the value.
    pub key: String,
    /// As it was asked for.
    pub value: String,
}

/// A kept value with its filter, for people: `Countries: Germany`.
pub fn filter_value_text(field: &str, value: &str) -> String {
    Filter::of(field).map_or_else(|| value.to_owned(), |filter| format!("{}: {}", filter.label, filter.shown(value)))
}

#[derive(FromRow)]
struct Row {
    workspace_id: WorkspaceId,
    id: LeadId,
    request_id: RequestId,
    contact_id: Option<i64>,
    email: String,
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
}

impl Row {
    /// What is known of the person; nothing once their data was erased.
    fn contact(&self, in_directory: Option<&Contact>) -> Option<Contact> {
        let of = |text: fn(&Contact) -> &String| in_directory.map(text).cloned().unwrap_or_default();
        Some(Contact {
            id: ContactId(self.contact_id.unwrap_or_default()),
            email: self.email.parse().ok()?,
            // Its quality is no value of a filter.
            email_status: EmailStatus::Unknown,
            first_name: String::new(),
            last_name: String::new(),
            title: self.title.clone(),
            seniority: self.seniority,
            departments: self.departments.0.clone(),
            company: self.company.clone(),
            domain: self.domain.clone(),
            size: self.size_min.map(|min| SizeRange { min, max: self.size_max }),
            industry: self.industry.clone(),
            country: self.country.clone(),
            region: self.region.clone(),
            city: self.city.clone(),
            hq_country: of(|contact| &contact.hq_country),
            hq_region: of(|contact| &contact.hq_region),
            hq_city: of(|contact| &contact.hq_city),
            keywords: in_directory.map(|contact| contact.keywords.clone()).unwrap_or_default(),
            technologies: in_directory.map(|contact| contact.technologies.clone()).unwrap_or_default(),
            revenue: in_directory.and_then(|contact| contact.revenue),
            linkedin: String::new(),
            phone: String::new(),
        })
    }
}

/// The values that found each of these leads; leads of own lists were found by none.
///
/// # Errors
/// The database's.
pub async fn found_by(
    tx: &mut Tx,
    leads: impl Iterator<Item = LeadOf>,
) -> sqlx::Result<BTreeMap<LeadOf, Vec<FilterValue>>> {
    let mut rows: Vec<Row> = Vec::new();
    for leads in batches(leads)? {
        let some: Vec<Row> = on!(&mut *tx, c => sqlx::query_as(
            "select l.workspace_id, l.id, l.request_id, l.contact_id, l.email, l.title, l.seniority, l.departments, l.company,
                 l.domain, l.size_min, l.size_max, l.industry, l.country, l.region, l.city
             from json_each($1) j join leads l on l.workspace_id = unhex(j.value ->> 0, '-') and l.id = unhex(j.value ->> 1, '-')
             where l.request_id is not null")
            .bind(Json(leads)).fetch_all(c).await)?;
        rows.extend(some);
    }
    let criteria = criteria(tx, rows.iter().map(|row| (row.workspace_id, row.request_id)).collect()).await?;
    let ids: BTreeSet<ContactId> = rows.iter().filter_map(|row| row.contact_id.map(ContactId)).collect();
    let ids: Vec<ContactId> = ids.into_iter().collect();
    let known: BTreeMap<ContactId, Contact> =
        contacts_by_id(tx, &ids).await?.into_iter().map(|contact| (contact.id, contact)).collect();
    let mut found = BTreeMap::new();
    for row in rows {
        let in_directory = row.contact_id.and_then(|id| known.get(&ContactId(id)));
        let contact = row.contact(in_directory);
        if let (Some(contact), Some(criteria)) = (contact, criteria.get(&(row.workspace_id, row.request_id))) {
            found.insert((row.workspace_id, row.id), values_of(criteria, &contact));
        }
    }
    Ok(found)
}

async fn criteria(
    tx: &mut Tx,
    requests: BTreeSet<(WorkspaceId, RequestId)>,
) -> sqlx::Result<BTreeMap<(WorkspaceId, RequestId), Criteria>> {
    let mut found = BTreeMap::new();
    for requests in batches(requests.into_iter())? {
        let some: Vec<(WorkspaceId, RequestId, Json<Criteria>)> = on!(&mut *tx, c => sqlx::query_as(
            "select r.workspace_id, r.id, r.criteria from json_each($1) j
             join lead_requests r on r.workspace_id = unhex(j.value ->> 0, '-') and r.id = unhex(j.value ->> 1, '-')")
            .bind(Json(requests)).fetch_all(c).await)?;
        found.extend(some.into_iter().map(|(workspace, id, Json(criteria))| ((workspace, id), criteria)));
    }
    Ok(found)
}

/// The values that this contact has. Excluded values found no one; a list of companies is left out, because each of thousands of them has
/// too few leads to tell anything.
fn values_of(criteria: &Criteria, contact: &Contact) -> Vec<FilterValue> {
    let mut found: BTreeMap<(&'static str, String), &String> = BTreeMap::new();
    for (filter, values) in criteria.chosen() {
        if filter.mode == Mode::None || filter.field == "domains" {
            continue;
        }
        let attribute = criteria.attribute_of(filter);
        for value in values {
            if attribute.meets(contact, std::slice::from_ref(value)) {
                found.entry((field_of(filter), key_of(filter, value))).or_insert(value);
            }
        }
    }
    found.into_iter().map(|((field, key), value)| FilterValue { field, key, value: value.clone() }).collect()
}

/// Groups of one filter count together: in which one a title stands is an order, not another value.
fn field_of(filter: &Filter) -> &'static str {
    match filter.field {
        field if TITLE_GROUPS.contains(&field) => TITLE_GROUPS[0],
        "keywords_all" => "keywords",
        field => field,
    }
}

fn key_of(filter: &Filter, value: &str) -> String {
    match &filter.values {
        Values::Typed(typed) => (typed.key)(value),
        Values::Choices(_) | Values::Range(..) => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::form::Form;

    fn contact() -> Contact {
        Contact {
            title: "VP Marketing".into(),
            seniority: Some(Seniority::Vp),
            industry: "Computer Software".into(),
            country: "Germany".into(),
            keywords: vec!["saas".into(), "b2b".into()],
            size: Some(SizeRange { min: 51, max: Some(200) }),
            ..crate::directory::contacts::contact::testing::bare(1, "uma@acme.example")
        }
    }

    fn found(fields: &[(&str, &str)]) -> Vec<(&'static str, String)> {
        let criteria = Criteria::read(Form::of(fields).pairs()).criteria;
        values_of(&criteria, &contact()).into_iter().map(|one| (one.field, one.value)).collect()
    }

    #[test]
    fn a_lead_is_found_by_the_values_it_has_and_not_by_the_others() {
        let values = found(&[
            ("titles", "CMO\nVice President, Marketing"),
            ("titles_2", "VP Marketing"),
            ("industries", "Technology"),
            ("countries", "Germany\nFrance"),
            ("keywords", "b2b"),
            ("exclude_keywords", "agency"),
            ("domains", "acme.example"),
        ]);
        let expected = [
            ("countries", "Germany"),
            ("industries", "Technology"),
            ("keywords", "b2b"),
            ("titles", "Vice President, Marketing"),
        ];
        let mut values: Vec<(&str, &str)> = values.iter().map(|(field, value)| (*field, value.as_str())).collect();
        values.sort_unstable();
        // Both spellings of the title are one value, or two with different words.
        assert!(expected.iter().all(|one| values.contains(one)), "{values:?}");
        assert!(values.iter().all(|(field, _)| *field != "domains" && !field.starts_with("exclude")), "{values:?}");
        assert!(!values.contains(&("countries", "France")) && !values.contains(&("titles", "CMO")), "{values:?}");
    }

    #[test]
    fn a_value_is_said_with_its_filter() {
        assert_eq!(filter_value_text("countries", "Germany"), "Countries: Germany");
        assert_eq!(
            filter_value_text("size", "51-200"),
            format!("Company size: {}", Filter::of("size").unwrap().shown("51-200"))
        );
        assert_eq!(filter_value_text("gone", "x"), "x");
    }
}
