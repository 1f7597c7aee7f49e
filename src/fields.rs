//! What is wrong with a form, field by field, as both halves know it.

use std::collections::BTreeMap;

#[cfg(feature = "ssr")]
use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

/// The message for each field that cannot be taken as it is. Empty means that all is well.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldErrors(BTreeMap<String, String>);

impl FieldErrors {
    /// One error alone.
    pub fn one(field: &str, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }

    /// Notes what is wrong with `field`; the first message for a field stays.
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.entry(field.to_owned()).or_insert_with(|| message.into());
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Field names and messages, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, message)| (field.as_str(), message.as_str()))
    }
}

/// What to tell who asked. Holds nothing internal: what went wrong on our side is logged, and the summary names its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormError {
    /// What to change, beside the fields.
    pub fields: FieldErrors,
    /// What happened and what to do, in a sentence or two.
    pub summary: String,
    /// The status of the HTTP answer.
    pub status: u16,
}

impl FormError {
    /// An error about the form as a whole.
    pub fn new(status: u16, summary: impl Into<String>) -> Self {
        Self { fields: FieldErrors::default(), summary: summary.into(), status }
    }

    /// No answer came.
    pub fn lost() -> Self {
        Self::new(503, "The server did not answer. Check your connection, then try again.")
    }

    /// What was sent, or what came back, cannot be read.
    pub fn unread() -> Self {
        Self::new(400, "This could not be read. Load the page again, then try once more.")
    }

    /// What to show above and beside the fields: the summary alone when no field is to blame.
    pub fn shown(&self) -> FieldErrors {
        if self.fields.is_empty() { FieldErrors::one("", &self.summary) } else { self.fields.clone() }
    }
}

impl From<FieldErrors> for FormError {
    fn from(fields: FieldErrors) -> Self {
        let summary = fields.iter().map(|(_, message)| message).collect::<Vec<_>>().join(" ");
        Self { fields, summary, status: 422 }
    }
}

/// What a form's function answers: what it made, and the page that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Then<T> {
    pub made: T,
    /// An address of this instance, or of the payment provider.
    pub next: String,
}

cfg_if::cfg_if! {
    if #[cfg(feature = "ssr")] {
        impl FieldErrors {
            /// The message for `field`, if it has one.
            pub fn of(&self, field: &str) -> Option<String> {
                self.0.get(field).cloned()
            }
        }

        impl FromServerFnError for FormError {
            type Encoder = JsonEncoding;

            /// What went wrong around the function: on the way there, or on the way back.
            fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
                match error {
                    ServerFnErrorErr::Request(_) => Self::lost(),
                    ServerFnErrorErr::Args(_)
                    | ServerFnErrorErr::MissingArg(_)
                    | ServerFnErrorErr::Serialization(_)
                    | ServerFnErrorErr::Deserialization(_)
                    | ServerFnErrorErr::UnsupportedRequestMethod(_) => Self::unread(),
                    other => Self::internal(&other),
                }
            }
        }

        /// What is shown of a failure on our side that was logged as `id`.
        pub fn failure_text(id: uuid::Uuid) -> String {
            format!("Nothing was charged. If it happens again, give the operator this number: {id}")
        }

        impl FormError {
            /// A failure around the function itself: logged once with an id, which is all that is shown.
            fn internal(error: &ServerFnErrorErr) -> Self {
                let id = uuid::Uuid::new_v4();
                tracing::error!(%id, error = format!("{error:#}"), "server function failed");
                Self::new(500, failure_text(id))
            }
        }
    }
}
