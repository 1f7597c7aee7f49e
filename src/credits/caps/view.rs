//! The most that may be held for a member or a campaign (rule C22).

use leptos::prelude::*;

use crate::{
    accounts::Right,
    credits::{
        Cap, CapPeriod, Credits,
        sections::{CreditsSection, SectionTabs},
    },
    fields::FieldErrors,
    topics,
    ui::{
        Button, ButtonKind, Field, FormErrors, HelpLink, Notice, PageHeader, Panel, Select, Table, TimeStamp,
        count_text,
    },
};

/// One cap with the name of whom it is about.
#[derive(Debug, Clone)]
pub struct CapLine {
    pub whom: String,
    pub cap: Cap,
    /// What was held under it in its period; nothing for a cap of each one.
    pub used: Option<Credits>,
}

/// What the page shows: the caps, and the form as it stands or as it was typed.
#[derive(Debug, Clone)]
pub struct CapsPageData {
    pub lines: Vec<CapLine>,
    /// Values and labels of whom a cap can be about.
    pub subjects: Vec<(String, String)>,
    pub whom: String,
    pub period: String,
    pub credits: String,
    pub errors: FieldErrors,
    pub may_manage: bool,
}

/// The page.
#[component]
pub fn CapsPage(data: CapsPageData) -> impl IntoView {
    let CapsPageData { lines, subjects, whom, period, credits, errors, may_manage } = data;
    let periods =
        [CapPeriod::Day, CapPeriod::Month].map(|period| (period.word().to_owned(), format!("a {}", period.word())));
    view! {
        <PageHeader title="Caps" subtitle="The most that may be set aside for one member or campaign. A request that would exceed it is refused.">
            <HelpLink topic="requesting">"How requests spend credits"</HelpLink>
        </PageHeader>
        <SectionTabs current=CreditsSection::Caps />
        <div class="stack">
            {(!may_manage).then(|| view! { <Notice id="cannot-change">{Right::Manage.refusal()}</Notice> })}
            <Caps lines may_manage />
            {may_manage
                .then(|| {
                    view! {
                        <Panel title="Set a cap" description="A cap of one member or campaign goes before the cap of each. Days and months are those of the workspace’s time zone.">
                            <form class="form" method="post" action="/settings/cold-email-agent/caps">
                                <FormErrors errors=&errors />
                                <Select label="For" name="whom" options=subjects selected=whom error=errors.of("whom") />
                                <Field
                                    label="At most this many credits"
                                    name="credits"
                                    inputmode="numeric"
                                    value=credits
                                    error=errors.of("credits")
                                />
                                <Select
                                    label="In"
                                    name="period"
                                    options=periods.to_vec()
                                    selected=period
                                    error=errors.of("period")
                                />
                                <div class="form-actions">
                                    <Button kind=ButtonKind::Primary>"Set the cap"</Button>
                                </div>
                            </form>
                        </Panel>
                    }
                })}
        </div>
    }
    .into_any()
}

#[component]
fn Caps(lines: Vec<CapLine>, may_manage: bool) -> impl IntoView {
    let empty = lines.is_empty();
    let rows: Vec<_> = lines.into_iter().map(|line| view! { <CapRow line may_manage /> }).collect();
    let body = if empty {
        view! { <p class="soft">"No caps are set: whoever may request leads may use every available credit."</p> }
            .into_any()
    } else {
        view! {
            <Table caption="Caps">
                <thead>
                    <tr>
                        <th scope="col">"For"</th>
                        <th scope="col" class="number">
                            "At most"
                        </th>
                        <th scope="col" class="number">
                            "Used"
                        </th>
                        <th scope="col" class="wide-only">
                            "Set"
                        </th>
                        <th scope="col">
                            <span class="visually-hidden">"Lift"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        }
        .into_any()
    };
    view! {
        <Panel id="caps" live=topics::CREDITS title="Caps in force" flush=!empty>
            {body}
        </Panel>
    }
    .into_any()
}

#[component]
fn CapRow(line: CapLine, may_manage: bool) -> impl IntoView {
    let CapLine { whom, cap, used } = line;
    let lift = format!("/settings/cold-email-agent/caps/{}/lift", cap.id);
    let name = format!("Lift the cap: {whom}, a {}", cap.period.word());
    view! {
        <tr>
            <th scope="row">{whom}</th>
            <td class="number">{format!("{} a {}", count_text(cap.credits.get()), cap.period.word())}</td>
            <td class="number">{used.map(|used| count_text(used.get()))}</td>
            <td class="wide-only">
                <TimeStamp micros=cap.set_at.micros() date_only=true />
            </td>
            <td class="row-actions">
                {may_manage
                    .then(|| {
                        view! {
                            <form method="post" action=lift>
                                <Button kind=ButtonKind::Quiet>
                                    "Lift" <span class="visually-hidden">{name}</span>
                                </Button>
                            </form>
                        }
                    })}
            </td>
        </tr>
    }
    .into_any()
}
