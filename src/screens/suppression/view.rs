//! Settings › Suppression, as pages.

use leptos::prelude::*;

use crate::{
    accounts::{Right, Role},
    fields::FieldErrors,
    server::{paging::PageOf, query::address},
    suppression::{Entry, Reason, SubjectKind},
    topics,
    ui::{
        Button, ButtonKind, EmptyState, Field, FileField, FormErrors, HelpLink, Icon, Notice, OlderPages, PageHeader,
        Panel, Table, Tag, TextArea, TimeStamp, Tone, plural,
    },
};

const LIST: &str = "/settings/suppression";

/// What was typed into the form that adds people.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    pub people: String,
    pub note: String,
}

/// What the page of the list shows.
#[derive(Debug, Clone)]
pub struct ListPageData {
    pub list: PageOf<Entry>,
    pub search: String,
    /// Whether rows before these are left out.
    pub paged: bool,
    pub typed: Typed,
    pub errors: FieldErrors,
    pub role: Role,
}

/// Who is on the list, and how to add others.
#[component]
pub fn ListPage(data: ListPageData) -> impl IntoView {
    let ListPageData { list, search, paged, typed, errors, role } = data;
    let exports = role.may(Right::Export).then(|| {
        view! {
            <form method="post" action="/settings/suppression.csv">
                <Button id="export">
                    <Icon name="download" />
                    "Export CSV"
                </Button>
            </form>
        }
    });
    let adding = role.may(Right::Outreach).then(|| view! { <Adding typed errors=errors.clone() /> });
    view! {
        <PageHeader
            title="Suppression"
            subtitle="People and companies that are neither bought as leads nor written to, in any campaign."
        >
            <HelpLink topic="suppression">"What suppression does"</HelpLink>
            {exports}
        </PageHeader>
        <div class="stack">
            <FormErrors errors=&errors />
            <Search search=search.clone() error=errors.of("q") />
            <List list search paged />
            {adding}
        </div>
    }
    .into_any()
}

#[component]
fn Search(search: String, error: Option<String>) -> impl IntoView {
    let searched = !search.is_empty();
    view! {
        <Panel>
            <form class="stack" method="get" action=LIST role="search">
                <Field
                    label="Exact address or domain"
                    name="q"
                    kind="search"
                    value=search
                    error=error
                    placeholder="uma@acme.example"
                    maxlength="300"
                />
                <div class="form-actions">
                    <Button>"Search"</Button>
                    {searched.then(|| view! { <a href=LIST>"Show the whole list"</a> })}
                </div>
            </form>
        </Panel>
    }
    .into_any()
}

#[component]
fn List(list: PageOf<Entry>, search: String, paged: bool) -> impl IntoView {
    if list.rows.is_empty() {
        let empty = match search.as_str() {
            "" => view! {
                <EmptyState title="No one is suppressed">
                    <p>
                        "Whoever unsubscribes, or whose address does not exist, appears here on their own. You can also add people
                        and companies yourself: customers, partners, competitors."
                    </p>
                </EmptyState>
            }
            .into_any(),
            text => {
                let title = format!("{text} is not on the list");
                view! {
                    <EmptyState title>
                        <p>"Neither the address nor its domain is suppressed."</p>
                    </EmptyState>
                }
                .into_any()
            }
        };
        return view! { <Panel id="suppressed" live=topics::SUPPRESSION>{empty}</Panel> }.into_any();
    }
    let range = plural(i64::try_from(list.rows.len()).unwrap_or(i64::MAX), "row", "rows");
    let older = list.last_before_more().map(|row| address(LIST, [("before", row.id.to_string())]));
    let newest = paged.then(|| LIST.to_owned());
    let rows: Vec<_> = list.rows.into_iter().map(|row| view! { <Row row /> }).collect();
    view! {
        <Panel id="suppressed" live=topics::SUPPRESSION flush=true>
            <Table caption="Who is suppressed, newest first">
                <thead>
                    <tr>
                        <th scope="col">"Address or domain"</th>
                        <th scope="col">"Reason"</th>
                        <th scope="col" class="wide-only">
                            "Since"
                        </th>
                        <th scope="col" class="wide-only">
                            "By"
                        </th>
                        <th scope="col" class="wide-only">
                            "Note"
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            <OlderPages range=range newest=newest older=older />
        </Panel>
    }
    .into_any()
}

#[component]
fn Row(row: Entry) -> impl IntoView {
    let (actor, reason) = (row.actor().to_owned(), row.reason);
    let only = row.campaign.map(|campaign| format!("Only in {campaign}"));
    view! {
        <tr>
            <th scope="row" class="log-text">
                <a href=format!("{LIST}/{}", row.id)>{row.shown}</a>
                {only.map(|text| view! { <span class="log-detail small soft">{text}</span> })}
            </th>
            <td>
                <Tag tone=tone_of(reason)>{reason.label()}</Tag>
            </td>
            <td class="wide-only">
                <TimeStamp micros=row.created_at.micros() date_only=true />
            </td>
            <td class="wide-only log-text">{actor}</td>
            <td class="wide-only log-text">{row.note}</td>
        </tr>
    }
    .into_any()
}

fn tone_of(reason: Reason) -> Tone {
    match reason {
        Reason::Complained | Reason::Legal => Tone::Bad,
        Reason::Unsubscribed | Reason::Bounced => Tone::Warning,
        Reason::Person | Reason::Imported | Reason::Erased => Tone::Neutral,
    }
}

#[component]
fn Adding(typed: Typed, errors: FieldErrors) -> impl IntoView {
    let [people_error, note_error, file_error] = ["people", "note", "file"].map(|field| errors.of(field));
    view! {
        <Panel
            title="Add people or companies"
            description="They are left out of deliveries at once, and mails that have not left are stopped."
        >
            <form class="form" method="post" action=LIST data-submit-once="">
                <TextArea
                    label="Addresses and domains"
                    name="people"
                    value=typed.people
                    error=people_error
                    hint="One in each line. A domain suppresses everyone at that company."
                    placeholder="uma@acme.example\nacorn.example"
                    required=true
                    rows=4
                />
                <Field
                    label="Note"
                    name="note"
                    value=typed.note
                    error=note_error
                    hint="Why, for your team: a customer, asked by phone …"
                    optional=true
                    maxlength="200"
                />
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary>"Add to the list"</Button>
                </div>
            </form>
        </Panel>
        <Panel title="Add a file">
            <form class="form" method="post" action="/settings/suppression/files" enctype="multipart/form-data" data-submit-once="">
                <FileField
                    label="File"
                    name="file"
                    accept=".csv,.txt,text/csv,text/plain"
                    error=file_error
                    hint="CSV or text, up to 100,000 rows. The column named Email or Domain is read, else the first one."
                    required=true
                />
                <div class="form-actions">
                    <Button>"Add the file"</Button>
                </div>
            </form>
        </Panel>
    }
    .into_any()
}

/// One row of the list: why and since when, and the way off.
#[component]
pub fn EntryPage(entry: Entry, why: String, errors: FieldErrors, may_remove: bool) -> impl IntoView {
    let what = match entry.kind {
        SubjectKind::Address => "This person is neither bought as a lead nor written to.",
        SubjectKind::Domain => "No one at this domain is bought as a lead or written to.",
    };
    let warning = entry.reason.is_wish_of_the_person().then(|| {
        view! {
            <Notice tone=Tone::Warning>
                <p>"This person asked not to be written to. Remove only if they asked you again."</p>
            </Notice>
        }
    });
    let (action, why_error) = (format!("{LIST}/{}", entry.id), errors.of("why"));
    let removal = may_remove.then(|| {
        view! {
            <Panel title="Take off the list">
                <form class="form" method="post" action=action data-submit-once="">
                    {warning}
                    <Field
                        label="Why?"
                        name="why"
                        value=why
                        error=why_error
                        hint="The log keeps it. Sequences that were stopped stay stopped."
                        required=true
                        maxlength="200"
                    />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Danger>"Take off the list"</Button>
                    </div>
                </form>
            </Panel>
        }
    });
    view! {
        <PageHeader title=entry.shown.clone() subtitle=what back_href=LIST back_label="Suppression" />
        <div class="stack">
            <FormErrors errors=&errors />
            <Panel>
                <dl class="facts">
                    <div><dt>"Reason"</dt><dd>{entry.reason.label()}</dd></div>
                    <div><dt>"Since"</dt><dd><TimeStamp micros=entry.created_at.micros() /></dd></div>
                    <div><dt>"By"</dt><dd>{entry.actor().to_owned()}</dd></div>
                    {entry.campaign.map(|campaign| view! { <div><dt>"Only in"</dt><dd>{campaign}</dd></div> })}
                    {(!entry.note.is_empty()).then(|| view! { <div><dt>"Note"</dt><dd>{entry.note}</dd></div> })}
                </dl>
            </Panel>
            {removal}
        </div>
    }
    .into_any()
}
