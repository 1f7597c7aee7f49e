//! Settings › Cold Email Agent: what there is, what is under way, what can be bought.

use leptos::prelude::*;

use super::{
    fold::Fold,
    packages::{Buying, Packages},
    top_up::TopUpPanel,
};
use crate::{
    billing::{
        Order, Package,
        plans::{PlanPanel, PlanPanelData},
        top_up::TopUp,
    },
    credits::{
        Balance, Lot, Runway, Usage,
        alerts::runway_view::Outlook,
        sections::{CreditsSection, SectionTabs},
        statement::{
            balance_figures::BalanceFigures,
            recent::{Recent, RecentMovement},
        },
        usage::view::UsagePanel,
    },
    topics,
    ui::{ButtonKind, HelpLink, LinkButton, Notice, PageHeader, Tone, credits_text, money_text},
};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct SettingsPageData {
    pub balance: Balance,
    pub runway: Runway,
    pub usage: Usage,
    /// Whether the address asks for bars of the chart.
    pub usage_is_asked: bool,
    pub open_holds: i64,
    /// In draw order.
    pub drawable: Vec<Lot>,
    pub recent: Vec<RecentMovement>,
    pub plan: PlanPanelData,
    pub top_up: Option<TopUp>,
    pub packages: Vec<Package>,
    /// Orders whose payment is on its way.
    pub pending: Vec<Order>,
    pub buying: Buying,
    pub purchase_key: String,
}

/// The page.
#[component]
pub fn SettingsPage(data: SettingsPageData) -> impl IntoView {
    let runway = data.runway;
    let (plan_shown, has_plan) = (data.plan.is_shown(), data.plan.subscription.is_some());
    let plan_open = data.plan.needs_a_look();
    let top_up_stopped = data.top_up.as_ref().is_some_and(|rule| rule.reason.is_some());
    let plan = plan_shown.then(|| {
        view! {
            <Fold title="Monthly plan" open=plan_open>
                <PlanPanel data=data.plan />
            </Fold>
        }
    });
    // What expires first is drawn first.
    let next_expiry = data.drawable.first().filter(|lot| lot.expires_at.is_some()).cloned();
    view! {
        <PageHeader title="Cold Email Agent" subtitle="One credit pays for one delivered lead. Nothing else costs credits.">
            <HelpLink topic="credits">"How credits work"</HelpLink>
        </PageHeader>
        <SectionTabs current=CreditsSection::Overview />
        <div class="stack">
            <PendingOrders orders=data.pending />
            <div class="balance-first">
                <div class="balance-now">
                    <BalanceFigures balance=data.balance open_holds=data.open_holds />
                    <Ways plans=plan_shown has_plan />
                </div>
                <Outlook runway next_expiry />
            </div>
            <div class="offers">
                <Packages
                    packages=data.packages.clone()
                    buying=data.buying
                    purchase_key=data.purchase_key
                    runway
                />
                {plan}
            </div>
            <Fold title="Automatic top-up" open=top_up_stopped>
                <TopUpPanel rule=data.top_up packages=data.packages />
            </Fold>
            <div class="offers">
                <Fold title="Usage" open=data.usage_is_asked>
                    <UsagePanel usage=data.usage />
                </Fold>
                <Fold title="Recent movements">
                    <Recent rows=data.recent />
                </Fold>
            </div>
            <p class="soft small" id="always-free">
                "Always free: searching, counting, previewing, importing your own file, and sending."
            </p>
        </div>
    }
    .into_any()
}

/// The two ways to more credits; both stay on this page.
#[component]
fn Ways(
    /// Whether plans can be had, and whether there is one.
    plans: bool,
    has_plan: bool,
) -> impl IntoView {
    let choose = if has_plan { "Upgrade plan" } else { "Choose a plan" };
    let plans = plans.then(|| view! { <LinkButton href="#plan">{choose}</LinkButton> });
    view! {
        <div class="balance-ways">
            <LinkButton href="#packages" kind=ButtonKind::Primary>"Buy credits"</LinkButton>
            {plans}
        </div>
    }
    .into_any()
}

/// Says what is on its way, on top of the page, until it is there (C18).
#[component]
fn PendingOrders(orders: Vec<Order>) -> impl IntoView {
    let notices: Vec<_> = orders
        .into_iter()
        .map(|order| {
            let what = credits_text(order.credits.get());
            let price = money_text(order.amount_minor, &order.currency);
            view! {
                <Notice tone=Tone::Warning title=format!("Payment pending: {what} for {price}")>
                    <p>
                        "Pending since " <crate::ui::TimeStamp micros=order.state_since.micros() />
                        ". The credits arrive as soon as the payment does; this page updates automatically."
                    </p>
                </Notice>
            }
        })
        .collect();
    let none = notices.is_empty();
    view! {
        <div id="pending-orders" data-live=topics::ORDERS class="stack" hidden=none>
            {notices}
        </div>
    }
    .into_any()
}
