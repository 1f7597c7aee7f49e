//! The balance in three numbers, each a way to the rows behind it.

use leptos::prelude::*;

use crate::{
    credits::Balance,
    ui::{Figure, count_text, plural},
};

/// Available, held and spent credits; they follow every movement.
#[component]
pub fn BalanceFigures(balance: Balance, open_holds: usize) -> impl IntoView {
    let statement = "/settings/cold-email-agent/statement";
    let held_for = match i64::try_from(open_holds).unwrap_or(i64::MAX) {
        0 => "Nothing is set aside".to_owned(),
        count => format!("Set aside for {}", plural(count, "request", "requests")),
    };
    view! {
        <div class="figures">
            <Figure
                id="credits-available"
                live="credits"
                label="Available"
                value=count_text(balance.available.get())
                hint="Ready for your next request"
                href=statement
                prominent=true
            />
            <Figure
                id="credits-held"
                live="credits"
                label="Held"
                value=count_text(balance.held.get())
                hint=held_for
                href=format!("{statement}?kind=hold")
            />
            <Figure
                id="credits-spent"
                live="credits"
                label="Spent"
                value=count_text(balance.spent.get())
                hint="One for each delivered lead"
                href=format!("{statement}?kind=capture")
            />
        </div>
    }
    .into_any()
}
