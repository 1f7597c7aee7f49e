//! Events about plans.

use serde_json::Value;

use super::{
    Stripe,
    apply::{Done, Verdict},
    inbox::Stored,
};
use crate::app::App;

/// Acts on an event about a subscription or its invoices.
pub(super) async fn apply(
    _app: &App,
    _stripe: &Stripe,
    _stored: &Stored,
    _object: &Value,
) -> Result<Option<Done>, Verdict> {
    Err(Verdict::Ignore("This instance sells no plans through Stripe.".into()))
}
