//! Why an import or an own list waits.

use leptos::prelude::*;

use crate::{
    directory::imports::stall::Stall,
    ui::{Button, ButtonKind, Notice, Tone},
};

/// The reason, and the way out where it may wait for ever.
#[component]
pub fn Stalled(
    stall: Stall,
    title: &'static str,
    /// Where the form that ends it goes.
    end: String,
) -> impl IntoView {
    let way_out = stall.can_end.then(|| {
        view! {
            <form method="post" action=end data-submit-once="">
                <Button kind=ButtonKind::Secondary>"End it here"</Button>
            </form>
        }
    });
    view! { <Notice tone=Tone::Warning title=title><div class="stack"><p>{stall.reason}</p> {way_out}</div></Notice> }
}
