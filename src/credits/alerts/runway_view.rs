//! What comes next: how long the credits last, and what expires first.

use leptos::prelude::*;

use crate::{
    credits::{Lot, Runway},
    topics,
    ui::{TimeStamp, count_text, credits_text, plural},
};

/// Runway and next expiry.
#[component]
pub fn Outlook(runway: Runway, next_expiry: Option<Lot>) -> impl IntoView {
    let pace = match (runway.pace.spent, runway.pace.days) {
        (..=0, _) => "No spending in the last seven days".to_owned(),
        (spent, 0) => format!("{} in the first days", credits_text(spent)),
        (spent, days) => {
            format!("{} in {}, {} a day", credits_text(spent), plural(days, "day", "days"), runway.pace_text())
        }
    };
    let loss = runway.loss.map(|loss| {
        view! {
            <p class="outlook-hint" id="expiry-forecast">
                {count_text(loss.credits)} " will expire on " <TimeStamp micros=loss.at.micros() date_only=true /> " at this pace"
            </p>
        }
    });
    let expiry = match next_expiry.and_then(|lot| lot.expires_at.map(|at| (lot, at))) {
        None => view! {
            <p class="outlook-value">"Nothing expires"</p>
            <p class="outlook-hint">"Credits you buy never do"</p>
        }
        .into_any(),
        Some((lot, at)) => view! {
            <p class="outlook-value">
                <a href=format!("/settings/cold-email-agent/lots/{}", lot.id)>{credits_text(lot.remaining.get())}</a>
                " on "
                <TimeStamp micros=at.micros() date_only=true />
            </p>
            <p class="outlook-hint">{lot.reason}</p>
            {loss}
        }
        .into_any(),
    };
    view! {
        <div class="outlook" id="outlook" data-live=topics::CREDITS>
            <div class="outlook-part" id="runway">
                <h2 class="outlook-label">"Runway"</h2>
                <p class="outlook-value">{capital(&runway.text())}</p>
                <p class="outlook-hint">{pace} " · " <a href="/settings/cold-email-agent/planner">"Plan ahead"</a></p>
            </div>
            <div class="outlook-part">
                <h2 class="outlook-label">"Next expiry"</h2>
                {expiry}
            </div>
        </div>
    }
    .into_any()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
