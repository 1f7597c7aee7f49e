//! Counting an audience while it is being described.

use super::{contents, fields, name::proposed_name, overlap};
use crate::{
    accounts::Member,
    campaigns::{
        AudiencePreview, OwnedContacts, WhatIf,
        requests::forecast::{self, Forecast},
    },
    credits::{CampaignId, CapPeriod},
    directory::{Answer, Breadth, Criteria, Directory, Facet, Filter, Reading, Samples, samples_by_id},
    server::{app::App, clock::Instant, error::AppError, gate::Purpose},
    ui::{count_text, plural},
};

/// Masked people shown of an audience.
const SAMPLES: u64 = 20;
/// A small batch.
const FEW: i64 = 25;
/// Changes that are proposed.
const WHAT_IFS: usize = 6;

/// Counts what the audience form describes, as far as it can be read, and says what to change.
///
/// # Errors
/// When the index does not answer.
pub async fn preview_of(
    app: &App,
    member: &Member,
    purpose: Purpose,
    form: &[(String, String)],
) -> Result<AudiencePreview, AppError> {
    let text = |field: &str| form.iter().find(|(one, _)| one == field).map_or("", |(_, text)| text.trim());
    let campaign = text("campaign").parse().ok();
    preview_read(app, member, purpose, Criteria::read(form), text("name"), campaign).await
}

/// Counts `criteria`. The name of their `campaign` goes along in the addresses of changed audiences.
///
/// # Errors
/// When the index does not answer.
pub async fn preview(
    app: &App,
    member: &Member,
    purpose: Purpose,
    criteria: &Criteria,
    name: &str,
    campaign: Option<CampaignId>,
) -> Result<AudiencePreview, AppError> {
    let reading = Reading { criteria: criteria.clone(), ..Reading::default() };
    preview_read(app, member, purpose, reading, name, campaign).await
}

async fn preview_read(
    app: &App,
    member: &Member,
    purpose: Purpose,
    reading: Reading,
    name: &str,
    campaign: Option<CampaignId>,
) -> Result<AudiencePreview, AppError> {
    let asking = app.of::<Directory>().asked_by(member.user.0, purpose).await?;
    let fields::Checked { typed, criteria, told, ignored, notes, errors, .. } = fields::check(&asking, reading).await?;
    let mut tx = app.db.read().await?;
    let owned = app.of::<OwnedContacts>().of(&mut tx, member.workspace).await?;
    let answer = asking.answer(&criteria, &owned.all, samples_for(member, app.clock.now())).await?;
    let samples = samples_by_id(&mut tx, &answer.samples).await?;
    let overlaps = overlap::overlaps(&asking, &mut tx, member.workspace, campaign, &criteria, &owned).await?;
    drop(asking);
    let forecast = forecast::forecast(&mut tx, member.workspace).await?;
    let breadth = Breadth::of(answer.count.total, answer.count.directory);
    Ok(AudiencePreview {
        errors,
        notes,
        told: fields::as_json(told),
        ignored,
        remarks: Vec::new(),
        contents: contents::all(&typed),
        proposed_name: proposed_name(&criteria),
        matching: whole(answer.count.total),
        left_out: whole(answer.count.unverified_left_out),
        per_company: answer.per_company.map(whole),
        owned: whole(answer.owned),
        overlaps,
        delivery: delivery(forecast, whole(answer.count.total.saturating_sub(answer.owned))),
        breadth_level: breadth.level(),
        breadth: breadth.label().to_owned(),
        hint: breadth_hint(breadth, &criteria, &answer),
        what_if: what_if(&criteria, &answer, name),
        facets: answer.facets,
        query: named(&typed, name),
        rebuilding: !app.of::<Directory>().is_ready(),
        samples,
    })
}

/// The same people of an audience on one day, whoever of the workspace asks and however often.
fn samples_for(member: &Member, at: Instant) -> Samples {
    let (_, workspace) = member.workspace.0.as_u64_pair();
    let day = CapPeriod::Day.start(at, &member.zone()).micros().unsigned_abs();
    Samples { number: SAMPLES, seed: workspace ^ day }
}

/// How long so many people take to arrive, and a first batch of them; empty where nothing can be said.
fn delivery(forecast: Forecast, people: i64) -> String {
    let (Some(few), Some(all)) = (forecast.text_for(people.min(FEW)), forecast.text_for(people)) else {
        return String::new();
    };
    let turns = match forecast.sharing {
        0 => String::new(),
        others => {
            format!(" {} with you.", plural(others, "other workspace takes turns", "other workspaces take turns"))
        }
    };
    match people {
        ..1 => String::new(),
        _ if people <= FEW || few == all => format!("They take {all} to arrive.{turns}"),
        _ => format!("{FEW} leads take {few} to arrive, all of them {all}.{turns}"),
    }
}

/// The sentence of the breadth, and which filter is the reason.
fn breadth_hint(breadth: Breadth, criteria: &Criteria, answer: &Answer) -> String {
    let hint = breadth.hint();
    if breadth.is_narrow() {
        let tightest = answer.without.iter().max_by_key(|(_, total)| *total);
        if let Some((field, total)) = tightest.filter(|(_, total)| *total > answer.count.total) {
            let label = Filter::of(field).map_or("", |filter| filter.label);
            return format!("{hint} “{label}” narrows it most: without it, {} match.", count_text(whole(*total)));
        }
    }
    let lacks = |fields: &[&str]| fields.iter().all(|field| criteria.values(field).is_empty());
    if breadth.is_broad() && lacks(&["titles", "seniority", "department"]) {
        return format!("{hint} Nothing says yet what these people do.");
    }
    hint.to_owned()
}

/// Changes of one filter that bring more people, the most first, from real counts.
fn what_if(criteria: &Criteria, answer: &Answer, name: &str) -> Vec<WhatIf> {
    let mut changes: Vec<WhatIf> = Vec::new();
    for (field, total) in &answer.without {
        let Some(filter) = Filter::of(field) else { continue };
        let shown: Vec<String> = criteria.values(field).iter().map(|value| filter.shown(value)).collect();
        changes.push(WhatIf {
            text: format!("Without “{}: {}”", filter.label, shortened(&shown)),
            adds: whole(total.saturating_sub(answer.count.total)),
            query: named(&criteria.without(field), name),
        });
    }
    for facet in &answer.facets {
        let Some(filter) = Filter::of(&facet.field).filter(|filter| !criteria.values(filter.field).is_empty()) else {
            continue;
        };
        if let Some(best) = best_addition(criteria, facet) {
            let wider = criteria.and_also(filter, &best.value);
            let text = format!("{} also {}", filter.label, filter.shown(&best.value));
            changes.push(WhatIf { text, adds: whole(best.adds), query: named(&wider, name) });
        }
    }
    changes.retain(|change| change.adds > 0);
    changes.sort_by_key(|change| std::cmp::Reverse(change.adds));
    changes.truncate(WHAT_IFS);
    changes
}

fn best_addition<'facet>(criteria: &Criteria, facet: &'facet Facet) -> Option<&'facet crate::directory::Counted> {
    let chosen = criteria.values(&facet.field);
    facet.values.iter().filter(|one| !chosen.contains(&one.value)).max_by_key(|one| one.adds)
}

fn shortened(values: &[String]) -> String {
    match values {
        [one] => one.clone(),
        [one, two] => format!("{one}, {two}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
        [] => String::new(),
    }
}

/// The query of an audience, with the campaign's name.
fn named(criteria: &Criteria, name: &str) -> String {
    let query = criteria.to_query();
    if name.is_empty() {
        return query;
    }
    let separator = if query.is_empty() { "" } else { "&" };
    format!("{query}{separator}name={}", crate::directory::percent_encoded(name))
}

pub(super) fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
