//! Why a mailbox that signs in at a provider fails or rests: the codes that `token.rs` writes, and their sentences.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    fault::{TokenFault, Withdrawn},
    provider::Provider,
};

/// It has to sign in again.
pub const SIGN_IN_AGAIN: &str = "sign_in_again";
/// The provider does not answer.
pub const PROVIDER_DOWN: &str = "provider_down";
/// The provider does not take the app of this instance.
pub const APP_REFUSED: &str = "app_refused";

#[derive(Serialize, Deserialize)]
struct Params {
    provider: Provider,
    why: Option<Withdrawn>,
    #[serde(default)]
    words: String,
}

/// What the sentence names.
pub fn params(provider: Provider, fault: &TokenFault) -> Value {
    let (why, words) = match fault {
        TokenFault::Withdrawn { why, words } => (Some(*why), words.clone()),
        TokenFault::AdminConsent { words } => (Some(Withdrawn::Revoked), words.clone()),
        TokenFault::Down { words, .. } | TokenFault::AppRefused { words } => (None, words.clone()),
        fault => (None, fault.sentence(provider)),
    };
    json!(Params { provider, why, words })
}

/// The sentence of a code of this folder; `None` for any other.
pub fn cause_text(code: &str, params: &Value) -> Option<String> {
    let Params { provider, why, words } = Params::deserialize(params).ok()?;
    let name = provider.name();
    let said = if words.is_empty() { String::new() } else { format!(" {name} said: “{words}”.") };
    Some(match (code, why) {
        (SIGN_IN_AGAIN, Some(why)) => format!("{}{said}", why.sentence(provider)),
        (SIGN_IN_AGAIN, None) => words,
        (PROVIDER_DOWN, _) => format!("{name} does not answer at the moment."),
        (APP_REFUSED, _) => TokenFault::AppRefused { words }.sentence(provider),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_sentence() {
        let text = |code, fault| cause_text(code, &params(Provider::Google, &fault)).unwrap();
        let words = || "Token has been expired or revoked.".to_owned();
        assert_eq!(
            text(SIGN_IN_AGAIN, TokenFault::Withdrawn { why: Withdrawn::Revoked, words: words() }),
            "Google has withdrawn the permission. Sign in again. Google said: “Token has been expired or revoked.”."
        );
        assert!(text(SIGN_IN_AGAIN, TokenFault::OtherAccount).starts_with("Google answered for another account"));
        let down = TokenFault::Down { words: "status 503".into(), retry_after: None };
        assert_eq!(text(PROVIDER_DOWN, down), "Google does not answer at the moment.");
        assert!(text(APP_REFUSED, TokenFault::AppRefused { words: "Unauthorized".into() }).contains("“Unauthorized”"));
        assert_eq!(cause_text("network", &json!({ "words": "x" })), None);
        assert_eq!(cause_text(SIGN_IN_AGAIN, &json!({})), None);
    }
}
