//! What becomes of a plan, decided from what was read. Nothing here reads or writes: the callers lock the plan of the
//! workspace, read, ask here, and write.

use std::time::Duration;

use super::{
    Plan, ProviderChange, Subscription, SubscriptionId, SubscriptionState,
    month::{day_of, month_after},
};
use crate::{
    billing::{Order, OrderKind, provider::embedded, reason::PlanEndReason},
    server::clock::Instant,
};

/// How long a plan whose renewal was declined continues.
pub(super) const GRACE: Duration = Duration::from_secs(7 * 86_400);
/// How long a provider outside has to report that a cancelled plan is over, before it is ended anyway.
const PATIENCE: Duration = Duration::from_secs(2 * 60 * 60);

/// How long after a month is over its provider is asked, when it has not reported the next one.
const FIRST_CHECK: Duration = Duration::from_secs(3 * 60);

/// When the provider of a subscription is first asked about the month after the newest paid one; `None`: never.
pub(in crate::billing) fn first_check(subscription: &Subscription) -> Option<Instant> {
    let asked = subscription.provider != embedded::NAME && subscription.state != SubscriptionState::Ended;
    asked.then(|| subscription.period_end.plus(FIRST_CHECK))
}

/// The first moment of a month of a plan, and that of the next one.
pub(super) type Period = (Instant, Instant);

/// What is to be done about a subscription without being asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    /// The embedded provider takes the payment of this month.
    Renewal(Period),
    End(PlanEndReason),
}

/// What is due for `subscription` at `at`: one month at a time, oldest first.
pub(super) fn due(subscription: &Subscription, at: Instant) -> Due {
    let is_embedded = subscription.provider == embedded::NAME;
    // A provider outside reports the end itself, and may know of a late change of mind.
    let patience = if is_embedded { Duration::ZERO } else { PATIENCE };
    match subscription.state {
        SubscriptionState::Active if is_embedded && subscription.period_end <= at => {
            Due::Renewal(next_period(subscription))
        }
        SubscriptionState::Cancelling if subscription.period_end.plus(patience) <= at => {
            Due::End(PlanEndReason::Cancelled)
        }
        SubscriptionState::PastDue if subscription.grace_until.is_some_and(|until| until <= at) => {
            Due::End(PlanEndReason::NotPaid)
        }
        _ => Due::Nothing,
    }
}

/// The month whose payment was declined, when a member can pay it here.
pub(super) fn declined_month(subscription: &Subscription) -> Option<Period> {
    let payable = subscription.state == SubscriptionState::PastDue && subscription.provider == embedded::NAME;
    payable.then(|| next_period(subscription))
}

fn next_period(subscription: &Subscription) -> Period {
    (subscription.period_end, month_after(subscription.period_end, subscription.anchor_day))
}

/// What is known when an order for a plan is paid.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// The subscription that the order names; for a first month the one that has not ended.
    pub subscription: Option<Subscription>,
    /// Its plan, and the plan that was paid for: read for an upgrade.
    pub plans: Option<(Plan, Plan)>,
    /// Whether the month was paid before.
    pub month_is_paid: bool,
}

/// What a paid order for a plan brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Brings {
    /// What was paid for cannot be had any more (another tab was first, the month is paid already, the plan has changed
    /// since), so its credits come as bought ones.
    BoughtCredits,
    /// The first month of a new subscription.
    FirstMonth(Subscription),
    /// One more month; the subscription afterwards.
    NextMonth { subscription: Subscription, period: Period, was_declined: bool },
    /// A month reported late: the subscription, further on or ended, stays as it is.
    LateMonth { subscription: Subscription, period: Period },
    /// The better plan at once; the subscription afterwards.
    Upgrade { subscription: Subscription, plan: Plan },
}

/// What `order` brings at `at`, now that it is paid.
pub(super) fn paid(order: &Order, known: Known, at: Instant) -> Brings {
    let Known { subscription, plans, month_is_paid } = known;
    let brings = match (order.kind, order.subscription_id, subscription) {
        (OrderKind::Plan, None, None) => first_month(order, at),
        (OrderKind::Plan, Some(_), Some(subscription)) if !month_is_paid => next_month(order, subscription, at),
        (OrderKind::Upgrade, Some(_), Some(subscription)) => {
            plans.and_then(|plans| upgrade(order, subscription, plans))
        }
        _ => None,
    };
    brings.unwrap_or(Brings::BoughtCredits)
}

fn first_month(order: &Order, at: Instant) -> Option<Brings> {
    let start = order.period_start.unwrap_or(at);
    let anchor_day = day_of(start);
    Some(Brings::FirstMonth(Subscription {
        workspace_id: order.workspace_id,
        id: SubscriptionId::new(),
        plan_id: order.plan_id?,
        next_plan_id: None,
        state: SubscriptionState::Active,
        state_since: at,
        anchor_day,
        period_start: start,
        period_end: order.period_end.unwrap_or_else(|| month_after(start, anchor_day)),
        grace_until: None,
        provider: order.provider.clone(),
        provider_reference: order.provider_reference.clone(),
        provider_changed_at: None,
        next_renewal_fails: false,
        started_by: order.ordered_by,
        created_at: at,
        reason: None,
    }))
}

fn next_month(order: &Order, before: Subscription, at: Instant) -> Option<Brings> {
    let (plan, period) = (order.plan_id?, order.period_start.zip(order.period_end)?);
    if period.0 <= before.period_start || before.state == SubscriptionState::Ended {
        return Some(Brings::LateMonth { subscription: before, period });
    }
    // The provider may have made this month's invoice before it heard of a change: then the change is for the next one.
    let coming = before.coming_plan();
    let was_declined = before.state == SubscriptionState::PastDue;
    let mut after = Subscription {
        plan_id: plan,
        next_plan_id: (coming != plan).then_some(coming),
        period_start: period.0,
        period_end: period.1,
        ..before
    };
    if was_declined {
        (after.state, after.state_since, after.grace_until) = (SubscriptionState::Active, at, None);
    }
    Some(Brings::NextMonth { subscription: after, period, was_declined })
}

fn upgrade(order: &Order, before: Subscription, (current, plan): (Plan, Plan)) -> Option<Brings> {
    let fits = before.state != SubscriptionState::Ended
        && order.period_start == Some(before.period_start)
        && plan.is_upgrade_from(&current)
        && plan.amount_minor.checked_sub(current.amount_minor) == Some(order.amount_minor)
        && plan.credits.get() - current.credits.get() == order.credits.get();
    let after = Subscription { plan_id: plan.id, next_plan_id: None, ..before };
    fits.then_some(Brings::Upgrade { subscription: after, plan })
}

/// The subscription after the payment of `order` was declined: the grace begins. `None` when that changes nothing: the
/// month is paid, or an older one, or the subscription is on its way out.
pub(super) fn declined(order: &Order, before: &Subscription, at: Instant) -> Option<Subscription> {
    let is_newer = order.period_start.is_some_and(|start| start > before.period_start);
    (before.state == SubscriptionState::Active && is_newer).then(|| Subscription {
        state: SubscriptionState::PastDue,
        state_since: at,
        grace_until: Some(at.plus(GRACE)),
        ..before.clone()
    })
}

/// The subscription after a change that its provider reports. `None` when the news are older than what is known, or it has
/// ended.
pub(super) fn changed(before: &Subscription, change: &ProviderChange, at: Instant) -> Option<Subscription> {
    let is_stale = before.provider_changed_at.is_some_and(|known| change.told_at < known);
    if is_stale || before.state == SubscriptionState::Ended {
        return None;
    }
    let after = corrected(before, change.cancels_at_period_end, change.plan, at);
    Some(Subscription { provider_changed_at: Some(change.told_at), ..after })
}

/// The subscription as its provider says it is now.
pub(super) fn corrected(
    before: &Subscription,
    cancels: bool,
    plan: Option<super::PlanId>,
    at: Instant,
) -> Subscription {
    let mut after = before.clone();
    after.state = match (before.state, cancels) {
        (SubscriptionState::Active, true) => SubscriptionState::Cancelling,
        (SubscriptionState::Cancelling, false) => SubscriptionState::Active,
        (state, _) => state,
    };
    if after.state != before.state {
        after.state_since = at;
    }
    if let Some(plan) = plan {
        after.next_plan_id = (plan != before.plan_id).then_some(plan);
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        accounts::{UserId, WorkspaceId},
        billing::{OrderState, plans::PlanId},
        credits::{Credits, OrderId},
    };

    const DAY: i64 = 86_400_000_000;
    /// Months begin on days 0, 31, 59 and 90 of 1970.
    const MONTHS: [Instant; 4] = [Instant(0), Instant(31 * DAY), Instant(59 * DAY), Instant(90 * DAY)];

    fn plan(number: u128, credits: i64, amount_minor: i64) -> Plan {
        let (id, credits) = (PlanId(uuid::Uuid::from_u128(number)), Credits::new(credits).unwrap());
        Plan { id, name: format!("Plan {number}"), credits, amount_minor, currency: "USD".into() }
    }

    /// In its second month.
    fn subscription(state: SubscriptionState) -> Subscription {
        Subscription {
            workspace_id: WorkspaceId(uuid::Uuid::nil()),
            id: SubscriptionId(uuid::Uuid::nil()),
            plan_id: plan(1, 1_000, 2_900).id,
            next_plan_id: None,
            state,
            state_since: MONTHS[1],
            anchor_day: 1,
            period_start: MONTHS[1],
            period_end: MONTHS[2],
            grace_until: (state == SubscriptionState::PastDue).then_some(Instant(66 * DAY)),
            provider: embedded::NAME.into(),
            provider_reference: None,
            provider_changed_at: Some(Instant(40 * DAY)),
            next_renewal_fails: false,
            started_by: UserId(uuid::Uuid::nil()),
            created_at: MONTHS[0],
            reason: None,
        }
    }

    /// An order for `plan`, or for the step to it.
    fn order(kind: OrderKind, plan: &Plan, period: Option<Period>) -> Order {
        Order {
            workspace_id: WorkspaceId(uuid::Uuid::nil()),
            id: OrderId(uuid::Uuid::nil()),
            kind,
            package_id: None,
            plan_id: Some(plan.id),
            subscription_id: Some(SubscriptionId(uuid::Uuid::nil())),
            period_start: period.map(|period| period.0),
            period_end: period.map(|period| period.1),
            package_name: plan.name.clone(),
            credits: plan.credits,
            amount_minor: plan.amount_minor,
            currency: plan.currency.clone(),
            state: OrderState::Created,
            state_since: MONTHS[0],
            reason: None,
            provider: embedded::NAME.into(),
            provider_reference: None,
            pays_at: None,
            ordered_by: UserId(uuid::Uuid::nil()),
            created_at: MONTHS[0],
            credited_at: None,
            paid_minor: None,
            receipt_number: None,
        }
    }

    #[test]
    fn a_plan_is_renewed_or_ended_when_its_time_has_come() {
        use SubscriptionState::{Active, Cancelling, Ended, PastDue};
        let renewal = || Due::Renewal((MONTHS[2], MONTHS[3]));
        let two_hours = 2 * 3_600_000_000;
        for (state, provider, at, expected) in [
            (Active, "embedded", 59 * DAY - 1, Due::Nothing),
            (Active, "embedded", 59 * DAY, renewal()),
            (Active, "embedded", 500 * DAY, renewal()),
            (Active, "stripe", 500 * DAY, Due::Nothing),
            (Cancelling, "embedded", 59 * DAY - 1, Due::Nothing),
            (Cancelling, "embedded", 59 * DAY, Due::End(PlanEndReason::Cancelled)),
            (Cancelling, "stripe", 59 * DAY, Due::Nothing),
            (Cancelling, "stripe", 59 * DAY + two_hours, Due::End(PlanEndReason::Cancelled)),
            (PastDue, "embedded", 66 * DAY - 1, Due::Nothing),
            (PastDue, "embedded", 66 * DAY, Due::End(PlanEndReason::NotPaid)),
            (PastDue, "stripe", 66 * DAY, Due::End(PlanEndReason::NotPaid)),
            (Ended, "embedded", 500 * DAY, Due::Nothing),
        ] {
            let seen = Subscription { provider: provider.into(), ..subscription(state) };
            assert_eq!(due(&seen, Instant(at)), expected, "{state:?} by {provider} at {at}");
            let payable = state == PastDue && provider == "embedded";
            assert_eq!(declined_month(&seen), payable.then_some((MONTHS[2], MONTHS[3])), "{state:?} by {provider}");
        }
    }

    #[test]
    fn a_paid_month_moves_its_subscription_on_once() {
        use SubscriptionState::{Active, Cancelling, Ended, PastDue};
        let (paid_for, at) = (plan(1, 1_000, 2_900), Instant(60 * DAY));
        let next = (MONTHS[2], MONTHS[3]);
        let order = |period| order(OrderKind::Plan, &paid_for, period);
        let moved = |state, was_declined| {
            let state_since = if was_declined { at } else { MONTHS[1] };
            let after = Subscription { state_since, period_start: next.0, period_end: next.1, ..subscription(state) };
            Brings::NextMonth { subscription: after, period: next, was_declined }
        };
        let late = |state, period| Brings::LateMonth { subscription: subscription(state), period };
        for (state, period, month_is_paid, expected) in [
            (Active, Some(next), false, moved(Active, false)),
            (Active, Some(next), true, Brings::BoughtCredits),
            (Active, None, false, Brings::BoughtCredits),
            (Cancelling, Some(next), false, moved(Cancelling, false)),
            (PastDue, Some(next), false, moved(Active, true)),
            (Active, Some((MONTHS[0], MONTHS[1])), false, late(Active, (MONTHS[0], MONTHS[1]))),
            (Active, Some((MONTHS[1], MONTHS[2])), false, late(Active, (MONTHS[1], MONTHS[2]))),
            (Ended, Some(next), false, late(Ended, next)),
        ] {
            let known = Known { subscription: Some(subscription(state)), plans: None, month_is_paid };
            assert_eq!(paid(&order(period), known, at), expected, "{state:?} {period:?} {month_is_paid}");
        }
        assert_eq!(paid(&order(Some(next)), Known::default(), at), Brings::BoughtCredits, "the subscription is gone");
    }

    #[test]
    fn a_wish_for_another_plan_begins_with_the_month_that_is_paid_for_it() {
        let (one, other) = (plan(1, 1_000, 2_900), plan(2, 5_000, 9_900));
        for (paid_for, plan_after, next_after) in [(&other, other.id, None), (&one, one.id, Some(other.id))] {
            let before = Subscription { next_plan_id: Some(other.id), ..subscription(SubscriptionState::Active) };
            let known = Known { subscription: Some(before), ..Known::default() };
            let order = order(OrderKind::Plan, paid_for, Some((MONTHS[2], MONTHS[3])));
            let Brings::NextMonth { subscription: after, .. } = paid(&order, known, MONTHS[2]) else {
                panic!("the month does not count")
            };
            assert_eq!((after.plan_id, after.next_plan_id), (plan_after, next_after));
        }
    }

    #[test]
    fn a_first_month_begins_when_it_is_paid_unless_the_provider_says_otherwise() {
        let bought = |period| Order { subscription_id: None, ..order(OrderKind::Plan, &plan(1, 1_000, 2_900), period) };
        for (period, start, end) in
            [(None, MONTHS[1], Instant(59 * DAY)), (Some((MONTHS[0], Instant(30 * DAY))), MONTHS[0], Instant(30 * DAY))]
        {
            let Brings::FirstMonth(begun) = paid(&bought(period), Known::default(), MONTHS[1]) else {
                panic!("nothing begins")
            };
            assert_eq!((begun.period_start, begun.period_end, begun.anchor_day), (start, end, 1));
            assert_eq!((begun.state, begun.state_since), (SubscriptionState::Active, MONTHS[1]));
        }
        let another = Known { subscription: Some(subscription(SubscriptionState::Active)), ..Known::default() };
        assert_eq!(paid(&bought(None), another, MONTHS[1]), Brings::BoughtCredits, "there is a plan already");
    }

    #[test]
    fn an_upgrade_needs_the_plan_the_month_and_the_difference_it_was_ordered_with() {
        let (small, large) = (plan(1, 1_000, 2_900), plan(2, 5_000, 9_900));
        let step = Order {
            credits: Credits::new(4_000).unwrap(),
            amount_minor: 7_000,
            ..order(OrderKind::Upgrade, &large, Some((MONTHS[1], MONTHS[2])))
        };
        let active = || subscription(SubscriptionState::Active);
        let plans = || (small.clone(), large.clone());
        let after = Subscription { plan_id: large.id, ..active() };
        let upgraded = Brings::Upgrade { subscription: after, plan: large.clone() };
        let wish = Subscription { next_plan_id: Some(small.id), ..active() };
        for (order, before, plans, expected) in [
            (step.clone(), active(), plans(), upgraded.clone()),
            (step.clone(), wish, plans(), upgraded),
            (step.clone(), subscription(SubscriptionState::Ended), plans(), Brings::BoughtCredits),
            (Order { period_start: Some(MONTHS[0]), ..step.clone() }, active(), plans(), Brings::BoughtCredits),
            (step.clone(), active(), (large.clone(), large.clone()), Brings::BoughtCredits),
            (Order { amount_minor: 6_999, ..step.clone() }, active(), plans(), Brings::BoughtCredits),
            (Order { credits: small.credits, ..step.clone() }, active(), plans(), Brings::BoughtCredits),
        ] {
            let known = Known { subscription: Some(before), plans: Some(plans), month_is_paid: false };
            assert_eq!(paid(&order, known, MONTHS[1]), expected);
        }
    }

    #[test]
    fn a_declined_renewal_begins_the_grace_and_an_older_or_cancelled_one_does_not() {
        use SubscriptionState::{Active, Cancelling, Ended, PastDue};
        let at = Instant(59 * DAY);
        for (state, month, begins) in [
            (Active, MONTHS[2], true),
            (Active, MONTHS[1], false),
            (Cancelling, MONTHS[2], false),
            (PastDue, MONTHS[2], false),
            (Ended, MONTHS[2], false),
        ] {
            let order = order(OrderKind::Plan, &plan(1, 1_000, 2_900), Some((month, MONTHS[3])));
            let after = declined(&order, &subscription(state), at);
            let grace = after.map(|after| (after.state, after.state_since, after.grace_until));
            assert_eq!(grace, begins.then_some((PastDue, at, Some(Instant(66 * DAY)))), "{state:?} {month:?}");
        }
    }

    #[test]
    fn news_of_the_provider_count_unless_they_are_old_or_too_late() {
        use SubscriptionState::{Active, Cancelling, Ended, PastDue};
        let at = Instant(60 * DAY);
        let told = |cancels_at_period_end, day: i64| ProviderChange {
            cancels_at_period_end,
            plan: None,
            told_at: Instant(day * DAY),
        };
        for (state, change, expected) in [
            (Active, told(true, 41), Some((Cancelling, at))),
            (Active, told(false, 41), Some((Active, MONTHS[1]))),
            (Active, told(true, 39), None),
            (Cancelling, told(false, 40), Some((Active, at))),
            (PastDue, told(true, 41), Some((PastDue, MONTHS[1]))),
            (Ended, told(false, 41), None),
        ] {
            let after = changed(&subscription(state), &change, at);
            assert_eq!(after.map(|after| (after.state, after.state_since)), expected, "{state:?} {change:?}");
        }
        for (named, next) in [(1, None), (2, Some(PlanId(uuid::Uuid::from_u128(2))))] {
            let plan = Some(PlanId(uuid::Uuid::from_u128(named)));
            let after = corrected(&subscription(Active), false, plan, at);
            assert_eq!((after.state, after.next_plan_id), (Active, next));
        }
    }
}
