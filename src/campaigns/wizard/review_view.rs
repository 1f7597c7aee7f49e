//! The wizard's last step: the quote, whole, before anything is held (rule C1), or why it is refused (C3).

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    api::RequestLeadsForm,
    frame::{Wizard, WizardStep},
};
use crate::{
    campaigns::{
        Campaign,
        requests::{first_batch::FIRST_DEFAULT, quote::FullQuote, waterfall},
        standing::view::{SoManyADay, StandingForm},
    },
    credits::{CampaignId, Credits},
    fields::FieldErrors,
    server::form::Form,
    ui::{
        Button, ButtonKind, Checkbox, Field, HelpLink, LinkButton, Notice, Panel, TimeStamp, Tone, count_text,
        credits_text, plural,
    },
};

/// The review of a saved draft. `key` makes a second click find the request of the first.
#[component]
pub fn ReviewStep(
    campaign: Campaign,
    quote: FullQuote,
    key: String,
    may_spend: bool,
    /// What was typed for a standing request.
    standing: StandingForm,
    /// What was typed for a first batch.
    look: FirstBatchForm,
    /// Why a cap refused the last click.
    refusal: Option<String>,
    /// Why the last click started nothing at all.
    refused: Vec<String>,
    /// The emails, the schedule, and what starts the sending.
    sending: AnyView,
    /// Requests the leads and starts the sending at once.
    together: Option<AnyView>,
) -> impl IntoView {
    let parts = campaign.criteria.parts();
    let affordable = quote.is_affordable();
    let id = campaign.id;
    let line = in_one_line(&quote);
    let action = if !may_spend {
        view! { <Notice tone=Tone::Warning title="Your role may look, but not spend credits" /> }.into_any()
    } else if quote.is_in_vain() {
        view! { <NobodyLeft href=WizardStep::Audience.href(id) /> }.into_any()
    } else if !affordable {
        view! {
            <NotEnough quote=quote.clone() href=WizardStep::Leads.href(id) key=key.clone() campaign=id />
            <SoManyADay campaign=id key form=standing label="Or a daily number until a total" />
        }
        .into_any()
    } else {
        let back = WizardStep::Leads.href(id);
        view! {
            {refusal.map(|text| view! { <Notice tone=Tone::Warning title="A cap is in the way" id="cap-refusal"><p>{text}</p></Notice> })}
            <ConfirmRequest campaign=id key=key.clone() quantity=quote.quantity.get() most=quote.cost_max back=back look=look />
            {together}
            <SoManyADay campaign=id key form=standing label="Or a daily number until a total" />
        }
        .into_any()
    };
    view! {
        <Wizard step=WizardStep::Review campaign=Some(id) name=campaign.name.clone() reached=WizardStep::Review topic="requesting">
            {(!refused.is_empty()).then(|| {
                let refused: Vec<_> = refused.into_iter().map(|text| view! { <li>{text}</li> }).collect();
                view! { <Notice tone=Tone::Bad title="Nothing was started" id="review-refused"><ul>{refused}</ul></Notice> }
            })}
            <div class="stack">
                <Panel>
                    <p class="review-line">{line}</p>
                    <div class="stack review-actions">{action}</div>
                </Panel>
                <div class="review-sheet">
                    <Panel title="Your criteria">
                        <dl class="facts">
                            {parts.into_iter().map(|(label, values)| view! { <div><dt>{label}</dt><dd>{values}</dd></div> }).collect::<Vec<_>>()}
                        </dl>
                    </Panel>
                    <QuotePanel quote=quote />
                </div>
                {sending}
            </div>
        </Wizard>
    }
}

/// How many, what for, and what is left: “25 leads, at most 25 credits, 575 left.”
fn in_one_line(quote: &FullQuote) -> String {
    let leads = plural(quote.quantity.get(), "lead", "leads");
    let cost = credits_text(quote.cost_max.get());
    match quote.available_after() {
        Some(after) => format!("{leads}, at most {cost}, {} left", count_text(after.get())),
        None => format!("{leads}, at most {cost}; {} available", count_text(quote.balance.available.get())),
    }
}

/// Everything rule C1 wants shown.
#[component]
fn QuotePanel(quote: FullQuote) -> impl IntoView {
    // Nothing is left of what does not suffice, and it is drawn from nowhere.
    let after = quote.available_after().map(|after| {
        view! { <div><dt>"Available afterwards, at least"</dt><dd>{credits_text(after.get())}</dd></div> }
    });
    let others = waterfall::asks_others(&quote.sources);
    let short = !others && (1..quote.quantity.get()).contains(&quote.deliverable());
    let sources = quote.sources.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", then ");
    let people = if others { quote.quantity.get() } else { quote.quantity.get().min(quote.deliverable()) };
    let time = quote.forecast.text_for(people).filter(|_| people > 0);
    let prices: Vec<_> = quote
        .sources
        .iter()
        .map(|one| view! { <div><dt>"Price per lead, " {one.name.clone()}</dt><dd>{credits_text(one.price.get())}</dd></div> })
        .collect();
    let least = (quote.cost_min < quote.cost_max).then(|| {
        view! { <div><dt>"If the cheapest source has all of them"</dt><dd>{credits_text(quote.cost_min.get())}</dd></div> }
    });
    let draws: Vec<_> = quote
        .draws
        .iter()
        .filter(|_| quote.is_affordable())
        .map(|draw| {
            let expiry = match draw.lot.expires_at {
                Some(at) => view! { "expires " <TimeStamp micros=at.micros() date_only=true /> }.into_any(),
                None => "never expires".into_any(),
            };
            view! {
                <div>
                    <dt>{draw.lot.kind.label()} <span class="faint small">" · " {expiry}</span></dt>
                    <dd>{count_text(draw.amount.get())}</dd>
                </div>
            }
        })
        .collect();
    view! {
        <Panel title="What it costs">
            <dl class="facts facts-sum">
                <div><dt>"People who match"</dt><dd>{count_text(quote.matching)}</dd></div>
                <div><dt>"You own already"</dt><dd>{count_text(quote.owned)}</dd></div>
                <div><dt>"Leads you ask for"</dt><dd>{count_text(quote.quantity.get())}</dd></div>
                {others.then(|| view! { <div><dt>"Sources"</dt><dd>{sources}</dd></div> })}
                {prices}
                {time.map(|time| view! { <div><dt>"Time it takes"</dt><dd>{time}</dd></div> })}
                {least}
                <div class="facts-total"><dt>"The most it can cost"</dt><dd>{credits_text(quote.cost_max.get())}</dd></div>
                <div><dt>"Available now"</dt><dd>{credits_text(quote.balance.available.get())}</dd></div>
                {after}
            </dl>
            {short.then(|| view! {
                <p class="small soft">
                    {format!("Only {} people can be delivered. You pay for those; the rest of the hold comes back.", count_text(quote.deliverable()))}
                </p>
            })}
            {(!draws.is_empty()).then(|| view! {
                <details class="disclosure">
                    <summary>"Batches of credits it draws from"</summary>
                    <dl class="facts facts-sum">{draws}</dl>
                </details>
            })}
            <p><HelpLink topic="credits">"In which order credits are used"</HelpLink></p>
        </Panel>
    }
}

#[component]
fn ConfirmRequest(
    campaign: CampaignId,
    key: String,
    quantity: i64,
    /// What the quote says; the hold is never more.
    most: Credits,
    back: String,
    look: FirstBatchForm,
) -> impl IntoView {
    view! {
        <form method="post" action=RequestLeadsForm::PATH class="stack-tight" data-submit-once="" data-in-place="">
            <input type="hidden" name="campaign" value=campaign.to_string() />
            <input type="hidden" name="key" value=key />
            <input type="hidden" name="most" value=most.get() />
            {(quantity >= 2 * FIRST_DEFAULT || look.wanted).then(|| view! { <FirstBatch quantity=quantity form=look /> })}
            <Button kind=ButtonKind::Primary>{format!("Request {} leads", count_text(quantity))}</Button>
            <p class="small soft">"The credits are set aside now and spent one by one as leads arrive. You can cancel at any time."</p>
            <LinkButton href=back kind=ButtonKind::Quiet>"Change the number"</LinkButton>
        </form>
    }
}

/// What was typed for a first batch to look at.
#[derive(Debug, Clone, Default)]
pub struct FirstBatchForm {
    pub wanted: bool,
    pub first: String,
    pub bad_percent: String,
    pub errors: FieldErrors,
}

impl FirstBatchForm {
    /// As it was typed, with what to change.
    pub fn typed(form: &Form, errors: FieldErrors) -> Self {
        let short = |name: &str| form.text(name).chars().take(20).collect();
        Self { wanted: form.text("look") == "first", first: short("first"), bad_percent: short("bad_percent"), errors }
    }
}

/// A small batch first: the rest waits, still held, for a click or by a rule.
#[component]
fn FirstBatch(quantity: i64, form: FirstBatchForm) -> impl IntoView {
    let first = match form.first.as_str() {
        "" => FIRST_DEFAULT.min(quantity - 1).to_string(),
        typed => typed.to_owned(),
    };
    view! {
        <Checkbox label=format!("First {}, then decide", first) name="look" value="first" checked=form.wanted
            hint="The rest stays set aside for up to 24 hours, until you go on or stop with one click." />
        <details class="disclosure" open=form.wanted>
            <summary>"How many first, and by which rule"</summary>
            <div class="stack-tight">
                <Field label="Leads in the first batch" name="first" value=first error=form.errors.of("first") inputmode="numeric" />
                <Field label="Continue automatically if fewer are bad than" name="bad_percent" value=form.bad_percent.clone()
                    error=form.errors.of("bad_percent") inputmode="numeric" optional=true
                    hint="In percent. It counts once as many leads as the first batch were reviewed. Empty: you decide." />
            </div>
        </details>
    }
}

/// Refused: there is nobody to deliver.
#[component]
fn NobodyLeft(href: String) -> impl IntoView {
    view! {
        <Notice tone=Tone::Warning title="No one can be delivered">
            <p>"No one matches, or you own everyone who does. Change the audience to reach more people."</p>
            <LinkButton href=href kind=ButtonKind::Primary>"Change the audience"</LinkButton>
        </Notice>
    }
}

/// Refused: how much is missing, and the two ways on (C3).
#[component]
fn NotEnough(quote: FullQuote, href: String, key: String, campaign: CampaignId) -> impl IntoView {
    let total = quote.quantity.get().to_string();
    let affordable = quote.affordable();
    let text = format!(
        "This needs {} and {} available. Nothing was requested or charged.",
        credits_text(quote.cost_max.get()),
        if quote.balance.available.get() == 1 {
            "1 credit is".to_owned()
        } else {
            format!("{} are", credits_text(quote.balance.available.get()))
        },
    );
    view! {
        <Notice tone=Tone::Warning title="Not enough credits">
            <p>{text}</p>
            <div class="form-actions">
                {(affordable > 0).then(|| view! {
                    <form method="post" action=href data-submit-once="">
                        <input type="hidden" name="quantity" value=affordable.to_string() />
                        <Button>{format!("Request what I can afford ({})", count_text(affordable))}</Button>
                    </form>
                })}
                <form method="post" action=format!("/campaigns/{campaign}/standing") data-submit-once="">
                    <input type="hidden" name="key" value=key />
                    <input type="hidden" name="total" value=total />
                    <Button>"Continue automatically when credits arrive"</Button>
                </form>
                <LinkButton href="/settings/cold-email-agent#packages" kind=ButtonKind::Primary>"Buy credits"</LinkButton>
            </div>
            <p><HelpLink topic="running-out">"What happens when credits run out"</HelpLink></p>
        </Notice>
    }
}
