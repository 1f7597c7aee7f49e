//! The balance in its parts, each a way to the rows behind it.

use leptos::prelude::*;

use crate::{
    credits::Balance,
    topics,
    ui::{Figure, count_text, plural},
};

const STATEMENT: &str = "/settings/cold-email-agent/statement";

/// Available and held credits; they follow every movement.
#[component]
pub fn BalanceFigures(balance: Balance, open_holds: i64) -> impl IntoView {
    let held_for = match open_holds {
        0 => "Nothing is set aside".to_owned(),
        count => format!("Set aside for {}", plural(count, "request", "requests")),
    };
    let available = match balance.available.get() {
        0 => "Buy credits to request leads",
        _ => "Ready for your next request",
    };
    view! {
        <div class="figures">
            <Figure
                id="credits-available"
                live=topics::CREDITS
                label="Available"
                value=count_text(balance.available.get())
                hint=available
                href=format!("{STATEMENT}?of=available")
                prominent=true
            />
            <Figure
                id="credits-held"
                live=topics::CREDITS
                label="Held"
                value=count_text(balance.held.get())
                hint=held_for
                href=format!("{STATEMENT}?of=held")
            />
        </div>
    }
    .into_any()
}

/// What became of the others: spent and expired credits.
#[component]
pub fn GoneFigures(balance: Balance) -> impl IntoView {
    let spent = if balance.spent.is_zero() { "Nothing was delivered yet" } else { "One for each delivered lead" };
    let expired = if balance.expired.is_zero() { "Nothing has expired" } else { "Announced 30, 7 and 1 days before" };
    view! {
        <div class="figures">
            <Figure
                id="credits-spent"
                live=topics::CREDITS
                label="Spent"
                value=count_text(balance.spent.get())
                hint=spent
                href=format!("{STATEMENT}?of=spent")
            />
            <Figure
                id="credits-expired"
                live=topics::CREDITS
                label="Expired"
                value=count_text(balance.expired.get())
                hint=expired
                href=format!("{STATEMENT}?of=expired")
            />
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credits::Credits;

    /// Finding 27: what is said below a number is about that number.
    #[test]
    fn the_words_below_a_figure_follow_its_value() {
        let shown = |credits: i64, holds| {
            let credits = Credits::new(credits).unwrap();
            let balance = Balance { available: credits, held: credits, spent: credits, expired: credits };
            let figures = view! { <BalanceFigures balance open_holds=holds /> }.to_html();
            figures + &view! { <GoneFigures balance /> }.to_html()
        };
        let (nothing, some) = (shown(0, 0), shown(5, 2));
        for (at_zero, otherwise) in [
            ("Buy credits to request leads", "Ready for your next request"),
            ("Nothing is set aside", "Set aside for 2 requests"),
            ("Nothing was delivered yet", "One for each delivered lead"),
            ("Nothing has expired", "Announced 30, 7 and 1 days before"),
        ] {
            assert!(nothing.contains(at_zero) && !nothing.contains(otherwise), "{nothing}");
            assert!(some.contains(otherwise) && !some.contains(at_zero), "{some}");
        }
    }
}
