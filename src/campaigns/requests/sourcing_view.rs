//! Where leads come from: the choice in the wizard, and what each source of a request gave.

use leptos::prelude::*;

use super::waterfall::{LineState, Offered, SourceLine};
use crate::{
    directory::contacts::verify_address::AddressCheck,
    fields::FieldErrors,
    ui::{Choice, HelpLink, Notice, Panel, RadioGroup, Select, Table, Tag, Tone, count_text, credits_text},
};

/// What the wizard's step "Leads" says about sources.
#[derive(Debug, Clone)]
pub struct SourcingForm {
    /// Every source there is, with its place in the order from 1 on; without one it is not asked.
    pub sources: Vec<(Offered, Option<usize>)>,
    pub check: AddressCheck,
    /// Whether anybody is asked whether domains take mail.
    pub has_dns: bool,
}

/// The fields: a place in the order for each source, and how strictly addresses are looked at.
#[component]
pub fn SourcingFields(form: SourcingForm, errors: FieldErrors) -> impl IntoView {
    let SourcingForm { sources, check, has_dns } = form;
    let count = sources.len();
    let selects: Vec<_> = sources
        .into_iter()
        .map(|(source, place)| {
            let mut options = vec![(String::new(), "Not asked".to_owned())];
            options.extend((1..=count).map(|place| (place.to_string(), ordinal(place))));
            let label = format!("{}, {} a lead", source.name, credits_text(source.price.get()));
            let name = format!("source-{}", source.key());
            view! { <Select label=label name=name options=options selected=place.map(|place| place.to_string()).unwrap_or_default() /> }
        })
        .collect();
    let order = (count > 1).then(|| {
        let error = errors.of("sources");
        view! {
            <fieldset class="stack-tight" id="sources">
                <legend class="field-label">"Where they come from"</legend>
                <p class="field-hint">
                    "One source is asked after the other until there are enough leads. The counts above are of the directory; what
                    others have is known when they are asked. " <HelpLink topic="sources">"How sources work"</HelpLink>
                </p>
                {error.map(|error| view! { <p class="field-error" id="sources-error">{error}</p> })}
                {selects}
            </fieldset>
        }
    });
    let levels = AddressCheck::ALL.into_iter();
    let levels = levels.map(|level| Choice::new(level.code(), level.label()).with_hint(level.meaning())).collect();
    view! {
        {order}
        <RadioGroup legend="Check addresses before delivery" name="address_check" options=levels selected=check.code() />
        {(!has_dns)
            .then(|| {
                view! {
                    <Notice tone=Tone::Info title="Domains are not checked on this server">
                        <p>"It asks no name server, so it cannot say whether a domain takes mail. The other checks are made."</p>
                    </Notice>
                }
            })}
    }
    .into_any()
}

fn ordinal(place: usize) -> String {
    match place {
        1 => "First".into(),
        2 => "Second".into(),
        3 => "Third".into(),
        place => format!("{place}th"),
    }
}

/// What each source of a request gave, for its page.
#[component]
pub fn SourceLines(lines: Vec<SourceLine>, open: bool) -> impl IntoView {
    if lines.is_empty() {
        return ().into_any();
    }
    let rows: Vec<_> = lines
        .into_iter()
        .map(|line| {
            let (tone, state) = state_of(&line, open);
            let fault = line.fault.filter(|_| line.state != LineState::Waiting).map(|fault| {
                view! { <span class="table-detail">{fault.to_string()}</span> }
            });
            let received = match line.source_id {
                None => "–".to_owned(),
                Some(_) => count_text(line.received),
            };
            view! {
                <tr>
                    <th scope="row">{line.name} {fault}</th>
                    <td><Tag tone=tone>{state}</Tag></td>
                    <td class="number wide-only">{received}</td>
                    <td class="number">{count_text(line.delivered)}</td>
                    <td class="number wide-only">{count_text(line.skipped + line.rejected)}</td>
                    <td class="number">{credits_text(line.delivered * line.price.get())}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <Panel title="Sources" description="What each gave, in the order in which they are asked." flush=true>
            <Table caption="Sources of this request" id="request-source-lines">
                <thead>
                    <tr>
                        <th scope="col">"Source"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" class="number wide-only">"Received"</th>
                        <th scope="col" class="number">"Delivered"</th>
                        <th scope="col" class="number wide-only">"Left out"</th>
                        <th scope="col" class="number">"Paid"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Panel>
    }
    .into_any()
}

fn state_of(line: &SourceLine, open: bool) -> (Tone, &'static str) {
    match line.state {
        LineState::Failed if open && line.retry_at.is_some() => (Tone::Warning, "Asked once more soon"),
        LineState::Failed => (Tone::Bad, "Failed"),
        LineState::Done => (Tone::Good, "No one else"),
        LineState::Asking if open => (Tone::Info, "Being asked"),
        LineState::Asking => (Tone::Good, "Asked"),
        LineState::Waiting if open => (Tone::Neutral, "Waits its turn"),
        LineState::Waiting => (Tone::Neutral, "Not needed"),
    }
}
