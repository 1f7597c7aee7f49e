//! The wizard's second step: how many, and what it would cost.

use leptos::prelude::*;

use super::{
    frame::{Wizard, WizardStep},
    live_quote::LiveQuote,
};
use crate::{
    campaigns::{
        Campaign,
        requests::{
            quote::FullQuote,
            sourcing_view::{SourcingFields, SourcingForm},
        },
    },
    fields::FieldErrors,
    topics,
    ui::{
        Button, ButtonKind, ErrorList, Field, Figure, FormErrors, LinkButton, Notice, Panel, Tone, count_text,
        credits_text,
    },
};

/// The step with what was typed. `quote` is for one lead when nothing readable was typed yet.
#[component]
pub fn LeadsStep(
    campaign: Campaign,
    typed: String,
    errors: FieldErrors,
    quote: FullQuote,
    reached: WizardStep,
    /// The choice of sources.
    sourcing: SourcingForm,
) -> impl IntoView {
    let most = quote.deliverable().min(quote.affordable());
    let nobody = quote.is_in_vain();
    let prices: Vec<String> =
        quote.sources.iter().map(|one| format!("{} from {}", credits_text(one.price.get()), one.name)).collect();
    let prices = prices.join(", ");
    let summary = campaign.criteria.summary();
    let available = quote.balance.available.get();
    let usual = [25, 100, 500].into_iter().filter(|count| *count < most).map(|count| (count, count_text(count)));
    let all = (most > 0).then(|| (most, format!("all {}", count_text(most))));
    let quick: Vec<_> = usual
        .chain(all)
        .map(|(count, text)| {
            let address = format!("{}?quantity={count}", WizardStep::Leads.href(campaign.id));
            view! { <li><a class="start-chip" href=address data-fill="quantity" data-value=count.to_string()>{text}</a></li> }
        })
        .collect();
    let error_list = ErrorList::from(&errors);
    view! {
        <Wizard step=WizardStep::Leads campaign=Some(campaign.id) name=campaign.name.clone() reached=reached topic="requesting">
            <FormErrors errors=error_list />
            <div class="figures">
                <Figure label="People who match" value=count_text(quote.matching) hint=summary />
                <Figure label="You own already" value=count_text(quote.owned) hint="They are not delivered or charged again." />
                <Figure label="Can be delivered" value=count_text(quote.deliverable()) />
                <Figure label="Credits available" value=count_text(available) id="step-available" live=topics::CREDITS
                    href="/settings/cold-email-agent" />
            </div>
            {nobody.then(|| view! {
                <Notice tone=Tone::Warning title="No one can be delivered">
                    <p>"Go back to the audience and take a filter away."</p>
                </Notice>
            })}
            <p class="small soft leads-own">
                "People you have already? " <a href=format!("/campaigns/{}/lists", campaign.id)>"Import a list of your own"</a> ", free of charge."
            </p>
            <Panel title="How many leads" description=format!("For each delivered lead: {prices}. What is not delivered costs nothing.")>
                <form method="post" class="stack" action=WizardStep::Leads.href(campaign.id) data-submit-once="" novalidate>
                    <Field label="Number of leads" name="quantity" value=typed error=errors.of("quantity") inputmode="numeric"
                        required=true
                        hint="Start with a small batch of 25, review the people, then ask for more." />
                    <ul class="starts-list" aria-label="Usual numbers">{quick}</ul>
                    <LiveQuote campaign=campaign.id />
                    <SourcingFields form=sourcing errors=errors.clone() />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary>"Continue to review"</Button>
                        <LinkButton href=WizardStep::Audience.href(campaign.id) kind=ButtonKind::Quiet>"Back to the audience"</LinkButton>
                    </div>
                    <p class="small soft">
                        {format!("You can request up to {} leads now ({} available).", count_text(most), credits_text(available))}
                    </p>
                </form>
            </Panel>
        </Wizard>
    }
}
