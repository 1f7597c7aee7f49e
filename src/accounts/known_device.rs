//! Browsers that signed in before.
//!
//! A signed, long-lived cookie names the accounts somebody has signed in to from this browser (OWASP's "device
//! cookies"). Failures from such a browser are counted for it alone; failures from all others share the account's
//! count. So a stranger who keeps guessing shuts out other strangers, never the owner's own browser. The cookie signs
//! nobody in.

use axum::http::{HeaderMap, header};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tower_sessions::cookie::{Cookie, SameSite};

use super::UserId;
use crate::server::{config::Config, hexadecimal::hexadecimal};

/// As long as browsers keep a cookie at most.
const COOKIE_DAYS: i64 = 400;
/// Accounts remembered per browser; the one used longest ago is forgotten first.
const ACCOUNTS_MAX: usize = 5;

/// The cookie of one browser: the accounts it signed in to, newest first, each as `user.device.signature`.
#[derive(Debug, Clone, Default)]
pub struct KnownDevices(Vec<KnownDevice>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct KnownDevice {
    user: UserId,
    /// Random; failures from this browser are counted under it.
    device: uuid::Uuid,
}

impl KnownDevices {
    /// What the request's cookie proves. Anything unsigned counts as absent.
    pub fn of(headers: &HeaderMap, config: &Config) -> Self {
        let name = cookie_name(config);
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let cookie = cookies.flat_map(Cookie::split_parse).flatten().find(|cookie| cookie.name() == name);
        let entries = cookie.map(|cookie| cookie.value().to_owned()).unwrap_or_default();
        Self(entries.split('~').take(ACCOUNTS_MAX).filter_map(|entry| verified(entry, &config.secret_key)).collect())
    }

    /// The name under which failures of this browser are counted for `user`; `None` when it never signed in to it.
    pub fn device_of(&self, user: UserId) -> Option<uuid::Uuid> {
        self.0.iter().find(|known| known.user == user).map(|known| known.device)
    }

    /// The `Set-Cookie` value after signing in as `user`.
    pub fn remember(&self, user: UserId, config: &Config) -> String {
        let device = self.device_of(user).unwrap_or_else(uuid::Uuid::new_v4);
        let others = self.0.iter().filter(|known| known.user != user).cloned();
        let entries = std::iter::once(KnownDevice { user, device }).chain(others).take(ACCOUNTS_MAX);
        let value: Vec<_> = entries.map(|known| signed(&known, &config.secret_key)).collect();
        Cookie::build((cookie_name(config), value.join("~")))
            .path("/")
            .http_only(true)
            .secure(is_https(config))
            .same_site(SameSite::Lax)
            .max_age(time::Duration::days(COOKIE_DAYS))
            .build()
            .to_string()
    }
}

fn is_https(config: &Config) -> bool {
    config.public_url.scheme() == "https"
}

fn cookie_name(config: &Config) -> &'static str {
    if is_https(config) { "__Host-fairlead-device" } else { "fairlead-device" }
}

fn signature(known: &KnownDevice, key: &[u8]) -> Hmac<Sha256> {
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.chain_update(format!("known device, version 1: {} {}", known.user, known.device))
}

fn signed(known: &KnownDevice, key: &[u8]) -> String {
    let signature = hexadecimal(&signature(known, key).finalize().into_bytes());
    format!("{}.{}.{signature}", known.user.0.simple(), known.device.simple())
}

fn verified(entry: &str, key: &[u8]) -> Option<KnownDevice> {
    let mut parts = entry.split('.');
    let (user, device, claimed) = (parts.next()?, parts.next()?, parts.next()?);
    let known = KnownDevice { user: UserId(user.parse().ok()?), device: device.parse().ok()? };
    signature(&known, key).verify_slice(&bytes_of(claimed)?).ok()?;
    Some(known)
}

fn bytes_of(hexadecimal: &str) -> Option<Vec<u8>> {
    if !hexadecimal.is_ascii() || hexadecimal.len() != 64 {
        return None;
    }
    (0..hexadecimal.len()).step_by(2).map(|at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(key: &str) -> Config {
        let key = key.to_owned();
        Config::parse(|name| (name == "FAIRLEAD_SECRET_KEY").then(|| key.clone())).unwrap()
    }

    /// The headers of the next request of a browser that was sent `set_cookie`.
    fn sent_back(set_cookie: &str) -> HeaderMap {
        let pair = set_cookie.split(';').next().unwrap();
        HeaderMap::from_iter([(header::COOKIE, format!("other=1; {pair}").parse().unwrap())])
    }

    #[test]
    fn a_browser_is_known_for_the_accounts_it_signed_in_to() {
        let config = config("0123456789abcdef0123456789abcdef");
        let (uma, otto) = (UserId::new(), UserId::new());
        let first = KnownDevices::default().remember(uma, &config);
        assert!(first.contains("HttpOnly") && first.contains("SameSite=Lax"), "{first}");
        let known = KnownDevices::of(&sent_back(&first), &config);
        assert!(known.device_of(uma).is_some());
        assert_eq!(known.device_of(otto), None);
        let both = KnownDevices::of(&sent_back(&known.remember(otto, &config)), &config);
        assert_eq!(both.device_of(uma), known.device_of(uma));
        assert!(both.device_of(otto).is_some());
    }

    #[test]
    fn a_cookie_that_was_made_up_or_signed_with_another_key_proves_nothing() {
        let config = config("0123456789abcdef0123456789abcdef");
        let (uma, otto) = (UserId::new(), UserId::new());
        let cookie = KnownDevices::default().remember(uma, &config);
        let forged = cookie.replace(&uma.0.simple().to_string(), &otto.0.simple().to_string());
        assert_eq!(KnownDevices::of(&sent_back(&forged), &config).device_of(otto), None);
        let other = self::config("another key another key another key");
        assert_eq!(KnownDevices::of(&sent_back(&cookie), &other).device_of(uma), None);
        for text in ["fairlead-device=", "fairlead-device=a.b.c", "fairlead-device=~~~", "fairlead-device=é.é.é"] {
            let headers =
                HeaderMap::from_iter([(header::COOKIE, header::HeaderValue::from_bytes(text.as_bytes()).unwrap())]);
            assert!(KnownDevices::of(&headers, &config).0.is_empty());
        }
    }
}
