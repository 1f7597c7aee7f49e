//! The receipt as a page to print, and the form with the buyer's details.

use leptos::prelude::*;

use super::{BillingDetails, Receipt};
use crate::{
    fields::FieldErrors,
    ui::{Button, ButtonKind, Field, FormErrors, HelpLink, LinkButton, PageHeader, Panel, TextArea, TimeStamp},
};

/// One receipt. In print, only the receipt itself.
#[component]
pub fn ReceiptPage(receipt: Receipt, order: String) -> impl IntoView {
    let lines = |lines: Vec<String>| lines.into_iter().map(|line| view! { <span>{line}</span> }).collect::<Vec<_>>();
    view! {
        <PageHeader title=format!("Receipt {}", receipt.number) back_href=format!("/orders/{order}") back_label="The order">
            <LinkButton href=format!("/orders/{order}/receipt.pdf")>"PDF"</LinkButton>
            <HelpLink topic="receipts">"About receipts"</HelpLink>
        </PageHeader>
        <article class="receipt">
            <div class="receipt-parties">
                <div>
                    <h2>"From"</h2>
                    <p class="receipt-lines">{lines(receipt.seller)}</p>
                </div>
                <div>
                    <h2>"To"</h2>
                    <p class="receipt-lines">{lines(receipt.buyer)}</p>
                </div>
            </div>
            <dl class="facts facts-sum">
                <div>
                    <dt>"Receipt number"</dt>
                    <dd>{receipt.number}</dd>
                </div>
                <div>
                    <dt>"Paid on"</dt>
                    <dd>
                        <TimeStamp micros=receipt.issued_at.micros() date_only=true />
                    </dd>
                </div>
                <div>
                    <dt>"Paid with"</dt>
                    <dd>{receipt.paid_with}</dd>
                </div>
                <div>
                    <dt>{receipt.what} <span class="table-detail">{receipt.detail}</span></dt>
                    <dd>{receipt.price}</dd>
                </div>
                {receipt
                    .reduction
                    .map(|reduction| {
                        view! {
                            <div>
                                <dt>"Discount or credit"</dt>
                                <dd>{reduction}</dd>
                            </div>
                        }
                    })}
                <div class="facts-total">
                    <dt>"Total paid"</dt>
                    <dd>{receipt.total}</dd>
                </div>
            </dl>
            {receipt.refunded.then(|| view! { <p class="strong">"This payment was refunded."</p> })}
            {receipt.tax.map(|tax| view! { <p class="soft small">{tax}</p> })}
        </article>
    }
    .into_any()
}

/// Who receipts are made out to.
#[component]
pub fn DetailsPage(details: BillingDetails, errors: FieldErrors, workspace: String) -> impl IntoView {
    view! {
        <PageHeader
            title="Billing details"
            subtitle="Who your receipts are made out to from now on. Everything here is optional."
            back_href="/settings/cold-email-agent/orders"
            back_label="Orders and receipts"
        />
        <Panel>
            <form class="form" method="post" action="/settings/cold-email-agent/billing-details" data-submit-once="">
                <FormErrors errors=&errors />
                <Field
                    label="Company or name"
                    name="name"
                    optional=true
                    hint=format!("Without one, receipts say {workspace}")
                    maxlength="120"
                    autocomplete="organization"
                    value=details.name
                    error=errors.of("name")
                />
                <TextArea label="Address" name="address" optional=true rows=4 value=details.address error=errors.of("address") />
                <Field
                    label="VAT or other tax ID"
                    name="tax_id"
                    optional=true
                    maxlength="120"
                    value=details.tax_id
                    error=errors.of("tax_id")
                />
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary>"Save"</Button>
                </div>
            </form>
        </Panel>
    }
    .into_any()
}

/// Who receipts are made out to, in short, with the way to change it.
#[component]
pub fn DetailsPanel(details: BillingDetails, workspace: String, may_change: bool) -> impl IntoView {
    let lines: Vec<_> = details.lines(&workspace).into_iter().map(|line| view! { <span>{line}</span> }).collect();
    let change = may_change.then(|| {
        view! { <LinkButton href="/settings/cold-email-agent/billing-details">"Change the billing details"</LinkButton> }
    });
    view! {
        <Panel title="Billing details" description="Who your receipts are made out to.">
            <div class="stack">
                <p class="receipt-lines">{lines}</p>
                <div class="row">{change}</div>
            </div>
        </Panel>
    }
    .into_any()
}
