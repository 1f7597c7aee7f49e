//! A message in the flow of the page.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Icon, OptionalText};

/// What a message or a tag means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    /// Neutral: a state without judgement.
    Neutral,
    /// Worth knowing.
    #[default]
    Info,
    /// It worked, it is done.
    Good,
    /// Waits for somebody, or soon will.
    Warning,
    /// Failed, refused, ended.
    Bad,
}

impl Tone {
    /// The word for this tone in class names.
    pub fn word(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Info => "info",
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }

    /// The tone of a [word](Self::word); an unknown one is neutral.
    pub fn of_word(word: &str) -> Self {
        [Self::Info, Self::Good, Self::Warning, Self::Bad]
            .into_iter()
            .find(|tone| tone.word() == word)
            .unwrap_or(Self::Neutral)
    }

    fn icon(self) -> &'static str {
        match self {
            Self::Neutral | Self::Info => "info",
            Self::Good => "check",
            Self::Warning | Self::Bad => "alert",
        }
    }
}

/// A message with its tone; the tone is also an icon, so colour is never alone.
#[component]
pub fn Notice(
    #[prop(optional)] tone: Tone,
    #[prop(optional, into)] title: OptionalText,
    #[prop(optional, into)] id: OptionalText,
    /// The topics it follows (needs an `id`).
    #[prop(optional, into)]
    live: OptionalText,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let role = (tone == Tone::Bad).then_some("alert");
    view! {
        <div class=format!("notice notice-{}", tone.word()) role=role id=id.0 data-live=live.0>
            <Icon name=tone.icon() />
            <div class="notice-body">
                {title.0.map(|title| view! { <p class="notice-title">{title}</p> })}
                {children.map(|children| children())}
            </div>
        </div>
    }
    .into_any()
}
