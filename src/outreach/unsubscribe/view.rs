//! The page of the way out: a document of its own, without scripts, for people who have no account.

use leptos::prelude::*;

use super::{
    opt_out::Mail,
    texts::{Scope, Texts},
};
use crate::outreach::sequences::closing::Language;

/// What the page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    Asks,
    Stopped(Scope),
    Undone,
    TooLate,
    TooMany,
}

/// The whole document. Without a mail (an unknown token) it names no one, and is the same for every token.
pub fn document(mail: Option<&Mail>, says: Says, css: &str) -> String {
    let texts = Texts::of(mail.map_or(Language::En, |mail| mail.language));
    let heading = heading(texts, mail, says);
    let form = match (says, mail) {
        (Says::Asks, Some(mail)) if !mail.is_test => {
            let everything = texts.everything(&mail.workspace_name);
            view! { <Choice texts everything=Some(everything) /> }.into_any()
        }
        (Says::Asks, None) => view! { <Choice texts everything=None /> }.into_any(),
        (Says::Stopped(_), mail) if mail.is_none_or(|mail| !mail.is_test) => view! { <Undo texts /> }.into_any(),
        _ => ().into_any(),
    };
    let css = (!css.is_empty()).then(|| css.to_owned());
    let html = view! {
        <html lang=texts.code>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="robots" content="noindex" />
                <title inner_html=texts.title></title>
                {css.map(|css| view! { <link rel="stylesheet" href=css /> })}
            </head>
            <body class="frame frame-public">
                <main class="main" id="main">
                    <section class="error-page">
                        <h1 id="heading">{heading}</h1>
                        {form}
                        <p class="soft small"><a href="/objections">{texts.everyone}</a></p>
                    </section>
                </main>
            </body>
        </html>
    };
    format!("<!DOCTYPE html>{}", html.to_html())
}

fn heading(texts: &Texts, mail: Option<&Mail>, says: Says) -> String {
    let Some(mail) = mail else {
        return match says {
            Says::Asks => texts.open_question,
            Says::Stopped(_) => texts.open_done,
            Says::Undone | Says::TooLate => texts.too_late,
            Says::TooMany => texts.too_many,
        }
        .to_owned();
    };
    let sender = &mail.workspace_name;
    match says {
        Says::TooMany => texts.too_many.to_owned(),
        _ if mail.is_test => texts.test.to_owned(),
        Says::Asks => texts.question(sender, &mail.masked_address()),
        Says::Stopped(scope) => texts.done(scope, sender),
        Says::Undone => texts.undone(sender),
        Says::TooLate => texts.too_late.to_owned(),
    }
}

/// Forms post to the address of the page, whatever it is.
#[component]
fn Choice(texts: &'static Texts, everything: Option<String>) -> impl IntoView {
    let scopes = everything.map(|everything| {
        view! {
            <div class="stack">
                <label class="choice">
                    <input type="radio" name="scope" value="workspace" checked />
                    <span class="choice-text">{everything}</span>
                </label>
                <label class="choice">
                    <input type="radio" name="scope" value="campaign" />
                    <span class="choice-text">{texts.only_this}</span>
                </label>
            </div>
        }
    });
    view! {
        <form class="form" method="post">
            {scopes}
            <div class="form-actions">
                <button class="button button-primary" type="submit">
                    {texts.stop}
                </button>
            </div>
        </form>
    }
    .into_any()
}

#[component]
fn Undo(texts: &'static Texts) -> impl IntoView {
    view! {
        <form method="post">
            <button class="button button-secondary" type="submit" name="undo" value="yes">
                {texts.undo}
            </button>
        </form>
    }
    .into_any()
}
