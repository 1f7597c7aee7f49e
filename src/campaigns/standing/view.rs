//! Standing requests: on the overview of their campaign, and each on a page of its own.

use leptos::prelude::*;

use super::{Standing, StandingReason, StandingState};
use crate::{
    campaigns::{LeadCount, LeadRequest, requests::table::Requests},
    credits::CampaignId,
    fields::FieldErrors,
    server::{form::Form, time_zone::date_of},
    topics,
    ui::{
        Button, ButtonKind, Confirm, Field, FormErrors, HelpLink, LinkButton, PageHeader, Panel, ProgressBar, Select,
        Table, Tag, TimeStamp, Tone, count_text,
    },
};

/// The pace as it is typed.
#[derive(Debug, Clone, Default)]
pub struct StandingForm {
    pub per_day: String,
    pub per_month: String,
    pub total: String,
    pub until: String,
    pub from_hour: String,
    pub to_hour: String,
    pub errors: FieldErrors,
}

impl StandingForm {
    /// The empty form of the review step.
    pub fn for_total(total: LeadCount) -> Self {
        Self { total: total.get().to_string(), ..Self::default() }
    }

    /// What was typed, with what to change.
    pub fn typed(form: &Form, errors: FieldErrors) -> Self {
        let text = |name: &str| form.text(name).chars().take(40).collect();
        let (per_day, per_month) = (text("per_day"), text("per_month"));
        let (total, until) = (text("total"), text("until"));
        Self { per_day, per_month, total, until, from_hour: text("from_hour"), to_hour: text("to_hour"), errors }
    }

    pub fn of(standing: &Standing) -> Self {
        let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        // The last day is the one before the moment it is over.
        let last_day = |until: crate::server::clock::Instant| {
            date_of(until.minus(std::time::Duration::from_secs(1)), &standing.zone()).to_string()
        };
        Self {
            per_day: number(standing.per_day.map(LeadCount::get)),
            per_month: number(standing.per_month.map(LeadCount::get)),
            total: standing.total.get().to_string(),
            until: standing.until.map(last_day).unwrap_or_default(),
            from_hour: number(standing.from_hour),
            to_hour: number(standing.to_hour),
            errors: FieldErrors::default(),
        }
    }
}

/// The fields of the pace.
#[component]
pub fn StandingFields(form: StandingForm) -> impl IntoView {
    let StandingForm { per_day, per_month, total, until, from_hour, to_hour, errors } = form;
    let hours = || {
        let all = (0..24).map(|hour| (hour.to_string(), format!("{hour:02}:00")));
        [(String::new(), "Any hour".to_owned())].into_iter().chain(all).collect::<Vec<_>>()
    };
    view! {
        <Field label="Leads a day" name="per_day" inputmode="numeric" optional=true value=per_day error=errors.of("per_day")
            hint="Left empty: as fast as credits allow." />
        <Field label="At most in a month" name="per_month" inputmode="numeric" optional=true value=per_month
            error=errors.of("per_month") hint="Its own cap, counted from the first of the month in the workspace’s time zone." />
        <Field label="Until a total of" name="total" inputmode="numeric" required=true value=total error=errors.of("total") />
        <div class="form-row">
            <Field label="Last day" name="until" kind="date" optional=true value=until error=errors.of("until") />
            <Select label="Not before" name="from_hour" options=hours() selected=from_hour error=errors.of("from_hour") />
            <Select label="Not after" name="to_hour" options=hours() selected=to_hour />
        </div>
        <p class="small soft">"Hours are in the time zone of your workspace (Settings › Team). Nothing is set aside ahead: each day’s leads are requested, held and paid on their own."</p>
    }
}

/// Instead of all at once: the form that begins a standing request, folded up. `from` is the page it stands on, if that is
/// not the review.
#[component]
pub fn SoManyADay(
    campaign: CampaignId,
    key: String,
    form: StandingForm,
    label: &'static str,
    #[prop(optional)] from: &'static str,
) -> impl IntoView {
    let open = !form.errors.is_empty();
    view! {
        <Panel>
            <details class="disclosure" open=open id="standing">
                <summary>{label}</summary>
                <form method="post" action=format!("/campaigns/{campaign}/standing") class="form" data-submit-once="">
                    <input type="hidden" name="key" value=key />
                    <input type="hidden" name="from" value=from />
                    <FormErrors errors=&form.errors />
                    <StandingFields form />
                    <div class="form-actions"><Button>"Begin a standing request"</Button></div>
                </form>
            </details>
        </Panel>
    }
}

/// What it waits for, and since when.
#[component]
pub fn StandingStatus(standing: Standing) -> impl IntoView {
    let tone = match (standing.state, standing.reason) {
        (StandingState::Active, _) => Tone::Info,
        (StandingState::Ended, Some(StandingReason::TotalReached)) => Tone::Good,
        (StandingState::Ended, _) | (_, Some(StandingReason::ByUser)) => Tone::Neutral,
        (StandingState::Paused, _) => Tone::Warning,
    };
    let (status, since) = (standing.status(), standing.since.micros());
    view! {
        <Tag tone=tone>{status}</Tag>
        <span class="table-detail">"since " <TimeStamp micros=since /></span>
    }
}

/// The standing requests of a campaign; nothing when there are none.
#[component]
pub fn StandingPanel(standings: Vec<Standing>, campaign: CampaignId) -> impl IntoView {
    let none = standings.is_empty();
    let rows: Vec<_> = standings.into_iter().map(standing_row).collect();
    let table = (!none).then(|| {
        view! {
            <Panel title="Standing requests" flush=true>
                <Table caption="Standing requests">
                    <thead>
                        <tr>
                            <th scope="col">"Pace"</th>
                            <th scope="col">"State"</th>
                            <th scope="col" class="wide-only">"Delivered"</th>
                            <th scope="col" class="wide-only">"By"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </Table>
            </Panel>
        }
    });
    let follows = [&topics::campaign(campaign), topics::CAMPAIGNS, topics::STANDING].join(" ");
    view! { <div id="campaign-standing" data-live=follows hidden=none>{table}</div> }
}

fn standing_row(standing: Standing) -> impl IntoView {
    let detail = format!("{} of {}", count_text(standing.delivered), count_text(standing.total.get()));
    view! {
        <tr>
            <th scope="row">
                <a href=format!("/standing/{}", standing.id)>{standing.pace()}</a>
                <span class="table-detail narrow-only">{format!("{detail} delivered")}</span>
            </th>
            <td><StandingStatus standing=standing.clone() /></td>
            <td class="wide-only"><ProgressBar label="Delivered" compact=true value=standing.delivered max=standing.total.get() detail=detail /></td>
            <td class="wide-only">{standing.maker.clone()}</td>
        </tr>
    }
}

/// One standing request: where it stands, what it asked for so far, and how to change it.
#[component]
pub fn StandingPage(
    standing: Standing,
    requests: Vec<LeadRequest>,
    form: StandingForm,
    may_change: bool,
) -> impl IntoView {
    let (id, campaign) = (standing.id, standing.campaign_id);
    let topic = [&topics::campaign(campaign), topics::STANDING].join(" ");
    let detail = format!("{} of {} leads delivered", count_text(standing.delivered), count_text(standing.total.get()));
    let parts = standing.criteria.parts();
    let over = standing.state == StandingState::Ended;
    let open = !form.errors.is_empty();
    let change = (may_change && !over).then(|| {
        view! {
            <Panel>
                <details class="disclosure" open=open id="pace">
                    <summary>"Change the pace"</summary>
                    <form method="post" action=format!("/standing/{id}") class="form" data-submit-once="">
                        <p class="small soft">"It counts from its next request on."</p>
                        <StandingFields form />
                        <div class="form-actions"><Button>"Save"</Button></div>
                    </form>
                </details>
            </Panel>
        }
    });
    view! {
        <PageHeader title=standing.pace() subtitle=format!("Standing request of “{}”", standing.campaign_name)
            back_href=format!("/campaigns/{campaign}") back_label=standing.campaign_name.clone()>
            <HelpLink topic="running-out">"What it waits for"</HelpLink>
        </PageHeader>
        <div class="split">
            <div class="stack-loose">
                <div id="standing-state" data-live=topic.clone()>
                    <Panel title="Progress">
                        <div class="stack">
                            <div><StandingStatus standing=standing.clone() /></div>
                            <ProgressBar label="Delivered" value=standing.delivered max=standing.total.get() detail=detail />
                            {may_change.then(|| view! { <Deeds standing=standing.clone() /> })}
                        </div>
                    </Panel>
                </div>
                <div id="standing-requests" data-live=topic><Requests requests=requests campaign=campaign /></div>
            </div>
            <div class="stack-loose">
                {change}
                <Panel title="Your criteria" description="As they were when you started.">
                    <dl class="facts">
                        {parts.into_iter().map(|(label, values)| view! { <div><dt>{label}</dt><dd>{values}</dd></div> }).collect::<Vec<_>>()}
                    </dl>
                </Panel>
            </div>
        </div>
    }
}

#[component]
fn Deeds(standing: Standing) -> impl IntoView {
    let (id, state, reason) = (standing.id, standing.state, standing.reason);
    let form = |deed: &str, label: &'static str, kind: ButtonKind| {
        view! {
            <form method="post" action=format!("/standing/{id}/{deed}") data-submit-once=""><Button kind=kind>{label}</Button></form>
        }
    };
    // What helps most comes first; the rest is quiet.
    let main = match (state, reason) {
        (StandingState::Active, _) => Some(form("pause", "Pause", ButtonKind::Secondary).into_any()),
        (StandingState::Paused, Some(StandingReason::NoCredits)) => Some(
            view! { <LinkButton href="/settings/cold-email-agent#packages" kind=ButtonKind::Primary>"Buy credits"</LinkButton> }
                .into_any(),
        ),
        (StandingState::Paused, _) => Some(form("resume", "Resume", ButtonKind::Primary).into_any()),
        (StandingState::Ended, _) => None,
    };
    let pause = (state == StandingState::Paused && reason != Some(StandingReason::ByUser))
        .then(|| form("pause", "Pause", ButtonKind::Quiet));
    let end = (state != StandingState::Ended).then(|| {
        view! {
            <Confirm id="end" label="End" title="End this standing request?" kind=ButtonKind::Quiet>
                <p>"It asks for no more leads. What it delivered stays; its running request continues and can be released on its own page."</p>
                <form method="post" action=format!("/standing/{id}/end") data-submit-once="">
                    <Button kind=ButtonKind::Danger>"End it"</Button>
                </form>
            </Confirm>
        }
    });
    view! { <div class="row">{main} {pause} {end}</div> }
}
