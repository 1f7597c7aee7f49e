//! Packages and plans, for the operator.

use leptos::prelude::*;

use crate::{
    billing::{
        Package,
        admin_pages::{OfferKind, Typed},
        plans::Plan,
    },
    fields::FieldErrors,
    ui::{
        Button, ButtonKind, Choice, Confirm, Field, FormErrors, PageHeader, Panel, RadioGroup, Table, count_text,
        money_text,
    },
};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct OffersPageData {
    pub packages: Vec<Package>,
    pub plans: Vec<Plan>,
    pub typed: Typed,
    pub errors: FieldErrors,
    /// Of what is added.
    pub currency: String,
}

/// Everything on sale, and a form for more.
#[component]
pub fn OffersPage(data: OffersPageData) -> impl IntoView {
    let OffersPageData { packages, plans, typed, errors, currency } = data;
    let packages = packages.into_iter().map(|sold| {
        view! { <Line kind=OfferKind::Package id=sold.id.to_string() name=sold.name credits=sold.credits.get() price=money_text(sold.amount_minor, &sold.currency) /> }
    });
    let packages: Vec<_> = packages.collect();
    let plans = plans.into_iter().map(|sold| {
        let price = format!("{} a month", money_text(sold.amount_minor, &sold.currency));
        view! { <Line kind=OfferKind::Plan id=sold.id.to_string() name=sold.name credits=sold.credits.get() price /> }
    });
    let plans: Vec<_> = plans.collect();
    let kinds = vec![Choice::new("package", "Once: a package"), Choice::new("plan", "Every month: a plan")];
    view! {
        <PageHeader
            title="Packages and plans"
            subtitle="What customers can buy. A change never touches what was sold before."
            back_href="/admin"
            back_label="Administration"
        />
        <div class="stack">
            <Offers title="Packages" lines=packages />
            <Offers title="Plans" lines=plans />
            <Panel title="Add one" description=format!("Prices are in {currency} (FAIRLEAD_CURRENCY).")>
                <form class="form" method="post" action="/admin/packages" data-submit-once="">
                    <FormErrors errors=&errors />
                    <RadioGroup legend="Paid" name="kind" options=kinds selected=typed.kind.clone() error=errors.of("kind") />
                    <Fields typed errors=errors.clone() />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary>"Put it on sale"</Button>
                    </div>
                </form>
            </Panel>
        </div>
    }
    .into_any()
}

#[component]
fn Offers<V: IntoView + 'static>(title: &'static str, lines: Vec<V>) -> impl IntoView {
    let body = if lines.is_empty() {
        view! { <p class="soft">"Nothing is on sale here."</p> }.into_any()
    } else {
        view! {
            <Table caption=title>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col" class="number">
                            "Credits"
                        </th>
                        <th scope="col" class="number">
                            "Price"
                        </th>
                        <th scope="col">
                            <span class="visually-hidden">"Actions"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{lines}</tbody>
            </Table>
        }
        .into_any()
    };
    view! { <Panel title=title flush=true>{body}</Panel> }.into_any()
}

#[component]
fn Line(kind: OfferKind, id: String, name: String, credits: i64, price: String) -> impl IntoView {
    let address = format!("/admin/packages/{}/{id}", kind.word());
    let retire = format!("{address}/retire");
    let kept = match kind {
        OfferKind::Package => "It can no longer be bought. Orders and receipts stay as they are.",
        OfferKind::Plan => {
            "It can no longer be chosen. Workspaces that have it keep it at its price until they change."
        }
    };
    view! {
        <tr>
            <th scope="row">
                <a href=address>{name.clone()}</a>
            </th>
            <td class="number">{count_text(credits)}</td>
            <td class="number">{price}</td>
            <td class="row-actions">
                <Confirm
                    id=format!("retire-{id}")
                    label=format!("Stop selling {name}")
                    title=format!("Stop selling {name}?")
                    kind=ButtonKind::Quiet
                    icon="trash"
                >
                    <p>{kept}</p>
                    <form method="post" action=retire.clone() data-submit-once="">
                        <Button kind=ButtonKind::Danger>"Stop selling it"</Button>
                    </form>
                </Confirm>
            </td>
        </tr>
    }
    .into_any()
}

#[component]
fn Fields(typed: Typed, errors: FieldErrors) -> impl IntoView {
    view! {
        <Field label="Name" name="name" required=true maxlength="60" value=typed.name error=errors.of("name") />
        <Field label="Credits" name="credits" inputmode="numeric" required=true value=typed.credits error=errors.of("credits") />
        <Field label="Price" name="price" inputmode="decimal" required=true value=typed.price error=errors.of("price") />
    }
    .into_any()
}

/// One offer, to change.
#[component]
pub fn OfferPage(kind: OfferKind, id: String, typed: Typed, errors: FieldErrors, currency: String) -> impl IntoView {
    view! {
        <PageHeader
            title=format!("Change a {}", kind.word())
            subtitle="Orders, receipts and subscriptions made before keep what was agreed then."
            back_href="/admin/packages"
            back_label="Packages and plans"
        />
        <Panel description=format!("The price is in {currency}.")>
            <form class="form" method="post" action=format!("/admin/packages/{}/{id}", kind.word()) data-submit-once="">
                <FormErrors errors=&errors />
                <Fields typed errors=errors.clone() />
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary>"Save"</Button>
                </div>
            </form>
        </Panel>
    }
    .into_any()
}
