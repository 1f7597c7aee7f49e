//! The server functions of the wizard: saving an audience, and asking for leads.

use std::collections::BTreeMap;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::frame::WizardStep;
use crate::{
    accounts::{Member, Right, calling_member},
    audiences::{self, AudienceId, AudienceName},
    campaigns::{
        CampaignName, FirstBatchReview, LeadOrder,
        audience::{fields::check, name::proposed_name},
        campaign,
        requests::{request_leads::RequestLeads, waterfall, worker},
    },
    credits::{CampaignId, Credits, Ledger, RequestId},
    directory::{Criteria, Directory},
    fields::{FieldErrors, FormError, Then},
    server::{app::App, error::AppError, form::Form, gate::Purpose, server_functions::session},
    ui::{Tone, leave_flash},
};

/// Longest key of a click; the page's own keys are UUIDs.
const KEY_BYTES_MAX: usize = 100;

/// The filters of an audience as a form sends them: texts by the name of their field.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Filters(BTreeMap<String, Texts>);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Texts {
    One(String),
    More(Vec<String>),
}

impl Filters {
    fn pairs(&self) -> Vec<(String, String)> {
        let texts = |texts: &Texts| match texts {
            Texts::One(text) => vec![text.clone()],
            Texts::More(texts) => texts.clone(),
        };
        let named = |(name, of_name): (&String, &Texts)| {
            texts(of_name).into_iter().map(|text| (name.clone(), text)).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(named).collect()
    }
}

/// What an audience was saved as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SavedAudience {
    /// The first page of a campaign.
    Campaign(CampaignId),
    /// Under a name of its own, for all campaigns.
    Audience(AudienceId),
}

/// Saves the audience of a campaign, a new one unless `campaign` says which, and leads to the number of leads. A new one gets
/// the id `draft` of its page, so that saving again after going back saves the same campaign; without a name, it gets the one
/// that its filters propose. With the button `keep` the audience is saved under a name of its own instead.
///
/// # Errors
/// 422 for fields to change, 403 for a role that may not spend, 404 for a campaign of another workspace, 409 when there are
/// too many audiences.
#[server(prefix = "", endpoint = "campaigns/new")]
pub async fn save_audience(
    campaign: Option<CampaignId>,
    #[server(default)] draft: String,
    #[server(default)] name: String,
    #[server(default)] audience_name: String,
    #[server(default)] go: String,
    #[server(flatten)] filters: Filters,
) -> Result<Then<SavedAudience>, FormError> {
    let (app, member) = calling_member().await?;
    let member = member.may(Right::Spend)?;
    if let Some(id) = campaign {
        campaign::campaign(&mut app.db.read().await.map_err(AppError::from)?, member.workspace, id).await?;
    }
    let asking = app.of::<Directory>().asked_by(member.user.0, Purpose::Change).await?;
    let checked = check(&asking, Criteria::read(&filters.pairs())).await?;
    let offered =
        waterfall::offered(&mut app.db.read().await.map_err(AppError::from)?).await.map_err(AppError::from)?;
    let (mut errors, criteria) = (checked.refused(waterfall::asks_others(&offered)), checked.typed);
    if go == "keep" {
        let name = AudienceName::parse(&audience_name).map_err(|fault| errors.add("audience_name", fault));
        return match name {
            Ok(name) if errors.is_empty() => Ok(keep(&app, &member, &name, &criteria, campaign).await?),
            _ => Err(errors.into()),
        };
    }
    let name = if name.trim().is_empty() { proposed_name(&criteria) } else { name };
    let name = CampaignName::parse(&name).map_err(|fault| errors.add("name", fault));
    let Some(name) = name.ok().filter(|_| errors.is_empty()) else { return Err(errors.into()) };
    let people = asking.count(&criteria).await.map_err(AppError::from)?.total;
    drop(asking);
    let place = Place { campaign, draft: draft.parse().ok() };
    Ok(describe(&app, &member, &name, &criteria, place, people).await?)
}

/// Where an audience is saved.
struct Place {
    /// The campaign that it is of.
    campaign: Option<CampaignId>,
    /// The id of a new one.
    draft: Option<CampaignId>,
}

/// Saves the criteria under their own name, and shows them again.
async fn keep(
    app: &App,
    member: &Member,
    name: &AudienceName,
    criteria: &Criteria,
    campaign: Option<CampaignId>,
) -> Result<Then<SavedAudience>, AppError> {
    let mut tx = app.db.write().await?;
    let id = audiences::save(&mut tx, member, name, criteria, app.clock.now()).await?;
    tx.commit().await?;
    let text =
        format!("The audience “{}” is saved. Everyone in the workspace finds it under Audiences.", name.as_str());
    leave_flash(&session()?, Tone::Good, &text).await?;
    let page = campaign.map_or_else(|| "/campaigns/new".to_owned(), |id| WizardStep::Audience.href(id));
    Ok(Then { made: SavedAudience::Audience(id), next: format!("{page}?audience={id}") })
}

/// Saves the criteria as the audience of a campaign.
async fn describe(
    app: &App,
    member: &Member,
    name: &CampaignName,
    criteria: &Criteria,
    place: Place,
    people: u64,
) -> Result<Then<SavedAudience>, AppError> {
    let mut tx = app.db.write().await?;
    let at = app.clock.now();
    audiences::note_search(&mut tx, member, criteria, i64::try_from(people).unwrap_or(i64::MAX), at).await?;
    let (workspace, id) = (member.workspace, place.campaign.or(place.draft).unwrap_or_else(CampaignId::new));
    let is_made = place.campaign.is_none()
        && campaign::create_as(&mut tx, (workspace, id), member.user, name, criteria, at).await?;
    if !is_made {
        campaign::save_audience(&mut tx, workspace, id, name, criteria, at).await?;
    }
    tx.commit().await?;
    Ok(Then { made: SavedAudience::Campaign(id), next: WizardStep::Leads.href(id) })
}

/// Requests the leads of a campaign. Quantity and targeting are the saved draft's; the form brings the wish to look at a
/// first batch, and the `key` of its page, so that a second click finds the request of the first.
///
/// # Errors
/// 422 for fields to change, 402 without enough credits, 409 when a cap refuses, 403 for a role that may not spend, 404 for a
/// campaign of another workspace. Nothing is queued then.
#[server(name = RequestLeadsForm, prefix = "", endpoint = "requests")]
pub async fn request_leads(
    campaign: CampaignId,
    #[server(default)] key: String,
    #[server(default)] look: String,
    #[server(default)] first: String,
    #[server(default)] bad_percent: String,
    #[server(default)] most: String,
) -> Result<Then<RequestId>, FormError> {
    let (app, member) = calling_member().await?;
    let wish = Form::of(&[("look", &look), ("first", &first), ("bad_percent", &bad_percent)]);
    let most = most.parse().ok().and_then(Credits::new);
    let request = ask(&app, &member, campaign, Wish { key, look: wish, most }).await?;
    Ok(Then { made: request, next: format!("/requests/{request}") })
}

/// What the review sends beside the campaign.
pub struct Wish {
    /// The key of its page.
    pub key: String,
    /// Whether and how to look at a first batch.
    pub look: Form,
    /// What the page said that it costs at most; the hold is never more (C2).
    pub most: Option<Credits>,
}

/// Requests the leads of a campaign, as [`request_leads`] does.
///
/// # Errors
/// Those of [`request_leads`].
pub async fn ask(app: &App, member: &Member, campaign: CampaignId, wish: Wish) -> Result<RequestId, FormError> {
    let member = member.clone().may(Right::Spend)?;
    let Wish { key, look, most } = wish;
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        return Err(FormError::new(400, "This page is no longer current. Nothing was requested. Open it again."));
    }
    let draft =
        campaign::campaign(&mut app.db.read().await.map_err(AppError::from)?, member.workspace, campaign).await?;
    let Some(quantity) = draft.quantity else {
        return Err(FieldErrors::one("", "Choose the number of leads first.").into());
    };
    let look = FirstBatchReview::parse(&look, quantity)?;
    let order = LeadOrder { campaign, quantity, look, most, key };
    let asking = RequestLeads { member: member.clone(), order, at: app.clock.now() };
    let request = app.of::<Ledger>().post(asking).await?;
    app.wake.notify_one();
    worker::tell_of(app, member.workspace, request, campaign).await;
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_keep_all_values_of_a_field() {
        let form = Form::parse(b"name=x&sizes=1-10&sizes=11-50&titles=CEO&keywords=");
        let filters: Filters = serde_json::from_value(serde_json::json!({
            "sizes": ["1-10", "11-50"], "titles": "CEO", "keywords": "",
        }))
        .unwrap();
        let mut sent: Vec<_> = form.pairs().iter().filter(|(name, _)| name != "name").cloned().collect();
        sent.sort();
        assert_eq!(filters.pairs(), sent);
    }
}
