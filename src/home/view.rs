//! The public home page.

use leptos::prelude::*;

use super::picture::Picture;
use crate::ui::{ButtonKind, Icon, LinkButton, Tag, Tone, count_text, money_text, unit_price_text};

/// One package on the price list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    pub credits: i64,
    /// In minor units of `currency`.
    pub price_minor: i64,
    pub currency: String,
}

/// What Fairlead is, how a request goes, what it costs.
#[component]
pub fn Home(
    prices: Vec<Price>,
    /// What comes every month.
    plans: Vec<Price>,
    /// Credits that come with a new workspace.
    free_credits: i64,
) -> impl IntoView {
    view! {
        <div class="home">
            <section class="home-hero">
                <div class="home-hero-text">
                    <p class="home-kind">"The cold email agent on your own server"</p>
                    <h1>"Pay for leads when they arrive."</h1>
                    <p class="home-lead">
                        "Describe the people you want to reach. Fairlead finds them and puts them into your campaign. One credit is one delivered lead; what is not delivered is not charged."
                    </p>
                    <div class="row">
                        <LinkButton href="/signup" kind=ButtonKind::Primary>
                            {sign_up_text(free_credits)}
                        </LinkButton>
                        <a class="home-more" href="/help/credits">
                            "How credits work"
                        </a>
                    </div>
                </div>
                <ReceiptExample />
            </section>
            <Picture />
            <Promises />
            <Way />
            <PriceList prices plans free_credits />
            <Yours />
        </div>
    }
    .into_any()
}

fn sign_up_text(free_credits: i64) -> String {
    match free_credits {
        0 => "Sign up".to_owned(),
        _ => format!("Sign up with {} free credits", count_text(free_credits)),
    }
}

/// A receipt as a customer sees it; its numbers add up.
#[component]
fn ReceiptExample() -> impl IntoView {
    let line = |class: &'static str, name: &'static str, value: &'static str| {
        view! {
            <div class=class>
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    view! {
        <figure class="receipt" aria-label="Example of a receipt">
            <div class="receipt-head">
                <div>
                    <p class="strong">"Heads of Sales, Germany, 50–200 people"</p>
                    <p class="small soft">"500 leads requested"</p>
                </div>
                <Tag tone=Tone::Good>"Done"</Tag>
            </div>
            <div class="receipt-columns">
                <dl class="facts facts-sum">
                    {line("", "Delivered", "486")}
                    {line("", "You own them already", "9")}
                    {line("", "No longer match", "5")}
                    {line("facts-total", "Matched", "500")}
                </dl>
                <dl class="facts facts-sum">
                    {line("", "Credits held", "500")}
                    {line("", "Spent, one per delivered lead", "−486")}
                    {line("facts-total", "Back in your balance", "14")}
                </dl>
            </div>
        </figure>
    }
    .into_any()
}

/// What makes the credits trustworthy, in three sentences.
#[component]
fn Promises() -> impl IntoView {
    let promise = |title: &'static str, text: &'static str| {
        view! {
            <li>
                <h2>{title}</h2>
                <p>{text}</p>
            </li>
        }
    };
    view! {
        <ul class="promises">
            {promise(
                "A ceiling before you confirm",
                "Every request shows how many people match and the most it can cost. It never costs more.",
            )}
            {promise(
                "One person, one credit, for ever",
                "A person already in your workspace is never charged again, in any campaign.",
            )}
            {promise(
                "Every credit explained",
                "The statement lists each movement with its cause and the balance after it. Click a number to see what is behind it.",
            )}
        </ul>
    }
    .into_any()
}

/// How a request goes, from description to leads.
#[component]
fn Way() -> impl IntoView {
    let step = |title: &'static str, text: &'static str| {
        view! {
            <li>
                <h3>{title}</h3>
                <p>{text}</p>
            </li>
        }
    };
    view! {
        <section class="home-section" aria-labelledby="way">
            <h2 id="way">"From description to leads"</h2>
            <ol class="way">
                {step(
                    "Describe",
                    "Job titles, seniority, company size, industry, place, keywords. The count changes as you type; looking is free.",
                )}
                {step("Check", "See samples and the quote: matches, the most it can cost, your balance after it.")}
                {step("Request", "Credits are set aside. Leads appear in your campaign while you watch, or while you do not.")}
                {step("Read the receipt", "Delivered, skipped and why. What was not needed is back in your balance.")}
            </ol>
        </section>
    }
    .into_any()
}

#[component]
fn PriceList(prices: Vec<Price>, plans: Vec<Price>, free_credits: i64) -> impl IntoView {
    if prices.is_empty() {
        return ().into_any();
    }
    let packages: Vec<_> = prices.into_iter().map(|price| offer(price, "credits")).collect();
    let plans: Vec<_> = plans.into_iter().map(|plan| offer(plan, "credits every month")).collect();
    let plans = (!plans.is_empty()).then(|| {
        view! {
            <p class="soft">"Or every month: what is left over rolls over once."</p>
            <ul class="packages">{plans}</ul>
        }
    });
    view! {
        <section class="home-section" aria-labelledby="prices">
            <h2 id="prices">"Prices"</h2>
            <p class="soft">
                "Buy credits when you need them; they do not expire. "
                {(free_credits > 0).then(|| format!("The first {} are free.", count_text(free_credits)))}
            </p>
            <ul class="packages">{packages}</ul>
            {plans}
            <p class="small soft">"Searching, counting and looking at samples cost nothing."</p>
        </section>
    }
    .into_any()
}

fn offer(Price { credits, price_minor, currency }: Price, what: &'static str) -> impl IntoView {
    view! {
        <li class="package">
            <p class="package-credits">{format!("{} {what}", count_text(credits))}</p>
            <p class="package-price">{money_text(price_minor, &currency)}</p>
            <p class="package-unit">{format!("{} per lead", unit_price_text(price_minor, &currency, credits))}</p>
        </li>
    }
}

/// Whose it is.
#[component]
fn Yours() -> impl IntoView {
    view! {
        <section class="home-section home-yours" aria-labelledby="yours">
            <h2 id="yours">"On your own server"</h2>
            <ul class="home-checks">
                <li>
                    <Icon name="check" />
                    "Open source, under the Apache 2.0 licence"
                </li>
                <li>
                    <Icon name="check" />
                    "One program with its database inside; Postgres when you grow"
                </li>
                <li>
                    <Icon name="check" />
                    "Your contacts, campaigns and credits never leave it"
                </li>
                <li>
                    <Icon name="check" />
                    "Works without JavaScript, in light and dark, on a phone"
                </li>
            </ul>
        </section>
    }
    .into_any()
}
