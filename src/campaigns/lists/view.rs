//! Lists of a customer's own: all of a campaign, and one that was started.

use leptos::prelude::*;

use super::{ListState, OwnList, RowOutcome};
use crate::{
    campaigns::{Campaign, frame::CampaignFrame},
    directory::{ACCEPTED_FILES, RejectedRows, Rejection, Stalled, imports::stall::Stall},
    fields::FieldErrors,
    server::paging::PageOf,
    topics,
    ui::{
        Button, ButtonKind, Confirm, EmptyState, FileField, FormErrors, HelpLink, LinkButton, Notice, PageHeader,
        Panel, ProgressBar, Table, Tag, TimeStamp, Tone, count_text, plural,
    },
};

/// The upload form, and the lists of a campaign with how many leads each brought.
#[component]
pub fn ListsPage(
    campaign: Campaign,
    leads: i64,
    lists: Vec<(OwnList, i64)>,
    errors: FieldErrors,
    /// The largest file.
    megabytes: i64,
    may_spend: bool,
) -> impl IntoView {
    let id = campaign.id;
    let hint = format!(
        "CSV with a column of addresses, up to {megabytes} MB, with any common separator and encoding. You see how it is \
         read before anyone is added."
    );
    let form = may_spend.then(|| view! {
        <Panel title="Import a list of your own" description="Free: people you bring yourself cost no credits, and are never charged later. No one else sees them.">
            <FormErrors errors=&errors />
            <form class="form" method="post" action=format!("/campaigns/{id}/lists") enctype="multipart/form-data" data-submit-once="">
                <FileField label="File" name="file" accept=ACCEPTED_FILES hint=hint error=errors.of("file") required=true />
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary>"Upload and check it"</Button>
                    <HelpLink topic="own-lists">"Who is left out, and taking a list back"</HelpLink>
                </div>
            </form>
        </Panel>
    });
    let topic = topics::campaign(id);
    let table = match lists.is_empty() {
        true => view! { <EmptyState title="No lists yet"><p>"Lists that you import into this campaign appear here."</p></EmptyState> }.into_any(),
        false => view! { <ListTable lists topic=topic /> }.into_any(),
    };
    view! {
        <CampaignFrame campaign=campaign current="Leads" leads=leads may_spend=may_spend>
            <div class="stack-loose">
                {form}
                <Panel title="Lists of this campaign" flush=true>{table}</Panel>
            </div>
        </CampaignFrame>
    }
}

#[component]
fn ListTable(lists: Vec<(OwnList, i64)>, topic: String) -> impl IntoView {
    let rows: Vec<_> = lists
        .into_iter()
        .map(|(list, brought)| {
            view! {
                <tr>
                    <th scope="row"><a href=format!("/lists/{}", list.id)>{list.file_name}</a></th>
                    <td><Tag tone=tone_of(list.state)>{list.state.label()}</Tag></td>
                    <td class="number">{count_text(list.rows)}</td>
                    <td class="number">{count_text(brought - list.removed)}</td>
                    <td class="wide-only">{list.maker} " · " <TimeStamp micros=list.created_at.micros() /></td>
                </tr>
            }
        })
        .collect();
    view! {
        <Table caption="Lists of this campaign" id="own-lists" live=topic>
            <thead>
                <tr>
                    <th scope="col">"File"</th>
                    <th scope="col">"State"</th>
                    <th scope="col" class="number">"Rows"</th>
                    <th scope="col" class="number">"Leads"</th>
                    <th scope="col" class="wide-only">"Uploaded"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
}

fn tone_of(state: ListState) -> Tone {
    match state {
        ListState::Draft | ListState::Removed => Tone::Neutral,
        ListState::Queued | ListState::Running | ListState::Removing => Tone::Info,
        ListState::Done => Tone::Good,
        ListState::Failed => Tone::Bad,
    }
}

/// A list that was started; everything that moves follows `list:{id}`.
#[component]
pub fn ListPage(
    list: OwnList,
    outcomes: Vec<(RowOutcome, i64)>,
    left_out: PageOf<Rejection>,
    /// Whether rows before these are left out.
    paged: bool,
    /// Leads that taking it back would remove.
    removable: i64,
    /// Why it waits.
    stalled: Option<Stall>,
) -> impl IntoView {
    let topic = topics::list(list.id);
    let campaign = list.campaign_id;
    let subtitle = format!("Left out: {}", lower(list.duplicates.label()));
    view! {
        <PageHeader title=list.file_name.clone() subtitle=subtitle back_href=format!("/campaigns/{campaign}/lists")
            back_label=list.campaign_name.clone()>
            <LinkButton href=format!("/campaigns/{campaign}/leads?list={}", list.id)>"See its leads"</LinkButton>
        </PageHeader>
        <div class="stack-loose">
            <div class="split">
                <div id="list-progress" data-live=topic.clone()><Progress list=list.clone() stalled=stalled /></div>
                <div class="stack-loose" id="list-outcomes" data-live=topic.clone()>
                    <RowOutcomes list=list.clone() outcomes=outcomes />
                    <RemoveList list=list.clone() removable=removable />
                </div>
            </div>
            <div id="list-left-out" data-live=topic><Rows list left_out paged /></div>
        </div>
    }
}

#[component]
fn Progress(list: OwnList, stalled: Option<Stall>) -> impl IntoView {
    let stalled = stalled.filter(|_| !list.state.is_over() || list.state == ListState::Removing);
    let reason = match list.state {
        _ if stalled.is_some() => "",
        ListState::Queued => "Waiting for its turn; this usually takes a second or two.",
        ListState::Running => "People are added in batches. You can leave this page; it continues without you.",
        ListState::Done => "All rows were read.",
        ListState::Removing => "Its people are leaving the campaign.",
        ListState::Removed => "Its people have left the campaign.",
        ListState::Failed | ListState::Draft => "",
    };
    let failed = (list.state == ListState::Failed).then(|| {
        view! {
            <Notice tone=Tone::Bad title="The import stopped">
                {list.fault.as_ref().map(|fault| format!("{} ", fault.0))}
                "Who was read before is in the campaign. Import the file again to bring the rest."
            </Notice>
        }
    });
    let stalled =
        stalled.map(|stall| view! { <Stalled stall title="The list waits" end=format!("/lists/{}/end", list.id) /> });
    let read = if list.state.is_over() && list.state != ListState::Failed {
        list.bytes
    } else {
        list.bytes_read.min(list.bytes)
    };
    let times = [("Uploaded", Some(list.created_at)), ("Started", list.started_at), ("Ended", list.finished_at)];
    let times: Vec<_> = times
        .into_iter()
        .filter_map(|(label, at)| Some((label, at?)))
        .map(|(label, at)| view! { <div><dt>{label}</dt><dd><TimeStamp micros=at.micros() /></dd></div> })
        .collect();
    let line = list.format.line();
    let remarks: Vec<_> = list.format.remarks().into_iter().map(|remark| view! { <li>{remark}</li> }).collect();
    view! {
        <Panel title="Progress">
            <div class="stack">
                <div class="row"><Tag tone=tone_of(list.state)>{list.state.label()}</Tag> <span class="soft">{reason}</span></div>
                {stalled}
                {failed}
                <ProgressBar label="Read" value=read max=list.bytes.max(1) detail=plural(list.rows, "row", "rows") />
                <dl class="facts">{times} <div><dt>"Read as"</dt><dd>{line}</dd></div> <div><dt>"By"</dt><dd>{list.maker}</dd></div> <div><dt>"Credits"</dt><dd>"None: your own lists are free"</dd></div></dl>
                {(!remarks.is_empty()).then(|| view! { <ul class="import-remarks">{remarks}</ul> })}
            </div>
        </Panel>
    }
}

#[component]
fn RowOutcomes(list: OwnList, outcomes: Vec<(RowOutcome, i64)>) -> impl IntoView {
    let people =
        |outcome: RowOutcome| outcomes.iter().find(|(one, _)| *one == outcome).map_or(0, |(_, people)| *people);
    let lines: Vec<_> = RowOutcome::ALL
        .into_iter()
        .map(|outcome| (outcome, people(outcome)))
        .filter(|(outcome, people)| *people > 0 || *outcome == RowOutcome::Added)
        .map(|(outcome, people)| view! { <div><dt>{outcome.label()}</dt><dd>{count_text(people)}</dd></div> })
        .collect();
    view! {
        <Panel title="Rows">
            <dl class="facts facts-sum">
                {lines}
                <div class="facts-total"><dt>"Rows"</dt><dd>{count_text(list.rows)}</dd></div>
            </dl>
        </Panel>
    }
}

/// What taking the list back would do, or did.
#[component]
fn RemoveList(list: OwnList, removable: i64) -> impl IntoView {
    let left = plural(list.removed, "lead has", "leads have");
    match list.state {
        ListState::Removed => {
            return view! { <Panel title="Taken back"><p>{left} " left the campaign. People you had already mailed stayed."</p></Panel> }.into_any();
        }
        ListState::Removing => {
            return view! { <Panel title="Being taken back"><p>{left} " left so far."</p></Panel> }.into_any();
        }
        _ if removable == 0 => return ().into_any(),
        _ => {}
    }
    view! {
        <Panel title="Take it back" description="For a file that should not have been imported here.">
            <Confirm id="take-back" label="Take this list back" title="Take this list back?" kind=ButtonKind::Secondary>
                <p>{plural(removable, "lead leaves", "leads leave")} " the campaign. Who came with this list alone is no longer "
                    "among your leads; who was yours before stays yours. People you have already mailed stay in the campaign."</p>
                <form method="post" action=format!("/lists/{}/take-back", list.id) data-submit-once="">
                    <Button kind=ButtonKind::Danger>"Take it back"</Button>
                </form>
            </Confirm>
        </Panel>
    }
    .into_any()
}

#[component]
fn Rows(list: OwnList, left_out: PageOf<Rejection>, paged: bool) -> impl IntoView {
    if left_out.rows.is_empty() && !paged {
        let text = if list.state.is_over() { "Everyone on it came into the campaign." } else { "None so far." };
        return view! { <Panel title="Rows that were left out"><EmptyState title="No rows were left out"><p>{text}</p></EmptyState></Panel> }.into_any();
    }
    let href = format!("/lists/{}", list.id);
    let download = format!("{href}/left-out.csv");
    let caption = "Rows that were left out";
    view! { <RejectedRows title=caption.to_owned() caption href download list=left_out paged /> }.into_any()
}

fn lower(label: &str) -> String {
    let mut letters = label.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
