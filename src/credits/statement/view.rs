//! The statement: every movement, with filters in the address (rule C23).

use leptos::prelude::*;

use super::movements::Movements;
use crate::{
    accounts::UserId,
    credits::{
        Bucket, CampaignId, KindTotal, RequestSum, StatementQuery, StatementRow, TransferKind,
        sections::{CreditsSection, SectionTabs},
    },
    fields::FieldErrors,
    server::paging::PageOf,
    ui::{
        Button, ButtonKind, EmptyState, Field, FormErrors, HelpLink, Icon, LinkButton, OlderPages, PageHeader, Panel,
        Select, count_text, format::signed_text, plural,
    },
};

/// What the statement shows.
#[derive(Debug, Clone, Default)]
pub struct StatementPageData {
    pub query: StatementQuery,
    pub errors: FieldErrors,
    pub list: PageOf<StatementRow>,
    pub campaigns: Vec<(CampaignId, String)>,
    pub members: Vec<(UserId, String)>,
    /// What all movements that fit come to, also those on other pages.
    pub totals: Vec<KindTotal>,
    /// The part of the balance that was asked for.
    pub of: Option<Bucket>,
    /// Where nothing narrows the statement, what each lead request comes to: it is one row.
    pub requests: Vec<RequestSum>,
    /// The time zone that days are of.
    pub zone: String,
}

/// Every movement of credits.
#[component]
pub fn StatementPage(data: StatementPageData) -> impl IntoView {
    let StatementPageData { query, errors, list, campaigns, members, totals, of, requests, zone } = data;
    let failed = !errors.is_empty();
    let csv = query.csv_address();
    let filters = view! { <Filters query=query.clone() errors campaigns members zone /> };
    let list = (!failed).then(|| view! { <List query list totals of requests /> });
    view! {
        <PageHeader title="Credit statement" subtitle="Where the credits of this workspace came from and went, newest first. A lead request is one entry that opens into its movements.">
            {(!failed)
                .then(|| {
                    view! {
                        <LinkButton href=csv download=true id="export">
                            <Icon name="download" />
                            "Export CSV"
                        </LinkButton>
                    }
                })}
        </PageHeader>
        <SectionTabs current=CreditsSection::Statement />
        <div class="stack">{filters} {list}</div>
    }
    .into_any()
}

#[component]
fn Filters(
    query: StatementQuery,
    errors: FieldErrors,
    campaigns: Vec<(CampaignId, String)>,
    members: Vec<(UserId, String)>,
    zone: String,
) -> impl IntoView {
    let all = |label: &str| vec![(String::new(), label.to_owned())];
    let mut kinds = all("Every movement");
    kinds.extend(TransferKind::ALL.map(|kind| (kind.word().to_owned(), kind.label().to_owned())));
    let mut campaign_options = all("Every campaign");
    campaign_options.extend(campaigns.into_iter().map(|(id, name)| (id.to_string(), name)));
    let mut member_options = all("Everybody");
    member_options.extend(members.into_iter().map(|(id, name)| (id.to_string(), name)));
    // Two filters have no field to link to.
    let summary: Vec<_> = errors
        .iter()
        .map(|(field, text)| {
            let shown = ["from", "to", "kind", "campaign", "member"].contains(&field);
            let field = if shown { field } else { "" };
            (field.to_owned(), text.to_owned())
        })
        .collect();
    let filtered = query.is_filtered();
    let hidden: Vec<_> = query
        .hidden()
        .into_iter()
        .map(|(what, name, text)| {
            let without = query.without(name);
            view! {
                <input type="hidden" name=name value=text />
                <p class="small">
                    <span class="strong">{format!("Only {what}. ")}</span>
                    <a href=without>"Show all of them"</a>
                </p>
            }
        })
        .collect();
    view! {
        <Panel>
            <form class="stack" method="get" action="/settings/cold-email-agent/statement">
                <FormErrors errors=summary />
                <div class="form-row">
                    <Field label=format!("First day ({zone})") name="from" kind="date" value=query.from error=errors.of("from") />
                    <Field label=format!("Last day ({zone})") name="to" kind="date" value=query.to error=errors.of("to") />
                    <Select label="Movement" name="kind" options=kinds selected=query.kind error=errors.of("kind") />
                    <Select
                        label="Campaign"
                        name="campaign"
                        options=campaign_options
                        selected=query.campaign
                        error=errors.of("campaign")
                    />
                    <Select
                        label="By"
                        name="member"
                        options=member_options
                        selected=query.member
                        error=errors.of("member")
                    />
                </div>
                {hidden}
                <div class="form-actions">
                    <Button kind=ButtonKind::Secondary>"Show"</Button>
                    {filtered
                        .then(|| view! { <a href="/settings/cold-email-agent/statement">"Show everything"</a> })}
                    <HelpLink topic="credits">"What the movements mean"</HelpLink>
                </div>
            </form>
        </Panel>
    }
    .into_any()
}

#[component]
fn List(
    query: StatementQuery,
    list: PageOf<StatementRow>,
    totals: Vec<KindTotal>,
    of: Option<Bucket>,
    requests: Vec<RequestSum>,
) -> impl IntoView {
    // Only the newest page can change.
    let live = query.before.is_empty().then(|| "credits".to_owned());
    if list.rows.is_empty() {
        return view! { <Panel id="movements" live=live><Nothing filtered=query.is_filtered() /></Panel> }.into_any();
    }
    let all: i64 = totals.iter().map(|total| total.movements).sum();
    let shown = i64::try_from(list.rows.len()).unwrap_or(i64::MAX);
    let count = match all {
        0 if !query.is_filtered() => plural(shown, "entry", "entries"),
        0 => plural(shown, "movement", "movements"),
        all => format!("{} of {}", count_text(shown), plural(all, "movement", "movements")),
    };
    let last = list.last_before_more().map(|row| row.transfer.seq);
    let older = last.map(|seq| query.address(Some(seq)));
    let range = if list.more { count } else { format!("{count}, the oldest last") };
    let newest = (!query.before.is_empty()).then(|| query.address(None));
    view! {
        <Panel id="movements" live=live flush=true>
            {(all > 0).then(|| view! { <Totals totals of /> })}
            <Movements rows=list.rows requests />
            <OlderPages range=range newest=newest older=older />
        </Panel>
    }
    .into_any()
}

/// What all movements that fit come to: of one part of the balance as an equation, otherwise by kind.
#[component]
fn Totals(totals: Vec<KindTotal>, of: Option<Bucket>) -> impl IntoView {
    let mut sum: i64 = 0;
    let mut parts = Vec::new();
    for kind in TransferKind::ALL {
        let Some(total) = totals.iter().find(|total| total.kind == kind) else { continue };
        let change = match of {
            Some(bucket) if kind.buckets().0 == bucket => -total.credits,
            _ => total.credits,
        };
        sum = sum.saturating_add(change);
        let text = if of.is_some() { signed_text(change) } else { count_text(change) };
        parts.push(view! {
            <li>
                {kind.label()} " " <span class="strong number">{text}</span>
            </li>
        });
    }
    let result = of.map(|_| {
        view! {
            <li id="statement-sum">
                "Together " <span class="strong number">{count_text(sum)}</span>
            </li>
        }
    });
    view! {
        <ul class="statement-totals" aria-label="All movements that fit">
            {parts}
            {result}
        </ul>
    }
    .into_any()
}

#[component]
fn Nothing(filtered: bool) -> impl IntoView {
    if filtered {
        view! {
            <EmptyState title="No movement fits these filters">
                <p>"Choose more days or another movement."</p>
                <LinkButton href="/settings/cold-email-agent/statement">"Show everything"</LinkButton>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <EmptyState title="No credits have moved yet">
                <p>"Buy credits or request leads; each movement is listed here with its cause."</p>
                <LinkButton href="/settings/cold-email-agent#packages" kind=ButtonKind::Primary>
                    "Buy credits"
                </LinkButton>
            </EmptyState>
        }
        .into_any()
    }
}
