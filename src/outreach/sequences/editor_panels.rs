//! What the editor shows around the mails: how to begin, the fields, and what follows every mail.

use leptos::prelude::*;

use super::{
    closing::Language,
    closing_store::Closing,
    field::FIELDS,
    kept::KeptSequence,
    lead_values::{COUNTED_MAX, Coverage},
    starter::STARTERS,
};
use crate::ui::{Button, ButtonKind, Confirm, Panel, Select, count_text, plural};

/// What to do before there is a mail.
#[component]
pub fn Begin(
    address: String,
    previews: String,
    kept: Vec<KeptSequence>,
    in_wizard: bool,
    may_edit: bool,
) -> impl IntoView {
    let kept: Vec<_> = kept
        .into_iter()
        .map(|template| {
            let (id, name) = (template.id, template.name);
            let removals = format!("{previews}/template-removals");
            let question = format!("Remove the template “{name}”?");
            view! {
                <li class="row row-between">
                    <a href=format!("{address}?template={id}")>{name}</a>
                    {may_edit.then(|| view! {
                        <Confirm id=format!("remove-template-{id}") label="Remove" title=question kind=ButtonKind::Quiet>
                            <p>"Campaigns that began with it keep their texts."</p>
                            <form method="post" action=removals data-submit-once="">
                                <input type="hidden" name="template" value=id.to_string() />
                                {in_wizard.then(|| view! { <input type="hidden" name="wizard" value="yes" /> })}
                                <Button kind=ButtonKind::Danger>"Remove the template"</Button>
                            </form>
                        </Confirm>
                    })}
                </li>
            }
        })
        .collect();
    let kept = (!kept.is_empty())
        .then(|| view! { <h3 class="small strong">"Your templates"</h3> <ul class="email-starters">{kept}</ul> });
    let starters: Vec<_> = STARTERS
        .iter()
        .map(|starter| view! {
            <li>
                <a href=format!("{address}?start={}", starter.word)>{starter.title}</a>
                <span class="table-detail">{format!("{} {}.", starter.summary, plural(starter.mails(), "mail", "mails"))}</span>
            </li>
        })
        .collect();
    view! {
        <Panel title="Write the first mail as you would write it to one person"
            description="Two or three follow-ups, 3–5 days apart, are usual. Begin with one of these, or with an empty page.">
            <div class="stack"><ul class="email-starters">{starters}</ul> {kept}</div>
        </Panel>
    }
}

/// The fields, each with how many leads have it.
#[component]
pub fn FieldsPanel(coverage: Coverage) -> impl IntoView {
    let leads = coverage.leads;
    let own = coverage.columns.iter().filter(|column| !FIELDS.iter().any(|field| field.name == **column));
    let names: Vec<String> = FIELDS.iter().map(|field| field.name.to_owned()).chain(own.cloned()).collect();
    let rows: Vec<_> = names
        .into_iter()
        .map(|name| {
            let share = match leads {
                0 => String::new(),
                _ => format!("{} %", (leads - coverage.lacking(&name)) * 100 / leads),
            };
            view! { <div><dt><code>{format!("{{{{{name}}}}}")}</code></dt><dd class="number">{share}</dd></div> }
        })
        .collect();
    let described = match leads {
        0 => "The campaign has no leads yet. Afterwards this says how many have each field.".to_owned(),
        COUNTED_MAX.. => format!("How many of the first {} leads have it.", count_text(leads)),
        _ => format!("How many of {} have it.", plural(leads, "lead", "leads")),
    };
    view! {
        <Panel title="Fields" description=described>
            <div class="stack">
                <dl class="facts facts-sum email-fields">{rows}</dl>
                <p class="small soft">
                    <code>"{{first_name|there}}"</code> " says “there” when the name is missing. "
                    <code>"{Hi|Hello}"</code> " chooses one for each recipient. " <code>"\\{"</code> " writes a brace."
                </p>
                <p class="small"><a href="/help/writing-emails">"Writing emails"</a></p>
            </div>
        </Panel>
    }
}

/// What follows every mail, as it will be.
#[component]
pub fn ClosingPanel(closing: Closing, language: String) -> impl IntoView {
    let shown = Closing {
        language: Language::ALL.into_iter().find(|one| one.code() == language).unwrap_or(closing.language),
        ..closing.clone()
    };
    let options = Language::ALL.map(|one| (one.code().to_owned(), one.label().to_owned())).to_vec();
    let text = shown.below("", "https://…");
    let no_signature = closing.sender.as_ref().is_none_or(|sender| sender.signature.trim().is_empty());
    let notes = [
        closing.sender.is_none().then_some("No mailbox is connected yet; its signature will be added here."),
        (closing.sender.is_some() && no_signature).then_some("Your mailbox has no signature."),
        closing
            .postal_address
            .trim()
            .is_empty()
            .then_some("Your workspace has no postal address yet. A campaign needs one before it starts."),
    ];
    let notes: Vec<_> = notes.into_iter().flatten().map(|note| view! { <p class="small soft">{note}</p> }).collect();
    view! {
        <div class="panel">
            <header class="panel-head">
                <div class="panel-head-text">
                    <h2 class="panel-title">"Below every mail"</h2>
                    <p class="panel-description">"Signature, unsubscribe line and postal address are added to each mail like this."</p>
                </div>
            </header>
            <div class="panel-body stack">
                <p class="email-text">{text}</p>
                {notes}
                <div class="form-row"><Select label="Language of the unsubscribe line" name="language" options=options selected=language /></div>
            </div>
        </div>
    }
}
