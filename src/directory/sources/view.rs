//! `/admin/sources`: the HTTP sources with a form for more, one source with its test, and the data sets.

use leptos::prelude::*;

use super::{
    HttpSource,
    check::{Finding, Grade},
    pages::Typed,
};
use crate::{
    directory::{Import, LawfulBasis, imports::view::tone_of},
    fields::FieldErrors,
    server::clock::Instant,
    ui::{
        Button, ButtonKind, Confirm, EmptyState, Field, FormErrors, HelpLink, LinkButton, Notice, PageHeader, Panel,
        Select, Table, Tag, TimeStamp, Tone, count_text, credits_text, format::civil_date_text,
    },
};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct SourcesPageData {
    /// In the directory.
    pub contacts: i64,
    pub sources: Vec<HttpSource>,
    /// The newest imports.
    pub data_sets: Vec<Import>,
    pub typed: Typed,
    pub errors: FieldErrors,
    pub now: Instant,
}

/// Everything that requests draw from, and a form for more.
#[component]
pub fn SourcesPage(data: SourcesPageData) -> impl IntoView {
    let SourcesPageData { contacts, sources, data_sets, typed, errors, now } = data;
    view! {
        <PageHeader
            title="Sources"
            subtitle="Where leads come from, in the order in which a request asks them unless its user chose another."
            back_href="/admin"
            back_label="Administration"
        >
            <HelpLink topic="sources">"How sources work"</HelpLink>
            <LinkButton href="/admin/imports">"Import a file"</LinkButton>
        </PageHeader>
        <div class="stack-loose">
            <Sources contacts sources now />
            <Panel id="add" title="Add an HTTP source" description="A service that answers a search with contacts. docs/sources.md describes what it has to do; fairlead source check URL shows its author what is wrong.">
                <form class="form" method="post" action="/admin/sources" data-submit-once="" novalidate>
                    <FormErrors errors=&errors />
                    <Fields typed errors=errors.clone() has_secret=false />
                    <div class="form-actions"><Button kind=ButtonKind::Primary>"Add the source"</Button></div>
                </form>
            </Panel>
            <DataSets data_sets />
        </div>
    }
    .into_any()
}

#[component]
fn Sources(contacts: i64, sources: Vec<HttpSource>, now: Instant) -> impl IntoView {
    let rows: Vec<_> = sources
        .into_iter()
        .map(|source| {
            let (tone, state) = state_of(&source, now);
            let href = format!("/admin/sources/{}", source.id);
            view! {
                <tr>
                    <th scope="row">
                        <a href=href>{source.settings.name}</a>
                        <span class="table-detail">{source.settings.url}</span>
                    </th>
                    <td><Tag tone=tone>{state}</Tag></td>
                    <td class="number">{credits_text(source.settings.price)}</td>
                    <td class="wide-only">
                        {source.answered_at.map_or_else(|| "Not yet".into_any(), |at| view! { <TimeStamp micros=at.micros() /> }.into_any())}
                    </td>
                </tr>
            }
        })
        .collect();
    view! {
        <Panel title="Asked in this order" flush=true>
            <Table caption="Sources" id="sources">
                <thead>
                    <tr>
                        <th scope="col">"Source"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" class="number">"Price per lead"</th>
                        <th scope="col" class="wide-only">"Last good answer"</th>
                    </tr>
                </thead>
                <tbody>
                    <tr>
                        <th scope="row">
                            "Directory"
                            <span class="table-detail">{format!("{} contacts of the data sets below", count_text(contacts))}</span>
                        </th>
                        <td><Tag tone=Tone::Good>"Ready"</Tag></td>
                        <td class="number">{credits_text(1)}</td>
                        <td class="wide-only">"Always"</td>
                    </tr>
                    {rows}
                </tbody>
            </Table>
        </Panel>
    }
    .into_any()
}

fn state_of(source: &HttpSource, now: Instant) -> (Tone, &'static str) {
    match source {
        _ if !source.enabled => (Tone::Neutral, "Switched off"),
        _ if source.fault.is_some() && source.rests_until > now => (Tone::Bad, "Failed, rests"),
        _ if source.fault.is_some() => (Tone::Warning, "Failed last time"),
        _ if source.answered_at.is_some() => (Tone::Good, "Ready"),
        _ => (Tone::Info, "Not asked yet"),
    }
}

#[component]
fn Fields(typed: Typed, errors: FieldErrors, has_secret: bool) -> impl IntoView {
    let secret = if has_secret {
        "Leave it empty to keep the one in force."
    } else {
        "At least 16 characters, the same at the source. Searches are signed with it; it is not shown again."
    };
    view! {
        <Field label="Name" name="name" value=typed.name error=errors.of("name") required=true maxlength="100"
            hint="Customers see it where they choose sources, and on their receipts." />
        <Field label="Address" name="url" kind="url" value=typed.url error=errors.of("url") required=true maxlength="500"
            placeholder="https://leads.example.com/v1" hint="Without /search at its end." />
        <Field label="Secret" name="secret" kind="password" error=errors.of("secret") required=!has_secret hint=secret autocomplete="off" />
        <Field label="Price per lead, in credits" name="price" value=typed.price error=errors.of("price") inputmode="numeric" required=true />
        <Field label="Calls per minute, at most" name="calls_per_minute" value=typed.calls_per_minute error=errors.of("calls_per_minute")
            inputmode="numeric" required=true />
        <Field label="What it may cost you per lead request" name="cost_max" value=typed.cost_max error=errors.of("cost_max")
            inputmode="decimal" optional=true hint="In the currency you agreed on, such as 25.00. Then the source is not asked any more." />
        <Field label="Place in the order" name="position" value=typed.position error=errors.of("position") inputmode="numeric" required=true
            hint="After the directory, lower numbers first." />
        <Field label="Licence note" name="licence_note" value=typed.licence_note error=errors.of("licence_note") optional=true maxlength="500" />
        <Select label="Lawful basis" name="lawful_basis" options=LawfulBasis::options() selected=typed.lawful_basis
            hint="On which basis its people may be written to. Customers see it on each lead." />
    }
    .into_any()
}

/// One source: how it is, its test, its settings.
#[component]
pub fn SourcePage(
    source: HttpSource,
    typed: Typed,
    errors: FieldErrors,
    /// What came of a test.
    findings: Option<Vec<Finding>>,
    now: Instant,
) -> impl IntoView {
    let href = format!("/admin/sources/{}", source.id);
    let (action, test) = (href.clone(), format!("{href}/test#test"));
    let (tone, state) = state_of(&source, now);
    let fault = source.fault.clone().zip(source.fault_at).map(|(fault, at)| {
        view! { <div><dt>"Last failure"</dt><dd>{fault.to_string()} ", " <TimeStamp micros=at.micros() /></dd></div> }
    });
    let rests = (source.fault.is_some() && source.rests_until > now).then(|| {
        view! { <div><dt>"Asked again"</dt><dd><TimeStamp micros=source.rests_until.micros() /></dd></div> }
    });
    let answered = source.answered_at.map(|at| {
        view! { <div><dt>"Last good answer"</dt><dd><TimeStamp micros=at.micros() /></dd></div> }
    });
    view! {
        <PageHeader title=source.settings.name.clone() subtitle=source.settings.url.clone() back_href="/admin/sources" back_label="Sources">
            <Tag tone=tone>{state}</Tag>
        </PageHeader>
        <div class="split">
            <Panel title="Settings" description="Requests already made keep the price they were made with.">
                <form class="form" method="post" action=action data-submit-once="" novalidate>
                    <FormErrors errors=&errors />
                    <Fields typed errors=errors.clone() has_secret=true />
                    <div class="form-actions"><Button kind=ButtonKind::Primary>"Save"</Button></div>
                </form>
            </Panel>
            <div class="stack-loose">
                <Panel title="Test" id="test" description="Asks for a few contacts, as a request would, and checks the answers. The source may charge you for them; nothing is stored.">
                    <div class="stack">
                        <dl class="facts">{answered} {fault} {rests}</dl>
                        <form method="post" action=test data-submit-once="">
                            <Button>"Test it now"</Button>
                        </form>
                        {findings.map(|findings| view! { <Findings findings /> })}
                    </div>
                </Panel>
                <OnOff href enabled=source.enabled />
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Findings(findings: Vec<Finding>) -> impl IntoView {
    let wrong = findings.iter().filter(|finding| finding.grade == Grade::Wrong).count();
    let summary = if wrong == 0 {
        view! { <Notice tone=Tone::Good title="This source keeps the contract" /> }.into_any()
    } else {
        view! {
            <Notice tone=Tone::Bad title="This source does not keep the contract">
                <p>"Send its author the lines below, and docs/sources.md."</p>
            </Notice>
        }
        .into_any()
    };
    let lines: Vec<_> = findings
        .into_iter()
        .map(|finding| {
            let (tone, word) = match finding.grade {
                Grade::Good => (Tone::Good, "Good"),
                Grade::Note => (Tone::Warning, "Note"),
                Grade::Wrong => (Tone::Bad, "Wrong"),
            };
            view! {
                <tr>
                    <td><Tag tone=tone>{word}</Tag></td>
                    <th scope="row">{finding.rule} <span class="table-detail">{finding.seen}</span></th>
                </tr>
            }
        })
        .collect();
    view! {
        {summary}
        <Table caption="Findings of the test">
            <thead><tr><th scope="col">"Verdict"</th><th scope="col">"The source …"</th></tr></thead>
            <tbody>{lines}</tbody>
        </Table>
    }
    .into_any()
}

#[component]
fn OnOff(href: String, enabled: bool) -> impl IntoView {
    let action = format!("{href}/enable");
    if enabled {
        return view! {
            <Panel title="Switch it off">
                <Confirm id="off" label="Switch it off" title="Switch this source off?" kind=ButtonKind::Secondary>
                    <p>"It is not asked any more, also by requests under way. What it delivered stays."</p>
                    <form method="post" action=action>
                        <input type="hidden" name="enabled" value="false" />
                        <Button kind=ButtonKind::Danger>"Switch it off"</Button>
                    </form>
                </Confirm>
            </Panel>
        }
        .into_any();
    }
    view! {
        <Panel title="Switched off" description="It is not asked for contacts.">
            <form method="post" action=action>
                <input type="hidden" name="enabled" value="true" />
                <Button>"Switch it on"</Button>
            </form>
        </Panel>
    }
    .into_any()
}

#[component]
fn DataSets(data_sets: Vec<Import>) -> impl IntoView {
    if data_sets.is_empty() {
        return view! {
            <Panel title="Data sets">
                <EmptyState title="No data sets yet">
                    <p>"Each imported file is kept as a data set, with its licence note, lawful basis and date."</p>
                    <LinkButton href="/admin/imports">"Import a file"</LinkButton>
                </EmptyState>
            </Panel>
        }
        .into_any();
    }
    let rows: Vec<_> = data_sets
        .into_iter()
        .map(|import| {
            let day = match import.terms.collected_on.as_str() {
                "" => view! { <TimeStamp micros=import.created_at.micros() date_only=true /> }.into_any(),
                day => civil_date_text(day).into_any(),
            };
            view! {
                <tr>
                    <th scope="row">
                        <a href=format!("/admin/imports/{}", import.id)>{import.file_name}</a>
                        <span class="table-detail">{import.source_name}</span>
                    </th>
                    <td><Tag tone=tone_of(import.state)>{import.state.label()}</Tag></td>
                    <td class="wide-only">{import.terms.licence_note}</td>
                    <td>{import.terms.lawful_basis.label()}</td>
                    <td class="wide-only">{day}</td>
                    <td class="number">{count_text(import.counts.imported + import.counts.updated)}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <Panel title="Data sets" description="Imported files. Their people make the directory." flush=true>
            <Table caption="Data sets">
                <thead>
                    <tr>
                        <th scope="col">"File"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" class="wide-only">"Licence note"</th>
                        <th scope="col">"Lawful basis"</th>
                        <th scope="col" class="wide-only">"From"</th>
                        <th scope="col" class="number">"People"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Panel>
    }
    .into_any()
}
