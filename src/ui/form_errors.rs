//! The summary of what has to be mended, on top of a form.

use leptos::prelude::*;

use super::{Icon, plural};
use crate::fields::FieldErrors;

/// Errors for the summary: made from [`FieldErrors`] or from pairs of field id and message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorList(Vec<(String, String)>);

impl From<Vec<(String, String)>> for ErrorList {
    fn from(errors: Vec<(String, String)>) -> Self {
        Self(errors)
    }
}

impl From<&FieldErrors> for ErrorList {
    fn from(errors: &FieldErrors) -> Self {
        Self(errors.iter().map(|(field, message)| (field.to_owned(), message.to_owned())).collect())
    }
}

impl From<FieldErrors> for ErrorList {
    fn from(errors: FieldErrors) -> Self {
        Self::from(&errors)
    }
}

/// Errors as pairs of field id and message, each a link to its field (no link when the id is empty). Shows nothing
/// without errors; takes the focus when the page opens, so that it is read first.
#[component]
pub fn FormErrors(#[prop(optional, into)] errors: ErrorList) -> impl IntoView {
    let ErrorList(errors) = errors;
    if errors.is_empty() {
        return ().into_any();
    }
    let count = i64::try_from(errors.len()).unwrap_or(i64::MAX);
    let title = if count == 1 {
        "Please check this:".to_owned()
    } else {
        format!("Please check {}:", plural(count, "field", "fields"))
    };
    let lines: Vec<_> = errors
        .into_iter()
        .map(|(field, message)| {
            if field.is_empty() {
                view! { <li>{message}</li> }.into_any()
            } else {
                view! { <li><a href=format!("#{field}")>{message}</a></li> }.into_any()
            }
        })
        .collect();
    view! {
        <div class="notice notice-bad" role="alert" tabindex="-1" autofocus id="form-errors">
            <Icon name="alert" />
            <div class="notice-body">
                <p class="notice-title">{title}</p>
                <ul>{lines}</ul>
            </div>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_links_to_its_field() {
        let errors = FieldErrors::one("quantity", "Enter at least 1");
        let html = view! { <FormErrors errors=&errors /> }.to_html();
        assert!(html.contains(r##"<a href="#quantity">Enter at least 1<"##), "{html}");
    }

    #[test]
    fn without_errors_there_is_no_summary() {
        assert!(!view! { <FormErrors errors=FieldErrors::default() /> }.to_html().contains("notice"));
    }
}
