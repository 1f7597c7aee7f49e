//! The keys to Stripe: from the environment, checked at start, never shown.

use url::Url;

use super::config::{ConfigError, is_local};

const SECRET_KEY: &str = "FAIRLEAD_STRIPE_SECRET_KEY";
const WEBHOOK_SECRETS: &str = "FAIRLEAD_STRIPE_WEBHOOK_SECRETS";
const URL: &str = "FAIRLEAD_STRIPE_URL";
/// Where Stripe's API is.
const STRIPE: &str = "https://api.stripe.com";
/// Stripe's pages: where buyers are sent.
const STRIPE_PAGES: [&str; 2] = ["https://checkout.stripe.com", "https://billing.stripe.com"];
/// Webhook secrets in force at the same time: two during a rotation, a few more for several endpoints.
const WEBHOOK_SECRETS_MAX: usize = 8;

/// What it takes to talk to one Stripe account.
#[derive(Clone, PartialEq, Eq)]
pub struct StripeKeys {
    pub secret_key: String,
    /// Any of them may have signed a webhook, so that a secret can be changed without losing one.
    pub webhook_secrets: Vec<String>,
    /// Without a path.
    pub url: Url,
    /// Whether real money moves. Follows from the key; events of the other mode are refused.
    pub livemode: bool,
}

impl StripeKeys {
    /// Reads the three variables through `value`; `None` when none of them is set.
    ///
    /// Live keys and production belong together: a development instance never moves real money, a production one never
    /// gives credits for test money.
    ///
    /// # Errors
    /// The first variable that has a wrong value, without repeating a secret.
    pub(super) fn parse(value: impl Fn(&str) -> Option<String>, production: bool) -> Result<Option<Self>, ConfigError> {
        let (secret_key, webhook_secrets, url) = (value(SECRET_KEY), value(WEBHOOK_SECRETS), value(URL));
        let Some(secret_key) = secret_key else {
            return match (webhook_secrets, url) {
                (None, None) => Ok(None),
                _ => Err(secret_key_error("is missing, but other FAIRLEAD_STRIPE_ variables are set")),
            };
        };
        let livemode = livemode(&secret_key, production)?;
        let webhook_secrets = webhook_secrets_of(webhook_secrets)?;
        Ok(Some(Self { secret_key, webhook_secrets, url: url_of(url)?, livemode }))
    }

    /// The origins that a form may lead to: the provider's pages.
    pub fn page_origins(&self) -> Vec<String> {
        let origin = self.url.origin().ascii_serialization();
        if origin == STRIPE { STRIPE_PAGES.map(str::to_owned).to_vec() } else { vec![origin] }
    }
}

impl std::fmt::Debug for StripeKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StripeKeys").field("url", &self.url.as_str()).field("livemode", &self.livemode).finish()
    }
}

fn secret_key_error(fault: &str) -> ConfigError {
    ConfigError {
        variable: SECRET_KEY, fault: fault.into(), example: "sk_live_… from Stripe's dashboard, Developers"
    }
}

fn livemode(key: &str, production: bool) -> Result<bool, ConfigError> {
    let printable = key.bytes().all(|byte| byte.is_ascii_graphic());
    let begins = |words: [&str; 2]| words.iter().any(|word| key.starts_with(word) && key.len() > word.len());
    let livemode = match (begins(["sk_live_", "rk_live_"]), begins(["sk_test_", "rk_test_"])) {
        (true, _) if printable => true,
        (_, true) if printable => false,
        _ => return Err(secret_key_error("is not a secret key of Stripe (sk_live_… or sk_test_…)")),
    };
    match (livemode, production) {
        (false, true) => {
            Err(secret_key_error("is a test key: with FAIRLEAD_ENV=production it would give credits for no money"))
        }
        (true, false) => Err(secret_key_error("is a live key: real money needs FAIRLEAD_ENV=production")),
        _ => Ok(livemode),
    }
}

fn webhook_secrets_of(value: Option<String>) -> Result<Vec<String>, ConfigError> {
    let error = |fault: &str| ConfigError { variable: WEBHOOK_SECRETS, fault: fault.into(), example: "whsec_…" };
    let value = value.ok_or_else(|| error("is required with FAIRLEAD_STRIPE_SECRET_KEY"))?;
    let secrets: Vec<_> = value.split(',').map(|secret| secret.trim().to_owned()).collect();
    if secrets.len() > WEBHOOK_SECRETS_MAX {
        return Err(error("holds more than 8 secrets"));
    }
    match secrets.iter().all(|secret| secret.starts_with("whsec_") && secret.len() > "whsec_".len()) {
        true => Ok(secrets),
        false => Err(error("is not a list of signing secrets, separated by commas")),
    }
}

fn url_of(value: Option<String>) -> Result<Url, ConfigError> {
    let text = value.unwrap_or_else(|| STRIPE.into());
    let error = |fault: &str| ConfigError { variable: URL, fault: fault.into(), example: STRIPE };
    let url = Url::parse(&text).map_err(|_| error("is not a web address"))?;
    if url.path() != "/" || url.query().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(error("must be an address without path, query or password"));
    }
    match (url.scheme(), is_local(&url)) {
        ("https", _) | ("http", true) => Ok(url),
        ("http", false) => Err(error("must begin with https:// (http:// only for this machine)")),
        _ => Err(error("is not a web address")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)], production: bool) -> Result<Option<StripeKeys>, ConfigError> {
        let value = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        StripeKeys::parse(value, production)
    }

    #[test]
    fn without_keys_there_is_no_stripe_and_with_half_of_them_no_start() {
        assert_eq!(parse(&[], true), Ok(None));
        assert_eq!(parse(&[(WEBHOOK_SECRETS, "whsec_1")], false).unwrap_err().variable, SECRET_KEY);
        assert_eq!(parse(&[(SECRET_KEY, "sk_test_1")], false).unwrap_err().variable, WEBHOOK_SECRETS);
    }

    #[test]
    fn several_webhook_secrets_may_be_in_force() {
        let keys = parse(&[(SECRET_KEY, "sk_test_1"), (WEBHOOK_SECRETS, "whsec_new, whsec_old")], false).unwrap();
        let keys = keys.unwrap();
        assert_eq!(keys.webhook_secrets, ["whsec_new", "whsec_old"]);
        assert_eq!(keys.url.as_str(), "https://api.stripe.com/");
        assert!(!keys.livemode);
        for wrong in ["whsec_", "whsec_new,", "secret", "whsec_1,secret"] {
            let error = parse(&[(SECRET_KEY, "sk_test_1"), (WEBHOOK_SECRETS, wrong)], false).unwrap_err();
            assert_eq!(error.variable, WEBHOOK_SECRETS);
        }
    }

    #[test]
    fn live_keys_and_production_belong_together() {
        let keys = |key, production| parse(&[(SECRET_KEY, key), (WEBHOOK_SECRETS, "whsec_1")], production);
        assert!(keys("sk_live_1", true).unwrap().unwrap().livemode);
        assert!(keys("rk_test_1", false).is_ok());
        for (key, production) in [
            ("sk_test_1", true),
            ("sk_live_1", false),
            ("pk_live_1", true),
            ("sk_other_1", true),
            ("sk_test_a b", false),
        ] {
            let error = keys(key, production).unwrap_err();
            assert_eq!(error.variable, SECRET_KEY);
            assert!(!error.fault.contains(key), "a key is never shown");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        let keys = |url| parse(&[(SECRET_KEY, "sk_test_1"), (WEBHOOK_SECRETS, "whsec_1"), (URL, url)], false);
        for good in ["https://stripe.example", "http://127.0.0.1:12111", "http://[::1]:1", "http://localhost:9"] {
            assert!(keys(good).is_ok(), "{good}");
        }
        for wrong in ["http://stripe.example", "ftp://x", "nowhere", "https://x.example/v1", "https://u:p@x.example"] {
            assert_eq!(keys(wrong).unwrap_err().variable, URL, "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_not_in_what_is_logged() {
        let keys = parse(&[(SECRET_KEY, "sk_test_hidden"), (WEBHOOK_SECRETS, "whsec_hidden")], false).unwrap();
        assert!(!format!("{keys:?}").contains("hidden"));
    }
}
