//! Automatic top-up: in short on the settings page, and the page with its form.

use leptos::prelude::*;

use crate::{
    accounts::Right,
    billing::{Package, top_up::TopUp, top_up_pages::Wish},
    fields::FieldErrors,
    topics,
    ui::{
        Button, ButtonKind, Checkbox, Field, FormErrors, HelpLink, Notice, PageHeader, Panel, Select, Tag, TimeStamp,
        Tone, count_text, credits_text, money_text,
    },
};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct TopUpPageData {
    pub rule: Option<TopUp>,
    pub packages: Vec<Package>,
    pub wish: Wish,
    /// What is bought at once, to be agreed to.
    pub notice: Option<String>,
    pub errors: FieldErrors,
    pub may_buy: bool,
    /// Whether the provider is the embedded one; `None` when there is no provider.
    pub provider: Option<bool>,
}

/// The state in a line, with the way to the page.
#[component]
pub fn TopUpPanel(rule: Option<TopUp>, packages: Vec<Package>) -> impl IntoView {
    let change = || view! { <a href="/settings/cold-email-agent/top-up">"Set up"</a> };
    view! {
        <Panel id="top-up" live=topics::ORDERS title="Automatic top-up" actions=ViewFn::from(change)>
            <Rule rule packages />
        </Panel>
    }
    .into_any()
}

#[component]
fn Rule(rule: Option<TopUp>, packages: Vec<Package>) -> impl IntoView {
    let Some(rule) = rule.filter(|rule| rule.active || rule.reason.is_some()) else {
        return view! {
            <p><Tag>"Off"</Tag>" Nothing is bought automatically. Switch it on so that requests do not wait for credits."</p>
        }
        .into_any();
    };
    if let Some(reason) = rule.reason {
        let reason = reason.sentence();
        return view! {
            <p><Tag tone=Tone::Bad>"Stopped"</Tag>{format!(" {reason} Nothing is bought automatically until it is switched on again.")}</p>
        }
        .into_any();
    }
    let package = packages.into_iter().find(|package| package.id == rule.package_id);
    let currency = package.as_ref().map_or_else(|| "USD".to_owned(), |package| package.currency.clone());
    let (what, price) = package.map_or_else(
        || ("a package that is no longer sold".to_owned(), String::new()),
        |package| {
            (
                credits_text(package.credits.get()),
                format!(" for {}", money_text(package.amount_minor, &package.currency)),
            )
        },
    );
    let below = count_text(rule.threshold.get());
    let limit = money_text(rule.limit_minor, &currency);
    view! {
        <p>
            <Tag tone=Tone::Good>"On"</Tag>
            {format!(" Buys {what}{price} whenever fewer than {below} credits are available, at most {limit} in a calendar month.")}
        </p>
        <p class="small soft">
            {format!("{} agreed to this on ", rule.consent_name.unwrap_or_else(|| "A former member".into()))}
            <TimeStamp micros=rule.consent_at.micros() date_only=true /> "."
        </p>
    }
    .into_any()
}

/// The page.
#[component]
pub fn TopUpPage(data: TopUpPageData) -> impl IntoView {
    let TopUpPageData { rule, packages, wish, notice, errors, may_buy, provider } = data;
    let active = rule.as_ref().is_some_and(|rule| rule.active);
    let form = match (provider, may_buy, packages.is_empty()) {
        (None, ..) => {
            view! { <Notice tone=Tone::Warning title="No payment provider is configured on this server" /> }.into_any()
        }
        (_, false, _) => view! { <Notice>{Right::Buy.refusal()}</Notice> }.into_any(),
        (_, _, true) => view! { <Notice title="No packages are sold at the moment" /> }.into_any(),
        (Some(embedded), ..) => {
            view! { <RuleForm packages=packages.clone() wish notice errors active embedded /> }.into_any()
        }
    };
    let off = (active && may_buy).then(|| {
        view! {
            <form method="post" action="/settings/cold-email-agent/top-up/off" data-submit-once="">
                <Button>"Switch it off"</Button>
            </form>
        }
    });
    view! {
        <PageHeader
            title="Automatic top-up"
            subtitle="Buys a package automatically before credits run out."
            back_href="/settings/cold-email-agent"
            back_label="Cold Email Agent"
        >
            <HelpLink topic="plans">"How top-up works"</HelpLink>
        </PageHeader>
        <div class="stack">
            <Panel title="Now" id="top-up-now" live=topics::ORDERS>
                <Rule rule packages />
            </Panel>
            {off} {form}
        </div>
    }
    .into_any()
}

#[component]
fn RuleForm(
    packages: Vec<Package>,
    wish: Wish,
    notice: Option<String>,
    errors: FieldErrors,
    active: bool,
    embedded: bool,
) -> impl IntoView {
    let currency = packages.first().map(|package| package.currency.clone()).unwrap_or_default();
    let options: Vec<_> = packages
        .iter()
        .map(|package| {
            let price = money_text(package.amount_minor, &package.currency);
            (package.id.to_string(), format!("{} for {price}", package.title()))
        })
        .collect();
    let method = if embedded {
        "Test payments: no money moves on this server."
    } else {
        "Paid with the saved payment method: that of your plan, or of the first purchase after you agreed here."
    };
    view! {
        <Panel title=if active { "Change it" } else { "Switch it on" } description=method>
            <form class="form" method="post" action="/settings/cold-email-agent/top-up" data-submit-once="">
                <FormErrors errors=&errors />
                {notice.map(|notice| view! { <Notice tone=Tone::Warning id="buys-now" title=notice /> })}
                <input type="hidden" name="seen" value=wish.seen.to_string() />
                <Field
                    label="When fewer credits are available than"
                    name="threshold"
                    inputmode="numeric"
                    required=true
                    value=wish.threshold
                    error=errors.of("threshold")
                />
                <Select label="Buy" name="package" options selected=wish.package error=errors.of("package") />
                <Field
                    label="At most, in a calendar month"
                    name="limit"
                    inputmode="decimal"
                    required=true
                    hint=format!("In {currency}. The month is counted in UTC")
                    value=wish.limit
                    error=errors.of("limit")
                />
                <Checkbox
                    label="I agree that these payments are made without asking again"
                    name="consent"
                    hint="You can switch it off here at any time. It switches itself off after a declined payment."
                    error=errors.of("consent")
                />
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary>{if active { "Save" } else { "Switch on" }}</Button>
                </div>
            </form>
        </Panel>
    }
    .into_any()
}
