//! Why a server function did not do what it was asked, as both halves know it.

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

use crate::fields::FieldErrors;

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
}

impl FromServerFnError for FormError {
    type Encoder = JsonEncoding;

    /// What went wrong around the function: on the way there, or on the way back.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => {
                Self::new(503, "The server did not answer. Check your connection, then try again.")
            }
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Serialization(_)
            | ServerFnErrorErr::Deserialization(_)
            | ServerFnErrorErr::UnsupportedRequestMethod(_) => {
                Self::new(400, "This could not be read. Load the page again, then try once more.")
            }
            other => Self::internal(&other),
        }
    }
}

#[cfg(feature = "ssr")]
impl FormError {
    fn internal(error: &ServerFnErrorErr) -> Self {
        crate::server::error::AppError::Internal(anyhow::anyhow!("{error}")).into()
    }
}

#[cfg(not(feature = "ssr"))]
impl FormError {
    fn internal(_: &ServerFnErrorErr) -> Self {
        Self::new(500, "Something went wrong on our side. Try again in a moment.")
    }
}
