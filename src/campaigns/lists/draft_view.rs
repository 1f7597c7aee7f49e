//! An uploaded list before it is added: who is left out, how its columns are read.

use leptos::prelude::*;

use super::{Duplicates, OwnList};
use crate::{
    directory::{Columns, FirstRows, HowRead, imports::Row},
    fields::FieldErrors,
    ui::{Button, ButtonKind, Choice, Confirm, FormErrors, PageHeader, Panel, RadioGroup},
};

/// The form with one choice per column, and the first rows as they will be read.
#[component]
pub fn ListDraftPage(
    list: OwnList,
    /// The beginning of the file, as it stands and as it will be read.
    rows: Vec<Vec<String>>,
    people: Vec<Row>,
    errors: FieldErrors,
    /// The file was just read in another way.
    is_new: bool,
    may_spend: bool,
) -> impl IntoView {
    let id = list.id;
    let options = Duplicates::ALL.map(|(_, word, label, hint)| Choice::new(word, label).with_hint(hint)).to_vec();
    let duplicates = list.duplicates.word();
    let actions = may_spend.then(|| {
        view! {
            <div class="form-actions">
                <Button kind=ButtonKind::Primary name="action" value="start">"Add these people"</Button>
                <Button kind=ButtonKind::Secondary name="action" value="preview">"Read the first rows again"</Button>
            </div>
        }
    });
    let discard = may_spend.then(|| {
        view! {
            <Confirm id="discard" label="Discard this file" title="Discard this file?" kind=ButtonKind::Quiet>
                <p>"The uploaded file is removed. No one is added."</p>
                <form method="post" action=format!("/lists/{id}/discard")>
                    <Button kind=ButtonKind::Danger>"Discard the file"</Button>
                </form>
            </Confirm>
        }
    });
    view! {
        <PageHeader title=list.file_name.clone() back_href=format!("/campaigns/{}/lists", list.campaign_id) back_label=list.campaign_name.clone() />
        <div class="stack-loose">
            <FormErrors errors=&errors />
            <form class="stack-loose" method="post" action=format!("/lists/{id}/start") data-submit-once="">
                <HowRead format=list.format.clone() bytes=list.bytes errors=errors.clone() is_new />
                <FirstRows people />
                <Columns headings=list.format.headings mapping=list.mapping rows errors otherwise="(a field for emails)" />
                <Panel title="Who is left out" description="No one is added twice, and no one who must not be mailed. This costs no credits.">
                    <RadioGroup legend="People you have already" name="duplicates" options=options selected=duplicates />
                </Panel>
                {actions}
            </form>
            {discard}
        </div>
    }
}
