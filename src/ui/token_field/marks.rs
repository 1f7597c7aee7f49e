//! What is said about the values of a field, and what could stand instead of them.

use leptos::prelude::*;

use super::{
    state::{Mark, Offer},
    view::Field,
};

/// A line for each value that something is to be said about. What is offered are buttons where they can do something.
pub(super) fn marks(field: Field, is_live: bool) -> Vec<impl IntoView> {
    field.marks().into_iter().map(|mark| line(field, mark, is_live)).collect()
}

fn line(field: Field, mark: Mark, is_live: bool) -> impl IntoView {
    let Mark { value, text, is_bad, offers } = mark;
    let offers: Vec<_> = offers.into_iter().map(|offer| button(field, value.clone(), offer, is_live)).collect();
    view! {
        <p class="token-mark" class:token-mark-bad=is_bad>
            <span>{text}</span>
            {offers}
        </p>
    }
}

fn button(field: Field, value: String, offer: Offer, is_live: bool) -> impl IntoView {
    let label = offer.label.clone();
    view! {
        <button type="button" class="token-offer" disabled=!is_live on:click=move |_| field.accept(&value, &offer)>
            {label}
        </button>
    }
}
