//! What the members of a workspace have to know, on top of every page until they dismiss it.

use leptos::prelude::*;

use super::{ButtonKind, Icon, LinkButton, Notice, Tone, plural};
use crate::topics;

/// One message; the frame shows the first few.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameNotice {
    /// Where its dismissal is posted.
    pub dismissal: String,
    pub tone: Tone,
    pub title: String,
    pub text: String,
    /// Where something can be done about it.
    pub link: Option<String>,
    /// What the button to the link says; without it the title leads there.
    pub action: Option<String>,
}

/// Most messages at once; the rest follow as these are dismissed.
const SHOWN_MAX: usize = 3;

/// The messages in their order, each with a button that takes it away. There even when empty, so that it can follow.
#[component]
pub(super) fn NoticeBoard(
    notices: Vec<FrameNotice>,
    /// The page to come back to.
    here: String,
) -> impl IntoView {
    let empty = notices.is_empty();
    let more = i64::try_from(notices.len().saturating_sub(SHOWN_MAX)).unwrap_or(i64::MAX);
    let shown: Vec<_> = notices
        .into_iter()
        .take(SHOWN_MAX)
        .map(|notice| {
            let here = here.clone();
            view! { <Message notice here /> }
        })
        .collect();
    view! {
        <div class="notice-board" id="notices" data-live=format!("{} {}", topics::NOTICES, topics::CREDITS) hidden=empty>
            {shown}
            {(more > 0)
                .then(|| {
                    let more = plural(more, "more message", "more messages");
                    view! { <p class="soft small">{format!("And {more}: dismiss one to see the next.")}</p> }
                })}
        </div>
    }
    .into_any()
}

#[component]
fn Message(notice: FrameNotice, here: String) -> impl IntoView {
    let FrameNotice { dismissal, tone, title, text, link, action } = notice;
    let label = format!("Dismiss: {title}");
    let (title, action) = match (link, action) {
        (Some(href), Some(action)) => {
            (title.into_any(), Some(view! { <LinkButton href=href kind=ButtonKind::Primary>{action}</LinkButton> }))
        }
        (Some(href), None) => (view! { <a href=href>{title}</a> }.into_any(), None),
        (None, _) => (title.into_any(), None),
    };
    view! {
        <div class="notice-board-row">
            <Notice tone>
                <p class="notice-title">{title}</p>
                <p>{text}</p>
                {action}
                <form class="notice-dismiss" method="post" action=dismissal data-submit-once="">
                    <input type="hidden" name="next" value=here />
                    <button class="button button-quiet button-icon" type="submit" aria-label=label>
                        <Icon name="close" />
                    </button>
                </form>
            </Notice>
        </div>
    }
    .into_any()
}
