//! Adding the people of a list: one batch of rows, one transaction, no credit (rules C7 and C24).

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;
use sqlx::types::Json;

use super::{
    Duplicates, OwnList, RowOutcome,
    columns::{self, LeadCells, OwnColumns},
    standing::Standings,
    store::{self, Progress},
};
use crate::{
    accounts::WorkspaceId,
    campaigns::{
        ids::{LeadId, ListId},
        leads::reveal::reveal,
        membership,
        requests::insert_leads::{self, search_text},
        suppressed::suppressed,
    },
    credits,
    directory::{Contact, Rejection, contacts::standing::Standing, imports::Batch},
    on,
    server::{
        batches::{batches, texts_per_statement},
        clock::Instant,
        db::Tx,
    },
    suppression::SuppressionKeys,
};

/// What the workspace has of somebody on the list.
#[derive(Debug, sqlx::FromRow)]
struct Held {
    id: LeadId,
    email: String,
    is_bad: bool,
    /// Whether its address is hidden until now.
    is_hidden: bool,
    in_campaign: bool,
    in_active: bool,
    /// The list that brought the lead, and the one that put it into this campaign.
    brought_by: Option<ListId>,
    joined_by: Option<ListId>,
}

/// Adds a batch of rows, without the people the file says not to write to. False when another worker has the list: nothing was written then.
pub async fn add(
    tx: &mut Tx,
    (keys, standings): (&SuppressionKeys, &Standings),
    list: &OwnList,
    batch: &Batch,
    at: Instant,
) -> sqlx::Result<bool> {
    // From here on nobody else gives this workspace leads, so who is new now is still new when inserted.
    credits::lock(tx, list.workspace_id).await?;
    let progress = Progress { rows: batch.rows, bytes_read: batch.bytes_read, removed: 0 };
    if !store::advance(tx, list, progress, at).await? {
        return Ok(false);
    }
    let sorted = sort_out(tx, (keys, standings), list, batch).await?;
    let added = insert_leads(tx, (list.workspace_id, list.id), &sorted.new, at).await?;
    let new = added.iter().copied().zip(sorted.new_cells).map(|(lead, cells)| LeadCells { lead, cells });
    columns::keep(tx, list.workspace_id, sorted.cells.into_iter().chain(new).collect()).await?;
    reveal(tx, list.workspace_id, &sorted.named, None, at).await?;
    let entering = added.into_iter().chain(sorted.joining);
    membership::enter(tx, list.workspace_id, list.campaign_id, Some(list.id), entering, at).await?;
    store::insert_left_out(tx, list, &sorted.left_out).await?;
    store::add_outcomes(tx, list, sorted.outcomes).await?;
    Ok(true)
}

#[derive(Default)]
struct Sorted<'a> {
    new: Vec<&'a Contact>,
    /// What their rows said besides, in the same order.
    new_cells: Vec<Vec<(String, String)>>,
    /// … and those of leads that join the campaign or are in it.
    cells: Vec<LeadCells>,
    joining: Vec<LeadId>,
    /// Delivered leads whose hidden address is on the list. What became of the row tells that the address is right, so from now on it
    /// is revealed: a list finds out nothing that was not paid for.
    named: Vec<LeadId>,
    left_out: Vec<Rejection>,
    outcomes: BTreeMap<RowOutcome, i64>,
}

async fn sort_out<'a>(
    tx: &mut Tx,
    (keys, standings): (&SuppressionKeys, &Standings),
    list: &OwnList,
    batch: &'a Batch,
) -> sqlx::Result<Sorted<'a>> {
    let people: Vec<&Contact> = batch.people.iter().map(|(_, contact)| contact).collect();
    let held = held(tx, list, &people).await?;
    let suppressed = suppressed(tx, keys, list.workspace_id, &people).await?;
    let mut sorted = Sorted::default();
    let mut met: HashSet<&str> = HashSet::new();
    let own_columns = OwnColumns::of(&list.format, &list.mapping);
    for ((row_number, contact), rest) in batch.people.iter().zip(&batch.rest) {
        let email = contact.email.as_str();
        let standing = standings.of_address(email);
        let outcome = match held.get(email) {
            _ if suppressed.contains(email) => RowOutcome::Suppressed,
            _ if standing.is_some() => RowOutcome::BadStanding,
            _ if !met.insert(email) => RowOutcome::Repeated,
            None => RowOutcome::Added,
            Some(held) => outcome_of(held, list),
        };
        sorted.named.extend(held.get(email).filter(|held| held.is_hidden).map(|held| held.id));
        match (outcome, held.get(email)) {
            (RowOutcome::Added, _) => {
                sorted.new.push(contact);
                sorted.new_cells.push(own_columns.cells(rest));
            }
            (RowOutcome::Joined, Some(held)) => {
                sorted.joining.push(held.id);
                sorted.cells.push(LeadCells { lead: held.id, cells: own_columns.cells(rest) });
            }
            (RowOutcome::InCampaign, Some(held)) => {
                sorted.cells.push(LeadCells { lead: held.id, cells: own_columns.cells(rest) });
            }
            _ => {}
        }
        let own_reason = standing.filter(|_| outcome == RowOutcome::BadStanding).map(Standing::reason);
        if let Some(reason) = own_reason.or(outcome.reason()) {
            let (reason, raw) = (reason.to_owned(), email.to_owned());
            sorted.left_out.push(Rejection { row_number: *row_number, reason, raw });
        }
        *sorted.outcomes.entry(outcome).or_default() += 1;
    }
    sorted.left_out.extend(batch.rejections.iter().cloned());
    sorted.left_out.extend(notes(batch, &sorted.left_out));
    let rejected = i64::try_from(batch.rejections.len()).unwrap_or(i64::MAX);
    sorted.outcomes.extend(
        [(RowOutcome::Rejected, rejected), (RowOutcome::Blank, batch.blank)].into_iter().filter(|(_, rows)| *rows > 0),
    );
    Ok(sorted)
}

/// What is told of rows that came in. Whoever was left out has one line already.
fn notes(batch: &Batch, left_out: &[Rejection]) -> Vec<Rejection> {
    let told: HashSet<i64> = left_out.iter().map(|row| row.row_number).collect();
    batch.notes.iter().filter(|note| !told.contains(&note.row_number)).cloned().collect()
}

/// What becomes of somebody who is a lead of the workspace.
fn outcome_of(held: &Held, list: &OwnList) -> RowOutcome {
    if held.brought_by == Some(list.id) || held.joined_by == Some(list.id) {
        return RowOutcome::Repeated;
    }
    if held.is_bad {
        return RowOutcome::Bad;
    }
    match list.duplicates {
        _ if held.in_campaign => RowOutcome::InCampaign,
        Duplicates::Workspace => RowOutcome::InWorkspace,
        Duplicates::ActiveCampaigns if held.in_active => RowOutcome::InActiveCampaign,
        Duplicates::ActiveCampaigns | Duplicates::Campaign => RowOutcome::Joined,
    }
}

/// The leads of the workspace among these people, by address.
async fn held(tx: &mut Tx, list: &OwnList, people: &[&Contact]) -> sqlx::Result<HashMap<String, Held>> {
    let owned = insert_leads::owned(tx, list.workspace_id, people.iter().map(|contact| contact.email.as_str())).await?;
    let mut found = HashMap::new();
    let emails: Vec<&str> = owned.keys().map(String::as_str).collect();
    for emails in texts_per_statement(&emails) {
        let some: Vec<Held> = on!(&mut *tx, c => {
            let mut query = sqlx::QueryBuilder::new(
                "select l.id, l.email, l.bad_reason is not null as is_bad, l.revealed_at is null as is_hidden, m.lead_id is not null as in_campaign,
                     exists (select 1 from campaign_leads o
                         join campaigns p on p.workspace_id = o.workspace_id and p.id = o.campaign_id
                         where o.workspace_id = l.workspace_id and o.lead_id = l.id and p.state = 'active') as in_active,
                     l.list_id as brought_by, m.list_id as joined_by
                 from leads l
                 left join campaign_leads m on m.workspace_id = l.workspace_id and m.lead_id = l.id and m.campaign_id = ");
            query.push_bind(list.campaign_id).push(" where l.returned_at is null and l.workspace_id = ")
                .push_bind(list.workspace_id).push(" and l.email in (");
            let mut values = query.separated(", ");
            for email in emails {
                values.push_bind(*email);
            }
            query.push(")");
            query.build_query_as().fetch_all(c).await
        })?;
        found.extend(some.into_iter().map(|held| (held.email.clone(), held)));
    }
    Ok(found)
}

/// A lead as its statement takes it.
#[derive(Serialize)]
struct NewLead<'a> {
    lead_id: LeadId,
    search_text: String,
    #[serde(flatten)]
    person: &'a Contact,
}

/// Makes leads of people, as the list tells them and nothing else: whether the directory has them stays unsaid, so no number of the
/// directory is kept with them.
pub(super) async fn insert_leads(
    tx: &mut Tx,
    (workspace, list): (WorkspaceId, ListId),
    people: &[&Contact],
    at: Instant,
) -> sqlx::Result<Vec<LeadId>> {
    let leads: Vec<NewLead> = people
        .iter()
        .map(|person| NewLead {
            lead_id: LeadId::new(),
            search_text: format!("{} {}", search_text(person), person.email.as_str()),
            person,
        })
        .collect();
    for leads in batches(leads.iter())? {
        on!(&mut *tx, c => sqlx::query(
            "insert into leads (workspace_id, list_id, delivered_at, id, search_text, email, email_status,
                 first_name, last_name, title, seniority, departments, company, domain, size_min, size_max, industry, country,
                 region, city, linkedin, phone, revealed_at)
             with rows as materialized (select value from json_each($4))
             select $1, $2, $3, unhex(value ->> 'lead_id', '-'), value ->> 'search_text', value ->> 'email', value ->> 'email_status', value ->> 'first_name',
                 value ->> 'last_name', value ->> 'title', value ->> 'seniority', value -> 'departments', value ->> 'company',
                 value ->> 'domain', cast(value -> 'size' ->> 'min' as bigint), cast(value -> 'size' ->> 'max' as bigint),
                 value ->> 'industry', value ->> 'country', value ->> 'region', value ->> 'city', value ->> 'linkedin',
                 value ->> 'phone', $3
             from rows")
            .bind(workspace).bind(list).bind(at).bind(Json(leads)).execute(c).await.map(drop))?;
    }
    Ok(leads.into_iter().map(|lead| lead.lead_id).collect())
}
