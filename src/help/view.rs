//! The pages of the guide.

use leptos::prelude::*;

use super::topic::{TOPICS, Topic};
use crate::{server::support::Support, ui::PageHeader};

/// All topics with what they answer.
#[component]
pub fn Contents(support: Option<Support>) -> impl IntoView {
    let support = support.map(|one| {
        view! { <p class="soft">"Something is not answered here? Write to " <a href=one.href>{one.text}</a> "."</p> }
    });
    let topics: Vec<_> = TOPICS
        .iter()
        .map(|topic| {
            view! {
                <li class="topic">
                    <a href=format!("/help/{}", topic.name)>
                        <h2>{topic.title}</h2>
                        <p>{topic.summary}</p>
                    </a>
                </li>
            }
        })
        .collect();
    view! {
        <PageHeader title="Help" subtitle="How Fairlead counts, charges and delivers." />
        <ul class="topics">{topics}</ul>
        {support}
    }
    .into_any()
}

/// One topic, with the others beside it.
#[component]
pub fn TopicPage(topic: &'static Topic) -> impl IntoView {
    let others: Vec<_> = TOPICS
        .iter()
        .map(|other| {
            let current = (other == topic).then_some("page");
            view! {
                <li>
                    <a href=format!("/help/{}", other.name) aria-current=current>
                        {other.title}
                    </a>
                </li>
            }
        })
        .collect();
    view! {
        <PageHeader title=topic.title subtitle=topic.summary back_href="/help" back_label="Help" />
        <div class="guide">
            <article class="prose" inner_html=topic.text></article>
            <nav class="guide-topics" aria-label="Topics">
                <ul>{others}</ul>
            </nav>
        </div>
    }
    .into_any()
}
