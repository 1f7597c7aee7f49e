//! What can be bought.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    accounts::Right,
    billing::{Package, api::BuyPackage},
    credits::Runway,
    ui::{
        Button, ButtonKind, EmptyState, HelpLink, Notice, Panel, Tone, count_text, credits_text, money_text,
        unit_price_text,
    },
};

/// Whether the reader can buy here and now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Buying {
    Possible,
    /// The role lacks the right (C25).
    NotAllowed,
    /// The operator has configured no payment provider.
    NoProvider,
}

/// Packages with their prices, and a button for each one that can be bought.
#[component]
pub fn Packages(
    packages: Vec<Package>,
    buying: Buying,
    /// Random, the same for every package of this page: a second click makes no second order.
    purchase_key: String,
    /// The workspace's own pace, for the advice.
    runway: Runway,
) -> impl IntoView {
    let fitting = fitting(&packages, runway);
    let help = || view! { <HelpLink topic="buying">"How buying works"</HelpLink> };
    let obstacle = match buying {
        Buying::Possible => None,
        Buying::NotAllowed => Some(view! { <Notice id="cannot-buy">{Right::Buy.refusal()}</Notice> }.into_any()),
        Buying::NoProvider => Some(
            view! {
                <Notice id="cannot-buy" tone=Tone::Warning title="Nothing can be bought at the moment">
                    <p>"No payment provider is configured on this server. Ask its operator to set one up or to add credits."</p>
                </Notice>
            }
            .into_any(),
        ),
    };
    let list = if packages.is_empty() {
        view! {
            <EmptyState title="No packages are sold at the moment">
                <p>"Ask the operator of this server for credits."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        let possible = buying == Buying::Possible;
        let offers: Vec<_> = packages
            .into_iter()
            .map(|package| {
                let key = possible.then(|| purchase_key.clone());
                let fits = fitting == Some(package.id);
                view! { <Offer package key_to_buy=key fits runway /> }
            })
            .collect();
        view! { <div class="packages" role="list">{offers}</div> }.into_any()
    };
    view! {
        <Panel
            id="packages"
            title="Buy credits"
            description="Paid once. Bought credits never expire."
            actions=ViewFn::from(help)
        >
            <div class="stack">{obstacle} {list}</div>
        </Panel>
    }
    .into_any()
}

/// The smallest package that covers a month at the workspace's own pace.
fn fitting(packages: &[Package], runway: Runway) -> Option<crate::billing::PackageId> {
    let month = runway.month();
    let covers = packages.iter().filter(|package| month > 0 && package.credits.get() >= month);
    covers.min_by_key(|package| package.amount_minor).map(|package| package.id)
}

#[component]
fn Offer(package: Package, key_to_buy: Option<String>, fits: bool, runway: Runway) -> impl IntoView {
    let credits = package.credits.get();
    let price = money_text(package.amount_minor, &package.currency);
    let unit = unit_price_text(package.amount_minor, &package.currency, credits);
    let lasts = Runway { available: package.credits, loss: None, ..runway }.lasts_text();
    view! {
        <div class="package" class:package-fits=fits role="listitem">
            <p class="package-name soft small">
                {(package.title() != package.name).then(|| package.name.clone())}
            </p>
            <p class="package-credits">{credits_text(credits)}</p>
            <p class="package-price">{price}</p>
            <p class="package-unit">{format!("{unit} per lead")}</p>
            {lasts.map(|lasts| view! { <p class="package-unit">{format!("{} {lasts} at your pace", if fits { "Enough for a month: lasts" } else { "Lasts" })}</p> })}
            {key_to_buy
                .map(|key| {
                    let label = format!("Buy {} credits", count_text(credits));
                    view! { <BuyForm package=package.id.to_string() purchase_key=key label /> }
                })}
        </div>
    }
    .into_any()
}

/// The button that orders one package. The form says which one; price and credits are the server's.
#[component]
pub fn BuyForm(package: String, purchase_key: String, label: String) -> impl IntoView {
    view! {
        <form method="post" action=BuyPackage::PATH data-submit-once="" data-in-place="">
            <input type="hidden" name="package" value=package />
            <input type="hidden" name="key" value=purchase_key />
            <Button kind=ButtonKind::Secondary>{label}</Button>
        </form>
    }
    .into_any()
}
