//! The steps of a wizard.

use leptos::prelude::*;

use super::Icon;

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    Done,
    Current,
    Upcoming,
}

/// One step; without `href` it cannot be opened yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub label: String,
    pub href: Option<String>,
    pub state: StepState,
}

/// The steps of a wizard as an ordered list; the current one is marked for screen readers.
#[component]
pub fn Steps(steps: Vec<Step>) -> impl IntoView {
    let items: Vec<_> = steps.into_iter().enumerate().map(|(index, step)| step_item(index + 1, step)).collect();
    view! {
        <nav class="steps" aria-label="Steps">
            <ol>{items}</ol>
        </nav>
    }
    .into_any()
}

fn step_item(number: usize, step: Step) -> AnyView {
    let class = match step.state {
        StepState::Done => "step step-done",
        StepState::Current => "step step-current",
        StepState::Upcoming => "step",
    };
    let current = (step.state == StepState::Current).then_some("step");
    let mark = match step.state {
        StepState::Done => view! {
            <Icon name="check" />
            <span class="visually-hidden">"Done: "</span>
        }
        .into_any(),
        _ => number.to_string().into_any(),
    };
    let content = view! {
        <span class="step-mark">{mark}</span>
        <span class="step-label">{step.label}</span>
    };
    match step.href {
        Some(href) => view! {
            <li class=class>
                <a href=href aria-current=current>{content}</a>
            </li>
        }
        .into_any(),
        None => view! {
            <li class=class>
                <span class="step-text" aria-current=current>{content}</span>
            </li>
        }
        .into_any(),
    }
}
