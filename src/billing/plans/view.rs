//! The plan of the workspace: what it is, what happens next, and what each change costs and gives.

use jiff::tz::TimeZone;
use leptos::{prelude::*, server_fn::ServerFn};

use super::{Plan, Subscription, SubscriptionState, api::ChoosePlan};
use crate::{
    accounts::Right,
    server::time_zone::date_in,
    topics,
    ui::{
        Button, ButtonKind, Confirm, HelpLink, LinkButton, Notice, Panel, Tag, TimeStamp, Tone, count_text,
        credits_text, money_text, unit_price_text,
    },
};

/// What the panel shows.
#[derive(Debug, Clone)]
pub struct PlanPanelData {
    pub plans: Vec<Plan>,
    /// The subscription, its plan, and the plan of the next month.
    pub subscription: Option<(Subscription, Plan, Plan)>,
    pub may_buy: bool,
    /// Whether a payment provider serves that plans can be paid through.
    pub has_provider: bool,
    /// Whether the embedded provider serves.
    pub embedded: bool,
    /// Whether the provider that serves runs the subscription, too.
    pub managed_here: bool,
    /// A payment for a plan is on its way.
    pub pending: bool,
    /// A change has not reached the provider yet.
    pub waiting: bool,
    pub key: String,
    /// The time zone of the workspace.
    pub zone: TimeZone,
}

impl PlanPanelData {
    /// Whether there is anything to show: plans that can be paid, or the one of the workspace.
    pub fn is_shown(&self) -> bool {
        self.subscription.is_some() || (self.has_provider && !self.plans.is_empty())
    }

    /// Whether it says something that must not be missed: a payment that is late or on its way.
    pub fn needs_a_look(&self) -> bool {
        let late = |(subscription, ..): &(Subscription, Plan, Plan)| subscription.state == SubscriptionState::PastDue;
        self.pending || self.waiting || self.subscription.as_ref().is_some_and(late)
    }
}

/// What the provider's own pages are called here.
const PORTAL: &str = "Payment method and invoices";
const PORTAL_HREF: &str = "/settings/cold-email-agent/payment-methods";

/// The panel. Nothing is typed into its forms, so it may be swapped.
#[component]
pub fn PlanPanel(data: PlanPanelData) -> impl IntoView {
    let help = || view! { <HelpLink topic="plans">"How plans work"</HelpLink> };
    if !data.is_shown() {
        return ().into_any();
    }
    let PlanPanelData {
        plans,
        subscription,
        may_buy,
        has_provider,
        embedded,
        managed_here,
        pending,
        waiting,
        key,
        zone,
    } = data;
    let end =
        subscription.as_ref().map(|(subscription, ..)| date_in(subscription.period_end, &zone)).unwrap_or_default();
    let obstacle = if pending {
        Some(
            view! {
                <Notice tone=Tone::Warning title="A payment for your plan is on its way">
                    <p>"Your plan and credits will arrive automatically. You need not pay again."</p>
                </Notice>
            }
            .into_any(),
        )
    } else if waiting {
        Some(
            view! {
                <Notice tone=Tone::Warning title="Your change is on its way to the payment provider">
                    <p>"It does not answer at the moment. The change is kept, and passed on as soon as it does."</p>
                </Notice>
            }
            .into_any(),
        )
    } else if !may_buy {
        Some(view! { <p class="soft">{Right::Buy.refusal()}</p> }.into_any())
    } else {
        None
    };
    let may_change = may_buy && has_provider && !pending;
    let current = subscription.clone().map(|(subscription, plan, coming)| {
        view! { <Current subscription plan coming ends_on=end.clone() may_change=may_change && managed_here embedded /> }
    });
    let offers: Vec<_> = plans
        .into_iter()
        .map(|plan| {
            let subscription = subscription.clone();
            let key = may_change.then(|| key.clone());
            view! { <Offer plan subscription ends_on=end.clone() key managed_here embedded /> }
        })
        .collect();
    let elsewhere = (!managed_here).then(|| {
        view! { <p class="soft">"This plan is paid through another payment provider than the one that serves now, so it cannot be changed here. Ask the operator of this server."</p> }
    });
    view! {
        <Panel
            id="plan"
            live=topics::ORDERS
            title="Monthly plan"
            description="Credits every month. What is left stays for one month more."
            actions=ViewFn::from(help)
        >
            <div class="stack">
                {obstacle} {current} <div class="packages" role="list">
                    {offers}
                </div> {elsewhere}
            </div>
        </Panel>
    }
    .into_any()
}

#[component]
fn Current(
    subscription: Subscription,
    plan: Plan,
    coming: Plan,
    ends_on: String,
    may_change: bool,
    embedded: bool,
) -> impl IntoView {
    let (tone, end) = (tone_of(subscription.state), subscription.period_end);
    let next = match subscription.state {
        SubscriptionState::Cancelling => {
            "The plan ends. Nothing is charged any more, and credits you have stay until they expire.".to_owned()
        }
        SubscriptionState::PastDue => "The payment was declined. Your credits and campaigns go on.".to_owned(),
        _ if coming.id != plan.id => {
            format!("Changes to {}: {} for {}.", coming.name, credits_text(coming.credits.get()), monthly(&coming))
        }
        _ => format!(
            "Renews: {} for {}.",
            credits_text(plan.credits.get()),
            money_text(plan.amount_minor, &plan.currency)
        ),
    };
    let past_due = subscription.grace_until.map(|until| {
        view! { <PastDue until=until.micros() coming=coming.clone() may_change embedded /> }
    });
    let actions =
        may_change.then(|| view! { <Actions subscription=subscription.clone() plan=plan.clone() ends_on embedded /> });
    view! {
        {past_due}
        <dl class="facts">
            <div>
                <dt>"Your plan"</dt>
                <dd>
                    {format!("{}: {} for {} ", plan.name, credits_text(plan.credits.get()), monthly(&plan))}
                    <Tag tone=tone id="plan-state">{subscription.state.label()}</Tag>
                </dd>
            </div>
            <div>
                <dt>"Paid until"</dt>
                <dd><TimeStamp micros=end.micros() date_only=true /></dd>
            </div>
            <div>
                <dt>"Then"</dt>
                <dd id="plan-next">{next}</dd>
            </div>
        </dl>
        {actions}
    }
    .into_any()
}

#[component]
fn PastDue(until: i64, coming: Plan, may_change: bool, embedded: bool) -> impl IntoView {
    let price = money_text(coming.amount_minor, &coming.currency);
    let pay = format!("Pay {price} now");
    let pay = may_change.then(|| match embedded {
        true => view! {
            <form method="post" action="/settings/cold-email-agent/plan/pay" data-submit-once="">
                <Button kind=ButtonKind::Primary>{pay}</Button>
            </form>
        }
        .into_any(),
        // There the open invoice can be paid, also with another card.
        false => view! { <LinkButton href=PORTAL_HREF kind=ButtonKind::Primary>{pay}</LinkButton> }.into_any(),
    });
    view! {
        <Notice tone=Tone::Bad title="The renewal was declined">
            <p>
                "Nothing has changed yet: your credits and campaigns go on. Pay by "
                <TimeStamp micros=until date_only=true />
                {format!(" to keep the plan and get {}.", credits_text(coming.credits.get()))}
            </p>
            {pay}
        </Notice>
    }
    .into_any()
}

#[component]
fn Actions(subscription: Subscription, plan: Plan, ends_on: String, embedded: bool) -> impl IntoView {
    let lost = format!(
        "From {ends_on} you no longer get {} each month. The credits you have stay until they expire.",
        credits_text(plan.credits.get())
    );
    let lost = match subscription.state {
        SubscriptionState::PastDue => {
            "The plan ends now, because its renewal is not paid. The credits you have stay until they expire."
                .to_owned()
        }
        _ => lost,
    };
    let main = if subscription.state == SubscriptionState::Cancelling {
        view! {
            <form method="post" action="/settings/cold-email-agent/plan/resume" data-submit-once="">
                <Button>"Keep the plan"</Button>
            </form>
        }
        .into_any()
    } else {
        view! {
            <Confirm id="cancel-plan" label="Cancel the plan" title="Cancel your plan?" kind=ButtonKind::Quiet>
                <p>{lost}</p>
                <form method="post" action="/settings/cold-email-agent/plan/cancel" data-submit-once="">
                    <Button kind=ButtonKind::Danger>"Cancel my plan"</Button>
                </form>
            </Confirm>
        }
        .into_any()
    };
    let fails = subscription.next_renewal_fails;
    let (value, label) = if fails {
        ("succeeds", "Test: let the next renewal succeed")
    } else {
        ("fails", "Test: let the next renewal fail")
    };
    let portal = (!embedded).then(|| view! { <LinkButton href=PORTAL_HREF>{PORTAL}</LinkButton> });
    let test = (embedded && subscription.state == SubscriptionState::Active).then(|| {
        view! {
            <form method="post" action="/settings/cold-email-agent/plan/test" data-submit-once="">
                <Button kind=ButtonKind::Quiet name="renewal" value=value>{label}</Button>
            </form>
        }
    });
    view! {
        <div class="row">{portal} {main} {test}</div>
    }
    .into_any()
}

#[component]
fn Offer(
    plan: Plan,
    subscription: Option<(Subscription, Plan, Plan)>,
    /// When the month of the plan ends, for people.
    ends_on: String,
    /// Whether and with which key the reader may choose.
    key: Option<String>,
    managed_here: bool,
    embedded: bool,
) -> impl IntoView {
    let unit = unit_price_text(plan.amount_minor, &plan.currency, plan.credits.get());
    let choice = match (&subscription, key) {
        (None, Some(key)) => {
            view! { <ChooseForm plan=plan.id.to_string() key label=format!("Choose {}", plan.name) /> }.into_any()
        }
        (Some((subscription, current, coming)), Some(key)) if subscription.state == SubscriptionState::Active => {
            if managed_here {
                change(&plan, (current, coming), &ends_on, key, embedded)
            } else {
                ().into_any()
            }
        }
        (Some((_, current, _)), _) if current.id == plan.id => {
            view! { <p class="small soft">"Your plan"</p> }.into_any()
        }
        _ => ().into_any(),
    };
    view! {
        <div class="package" role="listitem">
            <p class="package-name soft small">{plan.name.clone()}</p>
            <p class="package-credits">{format!("{} a month", credits_text(plan.credits.get()))}</p>
            <p class="package-price">{money_text(plan.amount_minor, &plan.currency)}</p>
            <p class="package-unit">{format!("a month · {unit} per lead")}</p>
            {choice}
        </div>
    }
    .into_any()
}

/// The way from the plan at hand to `plan`: what it costs and gives, and what is lost.
fn change(plan: &Plan, (current, coming): (&Plan, &Plan), end: &str, key: String, embedded: bool) -> AnyView {
    let id = plan.id.to_string();
    if plan.id == coming.id && plan.id == current.id {
        return view! { <p class="small soft">"Your plan"</p> }.into_any();
    }
    if plan.id == coming.id {
        return view! { <p class="small soft">{format!("Your plan from {end}")}</p> }.into_any();
    }
    if plan.is_upgrade_from(current) {
        let price = money_text(plan.amount_minor - current.amount_minor, &plan.currency);
        let more = credits_text(plan.credits.get() - current.credits.get());
        let text = format!(
            "You pay the whole difference of {price} now and get {more} now. From {end} it is {} for {} each month.",
            credits_text(plan.credits.get()),
            money_text(plan.amount_minor, &plan.currency)
        );
        let charged = (!embedded).then(|| format!("The {price} are charged to the payment method of your plan."));
        let (label, pay) = (format!("Upgrade to {}", plan.name), format!("Pay {price} and upgrade"));
        let title = format!("{label}?");
        return view! {
            <Confirm id=format!("choose-{id}") label=label title=title>
                <p>{text} " " {charged}</p>
                <ChooseForm plan=id.clone() key label=pay kind=ButtonKind::Primary />
            </Confirm>
        }
        .into_any();
    }
    if plan.id == current.id {
        return view! { <ChooseForm plan=id key label=format!("Stay with {}", plan.name) /> }.into_any();
    }
    let text = format!(
        "From {end} you get {} instead of {} each month, for {} instead of {}. Until then everything stays as it is; the credits you have stay until they expire.",
        count_text(plan.credits.get()),
        credits_text(current.credits.get()),
        money_text(plan.amount_minor, &plan.currency),
        money_text(current.amount_minor, &current.currency)
    );
    let change = format!("Change to {} on {end}", plan.name);
    let (label, title) = (format!("Change to {}", plan.name), format!("{change}?"));
    view! {
        <Confirm id=format!("choose-{id}") label=label title=title>
            <p>{text}</p>
            <ChooseForm plan=id.clone() key label=change kind=ButtonKind::Primary />
        </Confirm>
    }
    .into_any()
}

/// The form says which plan; what that means and costs is the server's.
#[component]
fn ChooseForm(plan: String, key: String, label: String, #[prop(optional)] kind: ButtonKind) -> impl IntoView {
    view! {
        <form method="post" action=ChoosePlan::PATH data-submit-once="" data-in-place="">
            <input type="hidden" name="plan" value=plan />
            <input type="hidden" name="key" value=key />
            <Button kind>{label}</Button>
        </form>
    }
    .into_any()
}

fn monthly(plan: &Plan) -> String {
    format!("{} a month", money_text(plan.amount_minor, &plan.currency))
}

fn tone_of(state: SubscriptionState) -> Tone {
    match state {
        SubscriptionState::Active => Tone::Good,
        SubscriptionState::Cancelling => Tone::Warning,
        SubscriptionState::PastDue => Tone::Bad,
        SubscriptionState::Ended => Tone::Neutral,
    }
}
