//! The planner: how many credits are needed, and which package or plan covers them.

use leptos::prelude::*;

use crate::{
    billing::planner::{Advice, Need, Question},
    credits::{
        MonthUsed,
        sections::{CreditsSection, SectionTabs},
    },
    fields::FieldErrors,
    topics,
    ui::{
        Button, ButtonKind, Field, FormErrors, HelpLink, LinkButton, PageHeader, Panel, count_text, credits_text,
        money_text, plural, unit_price_text,
    },
};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct PlannerPageData {
    pub question: Question,
    pub errors: FieldErrors,
    /// The answer, when the question could be understood.
    pub need: Option<Need>,
    /// The cheapest first.
    pub advice: Vec<Advice>,
    pub available: i64,
    /// What the workspace used in the last thirty days, once there is enough to go by.
    pub used: Option<MonthUsed>,
}

/// The page.
#[component]
pub fn PlannerPage(data: PlannerPageData) -> impl IntoView {
    let PlannerPageData { question, errors, need, advice, available, used } = data;
    let history = used.map(|used| {
        let campaigns = plural(used.campaigns, "campaign", "campaigns");
        let text =
            format!("In the last thirty days this workspace used {} for {campaigns}. ", credits_text(used.credits));
        view! {
            <p class="small soft" id="planner-history">
                {text} <a href="/settings/cold-email-agent/planner">"Plan from that"</a>
            </p>
        }
    });
    view! {
        <PageHeader title="Credit planner" subtitle="How many credits a month of outreach needs.">
            <HelpLink topic="planning">"How to plan"</HelpLink>
        </PageHeader>
        <SectionTabs current=CreditsSection::Planner />
        <div class="columns">
            <Panel title="Your month">
                <form class="form" method="get" action="/settings/cold-email-agent/planner">
                    <FormErrors errors=&errors />
                    {history}
                    <Field
                        label="New contacts per month, for each campaign"
                        name="contacts"
                        inputmode="numeric"
                        value=question.contacts
                        error=errors.of("contacts")
                    />
                    <Field
                        label="Campaigns"
                        name="campaigns"
                        inputmode="numeric"
                        value=question.campaigns
                        error=errors.of("campaigns")
                    />
                    <Field
                        label="Test buffer, in percent"
                        name="buffer"
                        inputmode="numeric"
                        value=question.buffer
                        error=errors.of("buffer")
                        hint="For small test batches before you scale up; 10 is a good start"
                    />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary>"Calculate"</Button>
                    </div>
                </form>
            </Panel>
            {need.map(|need| view! { <Answer need advice available /> })}
        </div>
    }
    .into_any()
}

#[component]
fn Answer(need: Need, advice: Vec<Advice>, available: i64) -> impl IntoView {
    let advice = advice.into_iter().enumerate().map(|(at, advice)| view! { <Fitting advice cheapest=at == 0 /> });
    let advice: Vec<_> = advice.collect();
    let campaigns = plural(need.campaigns, "campaign", "campaigns");
    view! {
        <Panel title="What you need" id="plan">
            <div class="stack">
                <dl class="facts facts-sum">
                    <div>
                        <dt>{format!("{} contacts for {campaigns}", count_text(need.contacts))}</dt>
                        <dd>{count_text(need.leads())}</dd>
                    </div>
                    <div>
                        <dt>{format!("Test buffer of {}%", need.buffer_percent)}</dt>
                        <dd>{count_text(need.buffer())}</dd>
                    </div>
                    <div class="facts-total">
                        <dt>"Credits per month"</dt>
                        <dd>{count_text(need.credits())}</dd>
                    </div>
                </dl>
                {advice}
                <p class="small soft" id="planner-available" data-live=topics::CREDITS>
                    {format!(
                        "You have {} available now. Leads you own already, people who do not match and addresses that do not work cost nothing.",
                        credits_text(available),
                    )}
                </p>
                <div class="row">
                    <LinkButton href="/settings/cold-email-agent#packages">"See the packages"</LinkButton>
                    <LinkButton href="/settings/cold-email-agent#plan">"See the plans"</LinkButton>
                </div>
            </div>
        </Panel>
    }
    .into_any()
}

#[component]
fn Fitting(advice: Advice, cheapest: bool) -> impl IntoView {
    let amount = advice.amount_minor();
    let (what, price, unit, after) = match advice {
        Advice::Packages(package, times) => {
            let credits = credits_text(package.credits.get().saturating_mul(times));
            let named = match package.title() == package.name {
                true => format!("package of {}", package.name),
                false => format!("package {}", package.name),
            };
            let what = match times {
                1 => format!("The {named}: {credits}"),
                times => format!("{times} × the {named}: {credits} together"),
            };
            let unit = unit_price_text(package.amount_minor, &package.currency, package.credits.get());
            (what, money_text(amount, &package.currency), unit, "Paid once; what is left over does not expire.")
        }
        Advice::Plan(plan) => {
            let what = format!("The plan {}: {}", plan.name, credits_text(plan.credits.get()));
            let unit = unit_price_text(amount, &plan.currency, plan.credits.get());
            let price = format!("{} a month", money_text(amount, &plan.currency));
            (what, price, unit, "Paid every month; what is left over rolls over, up to twice a month’s credits.")
        }
    };
    let cover = if cheapest { "covers this month at the lowest price." } else { "covers it too." };
    view! {
        <p>
            <span class="strong">{what}</span>
            {format!(" for {price} ({unit} per lead) {cover} {after}")}
        </p>
    }
    .into_any()
}
