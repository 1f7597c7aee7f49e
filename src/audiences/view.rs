//! The pages of audiences.

use leptos::prelude::*;

use super::{
    Audience, AudienceId,
    compare::{Line, Overlap},
    recent::RecentSearch,
    template::TEMPLATES,
};
use crate::ui::{
    Button, ButtonKind, Confirm, EmptyState, Field, Figure, HelpLink, LinkButton, PageHeader, Panel, Table, TimeStamp,
    count_text,
};

/// A saved audience with the people it finds now.
#[derive(Debug, Clone)]
pub struct AudienceLine {
    pub audience: Audience,
    pub people: i64,
}

/// Saved audiences, templates and recent searches.
#[component]
pub fn AudiencesPage(lines: Vec<AudienceLine>, recent: Vec<RecentSearch>, may_spend: bool) -> impl IntoView {
    let saved = if lines.is_empty() {
        view! {
            <EmptyState title="No saved audience yet">
                <p>"Describe who to reach, then choose “Save the audience” beside the count. Everyone in the workspace can use it."</p>
                {may_spend.then(|| view! { <LinkButton href="/campaigns/new" kind=ButtonKind::Primary>"Describe an audience"</LinkButton> })}
                <p><HelpLink topic="targeting">"How targeting works"</HelpLink></p>
            </EmptyState>
        }
        .into_any()
    } else {
        saved_table(&lines, may_spend)
    };
    let pair = (lines.len() > 1).then(|| compare_form(&lines));
    view! {
        <PageHeader title="Audiences" subtitle="Saved criteria, ready for the next campaign.">
            {may_spend.then(|| view! { <LinkButton href="/campaigns/new" kind=ButtonKind::Primary>"New campaign"</LinkButton> })}
        </PageHeader>
        <div class="stack-loose">
            <Panel flush=true>{saved}</Panel>
            {pair}
            {(!recent.is_empty()).then(|| view! { <Recent searches=recent /> })}
            {may_spend.then(|| view! { <Templates /> })}
        </div>
    }
}

fn saved_table(lines: &[AudienceLine], may_spend: bool) -> AnyView {
    let rows: Vec<_> = lines.iter().map(|line| saved_row(line, may_spend)).collect();
    view! {
        <Table caption="Saved audiences">
            <thead>
                <tr>
                    <th scope="col">"Audience"</th>
                    <th scope="col" class="number">"People"</th>
                    <th scope="col" class="wide-only">"Changed"</th>
                    <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
    .into_any()
}

fn saved_row(line: &AudienceLine, may_spend: bool) -> impl IntoView + use<> {
    let AudienceLine { audience, people } = line.clone();
    let (address, name, id) = (format!("/audiences/{}", audience.id), audience.name.clone(), audience.id);
    view! {
        <tr>
            <th scope="row">
                {if may_spend { view! { <a href=address.clone()>{name.clone()}</a> }.into_any() } else { name.clone().into_any() }}
                <span class="table-detail">{audience.criteria.summary()}</span>
            </th>
            <td class="number">{count_text(people)}</td>
            <td class="wide-only">
                <TimeStamp micros=audience.updated_at.micros() date_only=true />
                <span class="table-detail">{audience.maker}</span>
            </td>
            <td class="row-actions">
                {may_spend.then(|| row_actions(&name, &address, id))}
            </td>
        </tr>
    }
}

fn row_actions(name: &str, address: &str, id: AudienceId) -> AnyView {
    let (copy, rename, delete) =
        (format!("{address}/duplicate"), format!("{address}/rename"), format!("{address}/delete"));
    let (hidden_name, value) = (format!(" {name}"), name.to_owned());
    view! {
        <form method="post" action=copy data-submit-once="">
            <Button kind=ButtonKind::Quiet>"Copy"<span class="visually-hidden">{hidden_name}</span></Button>
        </form>
        <Confirm id=format!("rename-{id}") label="Rename" title=format!("Rename “{name}”") kind=ButtonKind::Quiet>
            <form class="form" method="post" action=rename data-submit-once="">
                <Field label="New name" name="name" id=format!("name-{id}") value=value required=true maxlength="100" />
                <div class="form-actions"><Button kind=ButtonKind::Primary>"Rename it"</Button></div>
            </form>
        </Confirm>
        <Confirm id=format!("delete-{id}") label=format!("Delete {name}") title=format!("Delete “{name}”?") kind=ButtonKind::Quiet icon="trash">
            <p>"Campaigns and requests made with it keep their own filters."</p>
            <form method="post" action=delete data-submit-once="">
                <Button kind=ButtonKind::Danger>"Delete the audience"</Button>
            </form>
        </Confirm>
    }
    .into_any()
}

fn compare_form(lines: &[AudienceLine]) -> AnyView {
    let options: Vec<(String, String)> =
        lines.iter().map(|line| (line.audience.id.to_string(), line.audience.name.clone())).collect();
    let second = options.get(1).map(|(id, _)| id.clone()).unwrap_or_default();
    view! {
        <Panel title="Compare two" description="What differs, and how many people they share.">
            <form class="form-row" method="get" action="/audiences/compare">
                <crate::ui::Select label="First" name="one" options=options.clone() />
                <crate::ui::Select label="Second" name="other" options=options selected=second />
                <div class="form-actions"><Button>"Compare"</Button></div>
            </form>
        </Panel>
    }
    .into_any()
}

#[component]
fn Recent(searches: Vec<RecentSearch>) -> impl IntoView {
    let rows: Vec<_> = searches
        .into_iter()
        .map(|search| {
            view! {
                <tr>
                    <th scope="row"><a href=format!("/campaigns/new?{}", search.criteria.to_query())>{search.criteria.summary()}</a></th>
                    <td class="number">{count_text(search.people)}</td>
                    <td class="wide-only"><TimeStamp micros=search.searched_at.micros() /></td>
                </tr>
            }
        })
        .collect();
    view! {
        <Panel title="Your recent searches" flush=true>
            <Table caption="Recent searches">
                <thead>
                    <tr>
                        <th scope="col">"Filters"</th>
                        <th scope="col" class="number">"People then"</th>
                        <th scope="col" class="wide-only">"Searched"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Panel>
    }
}

#[component]
fn Templates() -> impl IntoView {
    let cards: Vec<_> = TEMPLATES
        .iter()
        .map(|template| {
            view! {
                <li>
                    <a href=format!("/campaigns/new?{}", template.query)>{template.name}</a>
                    <span class="table-detail">{template.description}</span>
                </li>
            }
        })
        .collect();
    view! {
        <Panel title="Templates" description="Begin with one of these and change what does not fit.">
            <ul class="template-list">{cards}</ul>
        </Panel>
    }
}

/// Two audiences side by side.
#[component]
pub fn ComparePage(one: Audience, other: Audience, people: Overlap, lines: Vec<Line>) -> impl IntoView {
    let rows: Vec<_> = lines
        .into_iter()
        .map(|line| {
            let differs = line.one != line.other;
            let shown = |text: String| if text.is_empty() { "–".to_owned() } else { text };
            view! {
                <tr class:differs=differs>
                    <th scope="row">{line.label}</th>
                    <td>{shown(line.one)}</td>
                    <td>{shown(line.other)}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <PageHeader title="Two audiences" subtitle=format!("“{}” and “{}”", one.name, other.name) back_href="/audiences" back_label="Audiences" />
        <div class="stack-loose">
            <div class="figures">
                <Figure label=format!("Only in “{}”", one.name) value=count_text(people.one - people.both) />
                <Figure label="In both" value=count_text(people.both) />
                <Figure label=format!("Only in “{}”", other.name) value=count_text(people.other - people.both) />
            </div>
            <Panel flush=true>
                <Table caption="Their filters">
                    <thead>
                        <tr>
                            <th scope="col">"Filter"</th>
                            <th scope="col"><a href=format!("/audiences/{}", one.id)>{one.name.clone()}</a></th>
                            <th scope="col"><a href=format!("/audiences/{}", other.id)>{other.name.clone()}</a></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </Table>
            </Panel>
        </div>
    }
}
