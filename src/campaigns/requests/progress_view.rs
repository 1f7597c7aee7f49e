//! How far a request is, how fast it goes, and what it waits for, with what can be done about it.

use leptos::prelude::*;

use super::table::state_tag;
use crate::{
    campaigns::{LeadRequest, Receipt, RequestForecast, Waiting},
    credits::{HOLD_TIME_MAX, RequestId},
    ui::{
        Button, ButtonKind, Confirm, HelpLink, LinkButton, Notice, Panel, ProgressBar, Tag, TimeStamp, Tone,
        count_text, credits_text, format::duration_text, plural,
    },
};

/// The panel of progress.
#[component]
pub(crate) fn Progress(receipt: Receipt, forecast: RequestForecast) -> impl IntoView {
    let request = receipt.request;
    let (tone, label) = state_tag(&request);
    let (delivered, quantity) = (request.delivered, request.quantity.get());
    let detail = format!("{} of {} leads delivered", count_text(request.delivered), count_text(request.quantity.get()));
    let reason = reason(&request, forecast.sharing);
    view! {
        <Panel title="Progress">
            <div class="stack">
                <div class="row"><Tag tone=tone>{label}</Tag><span class="soft">{reason}</span></div>
                <ProgressBar label="Delivered" value=delivered max=quantity detail=detail />
                <Facts request=request.clone() forecast=forecast />
                {request.state.is_open().then(|| view! { <Deadline request=request.clone() /> })}
                <p><HelpLink topic="delays">"What can delay leads"</HelpLink></p>
            </div>
        </Panel>
    }
}

fn reason(request: &LeadRequest, sharing: i64) -> String {
    let others = match sharing {
        0 => String::new(),
        others => format!(
            " {} being served as well; all take turns.",
            plural(others, "other workspace is", "other workspaces are")
        ),
    };
    match (request.waiting, &request.reason, request.started_at) {
        (Some(Waiting::Look), ..) => "It waits for you: review the leads, then continue or stop.".to_owned(),
        (Some(Waiting::ByUser), ..) => "Nothing is delivered or spent until it is resumed.".to_owned(),
        (None, Some(reason), _) => reason.sentence(),
        (None, None, _) if !request.state.is_open() => String::new(),
        (None, None, None) => format!("Waiting for its turn; this usually takes a second or two.{others}"),
        (None, None, Some(_)) => {
            format!("Leads arrive in batches. You can leave this page; it continues without you.{others}")
        }
    }
}

#[component]
fn Facts(request: LeadRequest, forecast: RequestForecast) -> impl IntoView {
    let open = request.state.is_open();
    let times = [
        ("Requested", Some(request.created_at)),
        ("Started", request.started_at),
        ("Waiting since", request.reason_since.filter(|_| open)),
        ("Estimated end", forecast.ends_at),
        ("Ended", request.finished_at),
    ];
    let times: Vec<_> = times
        .into_iter()
        .filter_map(|(label, at)| Some((label, at?)))
        .map(|(label, at)| {
            view! {
                <div><dt>{label}</dt><dd><TimeStamp micros=at.micros() /></dd></div>
            }
        })
        .collect();
    let took = request
        .started_at
        .zip(request.finished_at)
        .map(|(from, to)| duration_text((to.micros() - from.micros()).max(0) / 1_000_000));
    let speed = forecast.per_minute.map(|speed| format!("{} a minute", plural(speed, "lead", "leads")));
    let texts = [("Asking", request.asking.filter(|_| open)), ("Speed", speed), ("Took", took)];
    let texts: Vec<_> = texts
        .into_iter()
        .filter_map(|(label, text)| Some((label, text?)))
        .map(|(label, text)| {
            view! {
                <div><dt>{label}</dt><dd>{text}</dd></div>
            }
        })
        .collect();
    view! { <dl class="facts">{times}{texts}</dl> }
}

#[component]
fn Deadline(request: LeadRequest) -> impl IntoView {
    let latest = request.created_at.plus(HOLD_TIME_MAX);
    let idle = request.idle_until();
    if request.waiting.is_some() {
        return view! {
            <p class="small soft">
                "The rest stays set aside until " <TimeStamp micros=latest.micros() />
                ", 24 hours after it was requested. Then it comes back automatically."
            </p>
        }
        .into_any();
    }
    view! {
        <p class="small soft">
            "It expires " <TimeStamp micros=idle.micros() /> " if nothing more arrives until then, and "
            <TimeStamp micros=latest.micros() /> " in any case. What is not spent then comes back."
        </p>
    }
    .into_any()
}

/// What can be done with an open request.
#[component]
pub(crate) fn Controls(receipt: Receipt) -> impl IntoView {
    let id = receipt.request.id;
    match receipt.request.waiting {
        Some(Waiting::Look) => view! { <FirstBatchNotice receipt=receipt /> }.into_any(),
        Some(Waiting::ByUser) => view! {
            <div class="row">
                <Act id=id deed="go-on" label="Resume" kind=ButtonKind::Primary />
                <Cancel receipt=receipt />
            </div>
        }
        .into_any(),
        None => view! {
            <div class="row">
                <Act id=id deed="pause" label="Pause" kind=ButtonKind::Secondary />
                <Cancel receipt=receipt />
            </div>
        }
        .into_any(),
    }
}

/// The first batch is there: look at it, then one click.
#[component]
pub(crate) fn FirstBatchNotice(
    receipt: Receipt,
    /// Whether this is the page where the leads are reviewed.
    #[prop(optional)]
    reviewing: bool,
) -> impl IntoView {
    let request = receipt.request;
    let id = request.id;
    let left = receipt.held.get() - receipt.captured.get() - receipt.released.get();
    let text = format!(
        "{} of {} leads are here. “Go on” delivers the rest; “Stop” ends the request, and {} back at once.",
        count_text(request.delivered),
        count_text(request.quantity.get()),
        comes(left),
    );
    let rule = request.bad_percent.filter(|_| request.gone_on_by.is_none()).map(|percent| {
        let first = request.first_batch.map_or(0, |first| first.get());
        format!(
            "Your rule continues it automatically as soon as {} reviewed and fewer than {percent}% of those reviewed are bad.",
            plural(first, "lead is", "leads are"),
        )
    });
    view! {
        <Notice tone=Tone::Info title=format!("Review the first {}", count_text(request.delivered))>
            <p>{text}</p>
            {rule.map(|rule| view! { <p>{rule}</p> })}
            <div class="form-actions">
                {(!reviewing).then(|| view! { <LinkButton href=format!("/requests/{id}/review")>"Review the leads"</LinkButton> })}
                <Act id=id deed="go-on" label="Go on" kind=ButtonKind::Primary />
                <Act id=id deed="cancel" label="Stop" kind=ButtonKind::Secondary />
            </div>
        </Notice>
    }
}

#[component]
fn Act(id: RequestId, deed: &'static str, label: &'static str, kind: ButtonKind) -> impl IntoView {
    view! {
        <form method="post" action=format!("/requests/{id}/{deed}") data-submit-once="">
            <Button kind=kind>{label}</Button>
        </form>
    }
}

fn comes(credits: i64) -> String {
    format!("{} {}", credits_text(credits), if credits == 1 { "comes" } else { "come" })
}

#[component]
fn Cancel(receipt: Receipt) -> impl IntoView {
    let id = receipt.request.id;
    let left = receipt.held.get() - receipt.captured.get() - receipt.released.get();
    let back = format!("{} back at once.", comes(left));
    view! {
        <Confirm id="cancel" label="Release now" title="Cancel this request and release its credits?" kind=ButtonKind::Secondary>
            <p>"Leads already delivered stay in your campaign and stay paid. "{back}</p>
            <form method="post" action=format!("/requests/{id}/cancel") data-submit-once="">
                <Button kind=ButtonKind::Danger>"Cancel the request"</Button>
            </form>
        </Confirm>
    }
}
