//! What the panel of the plan shows, read with the rest of its page.

use super::{Plan, PlanPanelData, Subscription, store};
use crate::{
    accounts::{Member, Right, WorkspaceId},
    billing::provider::{Provider, stripe::subscriptions},
    server::{app::App, inconsistency::Inconsistency, select::Select},
};

/// What is read for the panel.
pub(in crate::billing) type PanelSelects =
    (Select<Option<Subscription>>, Select<Vec<Known>>, Select<bool>, Select<bool>);
/// What was read.
pub(in crate::billing) type PanelRead = (Option<Subscription>, Vec<Known>, bool, bool);

/// A plan that is offered, or that the workspace has.
#[derive(Debug, serde::Deserialize)]
pub(in crate::billing) struct Known {
    is_offered: bool,
    #[serde(flatten)]
    plan: Plan,
}

/// The questions behind the panel.
pub(in crate::billing) fn select_panel(workspace: WorkspaceId) -> PanelSelects {
    let known = Select::rows(
        "id, name, credits, amount_minor, currency, is_offered flag",
        "select id, name, credits, amount_minor, currency, retired_at is null as is_offered from plans
         where retired_at is null or id in (
             select plan_id from subscriptions where workspace_id = $1 and state <> 'ended' union
             select next_plan_id from subscriptions where workspace_id = $1 and state <> 'ended')
         order by position, credits, id limit 50",
    );
    (
        store::select_live_subscription(workspace),
        known.bind(workspace.0),
        subscriptions::select_is_waiting(workspace),
        store::select_payment_is_pending(workspace),
    )
}

/// What the panel shows to `member`.
///
/// # Errors
/// An [`Inconsistency`] when the plan of the subscription is missing.
pub(in crate::billing) fn panel_data(
    (subscription, known, waiting, pending): PanelRead,
    app: &App,
    member: &Member,
    key: &str,
) -> Result<PlanPanelData, Inconsistency> {
    let plan = |id| {
        let found = known.iter().find(|known| known.plan.id == id).map(|known| known.plan.clone());
        found.ok_or_else(|| Inconsistency::new("plans", "id", id))
    };
    let provider = Provider::of(app);
    let seen_by = provider.as_ref().map(Provider::name);
    let managed_here = subscription.as_ref().is_none_or(|subscription| seen_by == Some(&*subscription.provider));
    let subscription = match subscription {
        Some(subscription) => {
            let (now, next) = (plan(subscription.plan_id)?, plan(subscription.coming_plan())?);
            Some((subscription, now, next))
        }
        None => None,
    };
    Ok(PlanPanelData {
        plans: known.into_iter().filter(|known| known.is_offered).map(|known| known.plan).collect(),
        subscription,
        may_buy: member.role.may(Right::Buy),
        has_provider: provider.is_some(),
        embedded: provider.is_some_and(|provider| provider.is_embedded()),
        managed_here,
        pending,
        waiting,
        key: key.to_owned(),
        zone: member.zone(),
    })
}
