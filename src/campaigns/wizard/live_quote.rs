//! What the number of leads that is being typed would cost.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    campaigns::Quote,
    credits::CampaignId,
    fields::FormError,
    ui::{FollowForm, Followed, count_text},
};

/// How long typing may pause before the quote is asked for.
const PAUSE_MS: u64 = 250;
/// The id of the sentence.
const SENTENCE: &str = "live-quote";

/// Works out what `quantity` leads of a campaign would cost, as the field of a form has it.
///
/// # Errors
/// 401 for a visitor, 404 for a campaign of another workspace, 422 for a quantity to change.
#[server(name = QuoteLeads, prefix = "/api", endpoint = "quote")]
pub async fn quote(campaign: CampaignId, #[server(default)] quantity: String) -> Result<Followed, FormError> {
    let (app, member) = crate::accounts::calling_member().await?;
    let quote = super::pages::quote_for(&app, &member, campaign, &quantity).await?;
    let part = view! { <Sentence text=text(&quote) /> }.to_html();
    Ok(Followed { part, ..Followed::default() })
}

/// Follows the number of leads in the form around it.
#[component]
pub fn LiveQuote(campaign: CampaignId) -> impl IntoView {
    let fields = ["campaign", "quantity"].map(str::to_owned).to_vec();
    view! {
        <input type="hidden" name="campaign" value=campaign.to_string() />
        <Sentence text=String::new() />
        <FollowForm address=QuoteLeads::PATH part=SENTENCE pause_ms=PAUSE_MS only=fields />
    }
    .into_any()
}

#[component]
fn Sentence(text: String) -> impl IntoView {
    view! { <p class="small" role="status" id=SENTENCE>{text}</p> }
}

fn text(quote: &Quote) -> String {
    let (cost, available) = (count_text(quote.cost_max.get()), count_text(quote.balance.available.get()));
    let least = count_text(quote.cost_min.get());
    let range = if quote.cost_min < quote.cost_max { format!("{least} to {cost}") } else { format!("at most {cost}") };
    match quote.available_after() {
        Some(after) => {
            format!("Costs {range} of your {available} credits. At least {} are left.", count_text(after.get()))
        }
        None => format!("Costs up to {cost} credits, and {available} are available."),
    }
}
