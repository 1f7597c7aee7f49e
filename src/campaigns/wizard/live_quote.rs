//! What the number of leads that is being typed would cost.

use leptos::prelude::*;

use crate::{
    campaigns::Quote,
    credits::CampaignId,
    fields::FormError,
    ui::{browser, count_text},
};

/// How long typing may pause before the quote is asked for.
const PAUSE_MS: u64 = 250;

/// Works out what `quantity` leads of a campaign would cost, as the field of a form has it.
///
/// # Errors
/// 401 for a visitor, 404 for a campaign of another workspace, 422 for a quantity to change.
#[server(name = QuoteLeads, prefix = "/api", endpoint = "quote")]
pub async fn quote(campaign: CampaignId, #[server(default)] quantity: String) -> Result<Quote, FormError> {
    let (app, member) = crate::accounts::calling_member().await?;
    Ok(super::pages::quote_for(&app, &member, campaign, &quantity).await?)
}

/// Follows the number of leads in the form around it.
#[island]
pub fn LiveQuote(campaign: CampaignId) -> impl IntoView {
    let told: RwSignal<Option<Result<Quote, FormError>>> = RwSignal::new(None);
    let place: NodeRef<leptos::html::P> = NodeRef::new();
    let latest = StoredValue::new(0_u64);
    let ask = move |_: String| {
        let Some(quantity) = place.get_untracked().map(|place| browser::field_around(&place, "quantity")) else {
            return;
        };
        latest.update_value(|number| *number += 1);
        let number = latest.get_value();
        leptos::task::spawn_local(async move {
            let answer = quote(campaign, quantity).await;
            if latest.get_value() == number {
                told.set(Some(answer));
            }
        });
    };
    Effect::new(move |_| {
        if let Some(place) = place.get() {
            browser::on_form_change(&place, PAUSE_MS, ask);
        }
    });
    view! {
        <p class="small" role="status" node_ref=place>
            {move || told.with(|told| told.as_ref().map(text).unwrap_or_default())}
        </p>
    }
}

fn text(told: &Result<Quote, FormError>) -> String {
    match told {
        Err(error) => error.summary.clone(),
        Ok(quote) => {
            let (cost, available) = (count_text(quote.cost_max.get()), count_text(quote.balance.available.get()));
            let least = count_text(quote.cost_min.get());
            let range =
                if quote.cost_min < quote.cost_max { format!("{least} to {cost}") } else { format!("at most {cost}") };
            match quote.available_after() {
                Some(after) => {
                    format!("Costs {range} of your {available} credits. At least {} are left.", count_text(after.get()))
                }
                None => format!("Costs up to {cost} credits, and {available} are available."),
            }
        }
    }
}
