//! One lead: as it was delivered, where it came from, what paid for it, and what can be done about a bad one.

use leptos::prelude::*;

use super::report::{Report, ReportReason, ReportState};
use crate::{
    campaigns::leads::lead::LeadTrail,
    credits::Credits,
    directory::{LawfulBasis, Seniority},
    fields::FieldErrors,
    ui::{
        Button, ButtonKind, Choice, Confirm, HelpLink, PageHeader, Panel, RadioGroup, Tag, TextArea, TimeStamp, Tone,
        count_text, credits_text, format::civil_date_text,
    },
};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct LeadPageData {
    pub trail: LeadTrail,
    pub report: Option<Report>,
    pub may_spend: bool,
    pub may_reveal: bool,
    pub returnable: bool,
    /// Hours of the return window.
    pub return_hours: u64,
    /// The report as typed, with what to change.
    pub reason: String,
    pub note: String,
    pub errors: FieldErrors,
}

/// The page.
#[component]
pub fn LeadPage(
    data: LeadPageData,
    /// What others show of the lead.
    panel: AnyView,
) -> impl IntoView {
    let LeadPageData { trail, report, may_spend, may_reveal, returnable, return_hours, reason, note, errors } = data;
    let campaign = trail.campaign_id;
    let name = format!("{} {}", trail.lead.first_name, trail.lead.last_name);
    let subtitle = [trail.lead.title.clone(), trail.lead.company.clone()];
    let subtitle = subtitle.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
    let reportable = may_spend && report.is_none() && trail.refunded_at.is_none() && trail.request_id.is_some();
    let report_form = reportable.then(|| view! { <ReportForm trail=trail.clone() reason note errors /> });
    let back = (may_spend && returnable).then(|| view! { <ReturnOne trail=trail.clone() hours=return_hours /> });
    let reported = report.map(|report| view! { <Reported report /> });
    let (record, paid) =
        (view! { <Record trail=trail.clone() may_reveal returnable /> }, view! { <Trail trail=trail.clone() /> });
    view! {
        <PageHeader title=name subtitle=subtitle back_href=format!("/campaigns/{campaign}/leads") back_label=trail.campaign_name.clone()>
            <HelpLink topic="quality">"Bad leads and returns"</HelpLink>
        </PageHeader>
        <div class="split">
            <div class="stack-loose">{panel} {record} {reported} {report_form}</div>
            <div class="stack-loose">{paid} {back}</div>
        </div>
    }
}

#[component]
fn Record(trail: LeadTrail, may_reveal: bool, returnable: bool) -> impl IntoView {
    let lead = trail.lead.clone();
    let departments = lead.departments.iter().map(|one| one.label()).collect::<Vec<_>>().join(", ");
    let place = [&lead.city, &lead.region, &lead.country];
    let place = place.into_iter().filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>().join(", ");
    let returned = lead.returned_at.is_some();
    let mut facts = vec![
        ("Job title", lead.title.clone()),
        ("Seniority", lead.seniority.map(Seniority::label).unwrap_or_default().to_owned()),
        ("Departments", departments),
        ("Company", lead.company.clone()),
        ("Website", lead.domain.clone()),
        ("Company size", lead.size()),
        ("Industry", lead.industry.clone()),
        ("Location", place),
    ];
    if !returned {
        // What was given back is not shown any more.
        let address = format!("{} ({})", lead.address(), lead.email_status.label());
        facts.insert(0, ("Address", address));
        facts.extend([("LinkedIn", lead.profile().to_owned()), ("Phone", lead.phone_number().to_owned())]);
    }
    let facts: Vec<_> = facts
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(label, value)| view! { <div><dt>{label}</dt><dd>{value}</dd></div> })
        .collect();
    let state = match (returned, trail.refunded_at.is_some()) {
        (false, false) if lead.revealed_at.is_none() => view! { <Tag tone=Tone::Info>"Not revealed"</Tag> }.into_any(),
        (true, _) => view! { <Tag tone=Tone::Neutral>"Returned"</Tag> }.into_any(),
        (false, true) => view! { <Tag tone=Tone::Warning>"Bad, paid back"</Tag> }.into_any(),
        (false, false) => view! { <Tag tone=Tone::Good>"Yours"</Tag> }.into_any(),
    };
    let (title, description) = match trail.lead.list_id {
        None => ("As delivered", "A copy of the moment of delivery; later changes in the directory do not change it."),
        Some(_) => ("As in your list", "A copy of the row of your file."),
    };
    view! {
        <Panel title=title description=description>
            <div class="stack-tight">
                <p id="lead-state">{state}</p>
                <dl class="facts">{facts}</dl>
                {(!returned).then(|| view! { <Reveal trail may_reveal returnable /> })}
            </div>
        </Panel>
    }
}

/// What is hidden, and the button that shows it.
#[component]
fn Reveal(trail: LeadTrail, may_reveal: bool, returnable: bool) -> impl IntoView {
    let lead = trail.lead;
    if let Some(at) = lead.revealed_at {
        let by = trail.revealed_by.map(|name| format!(" by {name}"));
        return lead.list_id.is_none().then(|| {
            view! { <p class="small soft">"Revealed " <TimeStamp micros=at.micros() /> {by} ", so it cannot be returned."</p> }
        }).into_any();
    }
    let sentence = if returnable {
        "Address, profile and phone number are hidden. Until a member reveals them, this lead can be returned."
    } else {
        "Address, profile and phone number are hidden until a member reveals them."
    };
    let button = may_reveal.then(|| {
        view! {
            <form method="post" action=format!("/leads/{}/reveal", lead.id) data-submit-once="">
                <Button kind=ButtonKind::Primary>"Reveal address"</Button>
            </form>
        }
    });
    view! { <p class="small soft">{sentence}</p> {button} }.into_any()
}

#[component]
fn Trail(trail: LeadTrail) -> impl IntoView {
    let Some(request) = trail.request_id else {
        return view! { <FromOwnList trail /> }.into_any();
    };
    let price = trail.price.map_or(0, Credits::get);
    let paid = match trail.charge_seq {
        Some(seq) => format!("{} by movement {}", credits_text(price), count_text(seq)),
        None => "No movement is known".to_owned(),
    };
    let statement = format!("/settings/cold-email-agent/statement?request={request}");
    let lot = trail.lot_kind.map(|kind| view! { <div><dt>"From your credits"</dt><dd>{kind.label()}</dd></div> });
    let refunded = trail.refunded_at.map(|at| {
        let label = if trail.lead.returned_at.is_some() { "Returned and paid back" } else { "Paid back" };
        view! { <div><dt>{label}</dt><dd><TimeStamp micros=at.micros() /></dd></div> }
    });
    let delivered = trail.lead.delivered_at.micros();
    let day = trail.collected_on.clone().filter(|day| !day.is_empty()).map(|day| civil_date_text(&day));
    let basis =
        Some(trail.lawful_basis).filter(|basis| *basis != LawfulBasis::Unstated).map(|basis| basis.label().to_owned());
    let licence = Some(trail.licence_note.clone()).filter(|note| !note.is_empty());
    let provenance = [
        ("Data set", trail.data_set.clone()),
        ("Its data is from", day),
        ("Lawful basis", basis),
        ("Licence", licence),
    ];
    let provenance: Vec<_> = provenance
        .into_iter()
        .filter_map(|(label, text)| Some((label, text?)))
        .map(|(label, text)| view! { <div><dt>{label}</dt><dd>{text}</dd></div> })
        .collect();
    view! {
        <Panel title="Where it came from">
            <dl class="facts">
                <div><dt>"Delivered"</dt><dd><TimeStamp micros=delivered /></dd></div>
                <div><dt>"Request"</dt><dd><a href=format!("/requests/{request}")>"Request for “" {trail.campaign_name.clone()} "”"</a></dd></div>
                <div><dt>"Paid with"</dt><dd><a href=statement>{paid}</a></dd></div>
                {lot}
                <div><dt>"Source"</dt><dd>{trail.lead.source_name.clone()}</dd></div>
                {provenance}
                <div><dt>"Asked for"</dt><dd>{trail.criteria.map(|criteria| criteria.summary())}</dd></div>
                {refunded}
            </dl>
        </Panel>
    }
    .into_any()
}

#[component]
fn FromOwnList(trail: LeadTrail) -> impl IntoView {
    let list = trail.lead.list_id.map(|list| format!("/lists/{list}"));
    view! {
        <Panel title="Where it came from">
            <dl class="facts">
                <div><dt>"Added"</dt><dd><TimeStamp micros=trail.lead.delivered_at.micros() /></dd></div>
                <div><dt>"Your own list"</dt><dd><a href=list>{trail.lead.source_name}</a></dd></div>
                <div><dt>"Paid with"</dt><dd>"Nothing: your own lists are free"</dd></div>
            </dl>
        </Panel>
    }
}

#[component]
fn Reported(report: Report) -> impl IntoView {
    let (tone, state) = match report.state {
        ReportState::Open => (Tone::Info, "With the operator"),
        ReportState::Refunded => (Tone::Good, "Paid back"),
        ReportState::Declined => (Tone::Neutral, "Not paid back"),
        ReportState::Returned => (Tone::Neutral, "Returned"),
    };
    let answer = match report.state {
        ReportState::Open => "The operator will review it. The answer will appear here.".to_owned(),
        _ => report.answer.clone(),
    };
    view! {
        <Panel title="Reported" id="lead-report">
            <p><Tag tone=tone>{state}</Tag></p>
            <p>{report.reason.label()} <span class="soft small">" · " {report.reporter.clone()} ", " <TimeStamp micros=report.reported_at.micros() /></span></p>
            <p>{answer}</p>
        </Panel>
    }
}

#[component]
fn ReportForm(trail: LeadTrail, reason: String, note: String, errors: FieldErrors) -> impl IntoView {
    let id = trail.lead.id;
    let options: Vec<_> = ReportReason::ALL.iter().map(|(_, word, label)| Choice::new(*word, *label)).collect();
    view! {
        <Panel title="Report a bad lead" id="report" description="What can be checked is checked at once and paid back. The operator looks at the rest.">
            <form method="post" action=format!("/leads/{id}/report") class="stack-tight" data-submit-once="">
                <RadioGroup legend="What is wrong with it?" name="reason" options=options selected=reason error=errors.of("reason") />
                <TextArea label="Anything that helps to check it" name="note" optional=true rows=2 maxlength="500" value=note error=errors.of("note") />
                <Button>"Report this lead"</Button>
            </form>
        </Panel>
    }
}

#[component]
fn ReturnOne(trail: LeadTrail, hours: u64) -> impl IntoView {
    let id = trail.lead.id;
    let price = trail.price.map_or(0, Credits::get);
    let back = format!("{} {} back at once.", credits_text(price), if price == 1 { "comes" } else { "come" });
    let until = trail.lead.delivered_at.plus(std::time::Duration::from_secs(hours * 3_600)).micros();
    view! {
        <Panel title="Return it" description="A lead whose address was never revealed can be given back for a full refund.">
            <div class="stack-tight"><p class="small soft">"Until " <TimeStamp micros=until /></p>
            <Confirm id="return" label="Return this lead" title="Return this lead?" kind=ButtonKind::Secondary>
                <p>{back} " You no longer own this person; a later request may deliver and charge them again."</p>
                <form method="post" action=format!("/leads/{id}/return") data-submit-once="">
                    <Button kind=ButtonKind::Danger>"Return it"</Button>
                </form>
            </Confirm></div>
        </Panel>
    }
}
