//! Reads what the checklist is made of.

use serde::Deserialize;

use super::{CheckedDomain, CheckedMailbox, Checklist, Confirmation, Confirmed, Found, LeadCounts, StepText};
use crate::{
    accounts::WorkspaceId,
    campaigns::{Campaign, leads::countries::leads_in},
    email::Email,
    ids::CampaignId,
    mail::domain::{Report, demands_dkim},
    on,
    outreach::{
        mailboxes::mailbox::MailboxState,
        progress::{change::state, facts::day_in},
        schedule::{self, Schedule, rules::zone},
        sequences::{lead_values::coverage, sequence::sequence, template::Template},
    },
    server::{
        app::App,
        clock::Instant,
        db::Tx,
        dns::Dns,
        select::{Select, together},
    },
    suppression::{self, Key, SuppressionKeys},
};

/// Leads whose addresses are compared with the suppression list, at most.
const COMPARED_MAX: i64 = 20_000;

/// What the checklist needs of the instance.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// Countries (ISO 3166-1) whose law asks for consent first.
    consent_countries: &'a [String],
    keys: &'a SuppressionKeys,
    dns: &'a Dns,
}

impl<'a> Rules<'a> {
    pub fn of(app: &'a App) -> Self {
        Self { consent_countries: &app.config.consent_countries, keys: app.of::<SuppressionKeys>(), dns: &app.dns }
    }
}

/// The checklist of a campaign.
///
/// # Errors
/// The database's.
pub async fn read(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: &Campaign,
    rules: Rules<'_>,
    at: Instant,
) -> sqlx::Result<Checklist> {
    let id = campaign.id;
    let all = (mailboxes(workspace, id), domains(workspace, id), leads(workspace, id), confirmations(workspace, id));
    let (mailboxes, domains, leads, confirmations) = together(tx, all).await?;
    let (texts, missing_fields) = texts(tx, workspace, id).await?;
    let confirmed = |what| {
        let found = confirmations.iter().find(|row| row.what == what)?;
        Some(Confirmed { by: found.by_name.clone(), at: found.confirmed_at })
    };
    let mut found = Found {
        texts,
        mailboxes,
        domains,
        consent_first: leads_in(tx, workspace, id, rules.consent_countries).await?,
        lawful_basis: confirmed(Confirmation::LawfulBasis),
        preview: confirmed(Confirmation::Preview),
        ..Found::default()
    };
    if let Some(row) = leads {
        found.postal_address = row.postal_address.unwrap_or_default();
        found.leads_may_come = row.may_come;
        let (listed, dkim_demanded) = addresses(tx, workspace, id, rules).await?;
        found.dkim_demanded = dkim_demanded;
        found.counts = LeadCounts {
            leads: row.leads,
            missing_fields,
            suppressed: row.suppressed + listed,
            mailed_before: row.mailed_before,
            elsewhere: row.elsewhere,
        };
    }
    if let Some(Schedule { week, time_zone, .. }) = schedule::load(tx, workspace, id).await? {
        let zone = zone(&time_zone);
        found.has_schedule = true;
        found.is_over = week.ends_on.is_some_and(|last| last.0 < day_in(&time_zone, at));
        found.opens_at = zone.and_then(|zone| week.next_window(at, &zone)).map(|(opens, _)| opens);
    }
    found.state = state(tx, workspace, id).await?;
    Ok(Checklist::of(id, found))
}

/// The texts of the sequence with what is wrong with them, and how many leads lack a field that one of them needs.
async fn texts(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId) -> sqlx::Result<(Vec<StepText>, i64)> {
    let steps = sequence(tx, workspace, campaign).await?;
    if steps.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let coverage = coverage(tx, workspace, campaign).await?;
    let (mut texts, mut lacking) = (Vec::new(), 0);
    for step in &steps {
        for variant in &step.variants {
            let (subject, body) = (&variant.text.subject, &variant.text.body);
            let faults = match Template::parse_known(subject, body, &coverage.columns) {
                Ok(template) => {
                    let lack = template.required().into_iter().map(|field| coverage.lacking(field)).max();
                    lacking = lacking.max(lack.unwrap_or(0));
                    Vec::new()
                }
                Err(faults) => faults.iter().map(ToString::to_string).collect(),
            };
            let (subject, body) = (subject.clone(), body.clone());
            texts.push(StepText { position: step.position, subject, body, needs_subject: step.has_subject(), faults });
        }
    }
    Ok((texts, lacking))
}

#[derive(Deserialize)]
struct MailboxRow {
    address: String,
    state: MailboxState,
    rushed: bool,
}

fn mailboxes(workspace: WorkspaceId, campaign: CampaignId) -> Select<Vec<CheckedMailbox>> {
    // Slow start is over when a mailbox has sent on fourteen days.
    let text = "select m.address, m.state, (m.ramp_start is null and m.ramp_days < 14
             and not exists (select 1 from sending_limits l where l.first_day is not null)) as rushed
         from campaign_mailboxes c
         join mailboxes m on m.workspace_id = c.workspace_id and m.id = c.mailbox_id
         where c.workspace_id = $1 and c.campaign_id = $2 and c.state = 'on' order by m.address";
    let checked = |row: MailboxRow| CheckedMailbox { address: row.address, state: row.state, is_rushed: row.rushed };
    Select::<Vec<MailboxRow>>::rows("address, state, rushed flag", text)
        .bind(workspace.0)
        .bind(campaign.0)
        .map(move |rows| rows.into_iter().map(checked).collect())
}

#[derive(Deserialize)]
struct LeadsRow {
    leads: i64,
    postal_address: Option<String>,
    may_come: bool,
    suppressed: i64,
    mailed_before: i64,
    elsewhere: i64,
}

fn leads(workspace: WorkspaceId, campaign: CampaignId) -> Select<Option<LeadsRow>> {
    let text = "select p.leads, o.postal_address,
             (exists (select 1 from lead_requests r where r.workspace_id = p.workspace_id and r.campaign_id = p.id
                 and r.state in ('queued', 'running'))
              or exists (select 1 from standing_requests q where q.workspace_id = p.workspace_id and q.campaign_id = p.id
                 and q.state <> 'ended')) as may_come,
             (select count(*) from enrolments e where e.workspace_id = p.workspace_id and e.campaign_id = p.id
                 and e.state = 'stopped' and e.code = 'suppressed') as suppressed,
             (select count(*) from campaign_leads m join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
                 where m.workspace_id = p.workspace_id and m.campaign_id = p.id and not m.enrolled
                     and l.mailed_at is not null) as mailed_before,
             (select count(*) from campaign_leads m
                 join campaign_leads n on n.workspace_id = m.workspace_id and n.lead_id = m.lead_id
                     and n.campaign_id <> m.campaign_id
                 join enrolments e on e.workspace_id = n.workspace_id and e.campaign_id = n.campaign_id
                     and e.lead_id = n.lead_id and e.occupies
                 where m.workspace_id = p.workspace_id and m.campaign_id = p.id) as elsewhere
         from campaigns p left join outreach_settings o on o.workspace_id = p.workspace_id
         where p.workspace_id = $1 and p.id = $2";
    let columns = "leads, postal_address, may_come flag, suppressed, mailed_before, elsewhere";
    Select::<Vec<LeadsRow>>::rows(columns, text).bind(workspace.0).bind(campaign.0).first()
}

/// Of the leads that are not in the sequence yet: how many must not be written to, and whether some are at a receiver that takes no mail
/// without DKIM.
async fn addresses(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    rules: Rules<'_>,
) -> sqlx::Result<(i64, bool)> {
    let addresses: Vec<String> = on!(&mut *tx, c => sqlx::query_scalar(
        "select l.email from campaign_leads m join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
         where m.workspace_id = $1 and m.campaign_id = $2 and not m.enrolled order by m.added_at, m.lead_id limit $3")
        .bind(workspace).bind(campaign).bind(COMPARED_MAX).fetch_all(c).await)?;
    let emails: Vec<Email> = addresses.iter().filter_map(|address| address.parse().ok()).collect();
    let dkim_demanded = emails.iter().any(|email| {
        let host = rules.dns.known_mail_host(email.domain());
        demands_dkim(email.domain(), host.as_deref())
    });
    let people: Vec<[Key; 2]> = emails.iter().map(|email| rules.keys.of_recipient(email)).collect();
    let listed = suppression::suppressed(tx, workspace, people.iter().flatten().copied().collect()).await?;
    let count = people.iter().filter(|keys| keys.iter().any(|key| listed.contains(key))).count();
    Ok((i64::try_from(count).unwrap_or(i64::MAX), dkim_demanded))
}

#[derive(Deserialize)]
struct DomainRow {
    domain: String,
    report: Option<Report>,
}

fn domains(workspace: WorkspaceId, campaign: CampaignId) -> Select<Vec<CheckedDomain>> {
    let text = "select m.domain, d.report from mailboxes m
         left join sending_domains d on d.workspace_id = m.workspace_id and d.domain = m.domain
         where m.workspace_id = $1 and m.state = 'active' and m.kind <> 'outbox' and m.id in (
             select c.mailbox_id from campaign_mailboxes c where c.workspace_id = $1 and c.campaign_id = $2 and c.state = 'on')
         order by m.domain";
    let checked = |rows: Vec<DomainRow>| {
        let mut domains: Vec<CheckedDomain> =
            rows.into_iter().map(|row| CheckedDomain { domain: row.domain, report: row.report }).collect();
        domains.dedup_by(|one, other| one.domain == other.domain);
        domains
    };
    Select::<Vec<DomainRow>>::rows("domain, report json", text).bind(workspace.0).bind(campaign.0).map(checked)
}

#[derive(Deserialize)]
struct ConfirmationRow {
    what: Confirmation,
    by_name: String,
    confirmed_at: Instant,
}

fn confirmations(workspace: WorkspaceId, campaign: CampaignId) -> Select<Vec<ConfirmationRow>> {
    let text = "select c.what, u.name as by_name, c.confirmed_at from campaign_confirmations c
         join users u on u.id = c.confirmed_by where c.workspace_id = $1 and c.campaign_id = $2";
    Select::rows("what, by_name, confirmed_at", text).bind(workspace.0).bind(campaign.0)
}
