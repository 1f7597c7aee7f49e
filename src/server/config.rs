//! The configuration: environment variables, each with a default that works and a checked value.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use iso_currency::Currency;
use url::Url;

use super::{
    connect::Networks, dns::DnsServer, encryption::EncryptionKeys, mail_server::MailServer, oauth_apps::OauthApps,
    secret_keys::Keys, stripe_keys::StripeKeys, support::Support,
};

/// The secret key of development, which everyone knows.
const DEVELOPMENT_KEY: &[u8] = b"a key for development only: never used in production";

/// The journal of opt-outs, in the data folder unless the operator names another place.
const JOURNAL_FILE: &str = "opt-outs.journal";

/// Where this instance runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// Embedded payments and mail may be used; `/ui` and `/outbox` exist.
    Development,
    /// Embedded payments and mail are refused; a secret key and an https address are required.
    Production,
}

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signup {
    Open,
    Invited,
    Closed,
}

/// Everything the environment decides.
#[derive(Debug, Clone)]
pub struct Config {
    pub environment: Environment,
    pub listen: SocketAddr,
    /// The address people type; used in mails and for the origin check.
    pub public_url: Url,
    /// Whether the environment says `public_url`, or where to listen, which decides it.
    pub says_address: bool,
    pub data: PathBuf,
    /// The file that opt-outs are written into beside the database.
    pub journal: PathBuf,
    /// `None`: SQLite in the data folder. `Some`: a Postgres address.
    pub database_url: Option<String>,
    pub secret_key: Vec<u8>,
    /// Earlier secret keys, which older movements of the ledger are signed with.
    pub secret_keys_old: Vec<Vec<u8>>,
    pub signup: Signup,
    /// `None`: mail is shown at `/outbox` in development, and nothing is mailed in production.
    pub mail: Option<MailServer>,
    /// Folder with the browser files; `None`: beside the executable.
    pub site: Option<PathBuf>,
    /// Largest file accepted on `/admin`, in bytes.
    pub upload_bytes_max: u64,
    /// The proxies in front of this instance: what they write into `X-Forwarded-For` is believed, and nothing else.
    pub proxies: Networks,
    /// How many new accounts get free credits in a day.
    pub free_credits_per_day: i64,
    /// Seconds until an embedded payment that was left "pending" is paid.
    pub embedded_payment_delay_seconds: u64,
    /// `None`: the embedded payment page serves, or nothing can be bought (production).
    pub stripe: Option<StripeKeys>,
    /// With which mailboxes of Google and Microsoft sign in.
    pub oauth: OauthApps,
    /// Days in which a purchase can be refunded (C19); 0: not on the page.
    pub refund_days: u64,
    /// Refunds of bad leads that the rules make in a month and workspace; above it the operator decides (C16).
    pub automatic_refunds_per_month: u64,
    /// Hours in which a delivered lead can be returned (C17); 0: not at all.
    pub return_hours: u64,
    /// Of the leads delivered in 30 days, how many percent a workspace may return (at least 25 leads).
    pub return_percent: u64,
    /// Countries (ISO 3166-1) whose law asks for consent before advertising by mail: a campaign with leads there starts only
    /// when a member has recorded a lawful basis.
    pub consent_countries: Vec<String>,
    pub log_json: bool,
    /// What whoever reads `/metrics` has to show; `None`: open in development, closed in production.
    pub metrics_token: Option<String>,
    /// The lines of who sells, on receipts; empty: the host of `public_url`.
    pub receipt_seller: Vec<String>,
    /// What receipts say about tax.
    pub receipt_tax: Option<String>,
    /// ISO 4217, upper case: of new packages and plans.
    pub currency: String,
    /// Where people find help with this instance.
    pub support: Option<Support>,
    /// Who is asked whether domains take mail.
    pub dns: DnsServer,
    /// Networks that servers named by customers and operators may be in, beside the public internet.
    pub networks: Networks,
    /// Sessions with the mail servers of mailboxes that may be open at once.
    pub smtp_sessions: usize,
    /// Connections that wait for answers in mailboxes at once; other mailboxes are asked every few minutes.
    pub imap_connections: usize,
    /// How many months the words of mails are kept.
    pub mail_months: u32,
    /// A file that sets the clock; `None` (always in production): the system's clock.
    pub clock_file: Option<PathBuf>,
}

/// A variable with a value that cannot be used: its name, what is wrong, and a value that would do.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{variable}: {fault}. Example: {variable}={example}")]
pub struct ConfigError {
    pub variable: &'static str,
    pub fault: String,
    pub example: &'static str,
}

impl Config {
    /// Reads the process environment.
    ///
    /// # Errors
    /// The first variable that has a wrong value.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::parse(|name| std::env::var(name).ok())
    }

    /// Reads the variables through `value`. An empty value counts as not set.
    pub fn parse(value: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let value = |name: &str| value(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let environment = one_of(
            value("FAIRLEAD_ENV"),
            "FAIRLEAD_ENV",
            &[("development", Environment::Development), ("production", Environment::Production)],
        )?;
        let production = environment == Environment::Production;
        let listen: SocketAddr = match value("FAIRLEAD_LISTEN") {
            None => SocketAddr::from(([127, 0, 0, 1], 3000)),
            Some(text) => text.parse().map_err(|_| ConfigError {
                variable: "FAIRLEAD_LISTEN",
                fault: format!("“{text}” is not an address and a port"),
                example: "127.0.0.1:3000",
            })?,
        };
        let outside =
            one_of(value("FAIRLEAD_ALLOW_OUTSIDE"), "FAIRLEAD_ALLOW_OUTSIDE", &[("false", false), ("true", true)])?;
        if !production && !outside && !listen.ip().to_canonical().is_loopback() {
            return Err(ConfigError {
                variable: "FAIRLEAD_LISTEN",
                fault: format!(
                    "“{listen}” can be reached from other machines, and development pays out credits to anyone who can reach it. \
                     Set FAIRLEAD_ENV=production, or FAIRLEAD_ALLOW_OUTSIDE=true if that is what you want"
                ),
                example: "127.0.0.1:3000",
            });
        }
        let data = value("FAIRLEAD_DATA").map_or_else(|| PathBuf::from("./data"), PathBuf::from);
        Ok(Self {
            environment,
            listen,
            public_url: public_url(value("FAIRLEAD_PUBLIC_URL"), listen, production)?,
            says_address: value("FAIRLEAD_PUBLIC_URL").or_else(|| value("FAIRLEAD_LISTEN")).is_some(),
            journal: value("FAIRLEAD_JOURNAL").map_or_else(|| data.join(JOURNAL_FILE), PathBuf::from),
            data,
            database_url: database_url(value("DATABASE_URL"))?,
            secret_key: secret_key(value("FAIRLEAD_SECRET_KEY"), production)?,
            secret_keys_old: secret_keys_old(value("FAIRLEAD_SECRET_KEYS_OLD"), production)?,
            signup: one_of(
                value("FAIRLEAD_SIGNUP"),
                "FAIRLEAD_SIGNUP",
                &[("open", Signup::Open), ("invited", Signup::Invited), ("closed", Signup::Closed)],
            )?,
            mail: MailServer::parse(value)?,
            site: value("FAIRLEAD_SITE").map(PathBuf::from),
            upload_bytes_max: number(value("FAIRLEAD_UPLOAD_MB"), "FAIRLEAD_UPLOAD_MB", 1..=100_000, 2_048)? << 20,
            proxies: proxies(value("FAIRLEAD_PROXIES"), value("FAIRLEAD_BEHIND_PROXY"), production)?,
            free_credits_per_day: number(
                value("FAIRLEAD_FREE_CREDITS_PER_DAY"),
                "FAIRLEAD_FREE_CREDITS_PER_DAY",
                0..=1_000_000,
                200,
            )?
            .cast_signed(),
            embedded_payment_delay_seconds: number(
                value("FAIRLEAD_EMBEDDED_PAYMENT_DELAY_SECONDS"),
                "FAIRLEAD_EMBEDDED_PAYMENT_DELAY_SECONDS",
                0..=86_400,
                20,
            )?,
            stripe: StripeKeys::parse(value, production)?,
            oauth: OauthApps::parse(value, production)?,
            refund_days: number(value("FAIRLEAD_REFUND_DAYS"), "FAIRLEAD_REFUND_DAYS", 0..=3_650, 14)?,
            automatic_refunds_per_month: number(
                value("FAIRLEAD_AUTOMATIC_REFUNDS_PER_MONTH"),
                "FAIRLEAD_AUTOMATIC_REFUNDS_PER_MONTH",
                0..=1_000_000,
                100,
            )?,
            return_hours: number(value("FAIRLEAD_RETURN_HOURS"), "FAIRLEAD_RETURN_HOURS", 0..=720, 24)?,
            return_percent: number(value("FAIRLEAD_RETURN_PERCENT"), "FAIRLEAD_RETURN_PERCENT", 0..=100, 20)?,
            consent_countries: countries(value("FAIRLEAD_CONSENT_COUNTRIES"))?,
            log_json: one_of(value("FAIRLEAD_LOG_FORMAT"), "FAIRLEAD_LOG_FORMAT", &[("text", false), ("json", true)])?,
            metrics_token: metrics_token(value("FAIRLEAD_METRICS_TOKEN"))?,
            receipt_seller: value("FAIRLEAD_RECEIPT_SELLER").map(|text| lines(&text)).unwrap_or_default(),
            receipt_tax: value("FAIRLEAD_RECEIPT_TAX"),
            currency: currency(value("FAIRLEAD_CURRENCY"))?,
            support: Support::parse(value("FAIRLEAD_SUPPORT"))?,
            dns: dns_server(value("FAIRLEAD_DNS"), production)?,
            networks: networks(value("FAIRLEAD_NETWORKS"))?,
            smtp_sessions: number(value("FAIRLEAD_SMTP_SESSIONS"), "FAIRLEAD_SMTP_SESSIONS", 1..=10_000, 64)?
                .try_into()
                .unwrap_or(usize::MAX),
            imap_connections: number(value("FAIRLEAD_IMAP_CONNECTIONS"), "FAIRLEAD_IMAP_CONNECTIONS", 0..=10_000, 500)?
                .try_into()
                .unwrap_or(usize::MAX),
            mail_months: number(value("FAIRLEAD_MAIL_MONTHS"), "FAIRLEAD_MAIL_MONTHS", 1..=1_200, 24)?
                .try_into()
                .unwrap_or(u32::MAX),
            clock_file: clock_file(value("FAIRLEAD_CLOCK_FILE"), production)?,
        })
    }

    /// The origins outside that a form may lead to: pages of the payment provider, and those on which mailboxes sign in.
    pub fn page_origins(&self) -> Vec<String> {
        self.stripe.iter().flat_map(StripeKeys::page_origins).chain(self.oauth.page_origins()).collect()
    }

    /// The keys that the ledger is signed with.
    pub fn keys(&self) -> Keys {
        Keys::derived(&self.secret_key, &self.secret_keys_old)
    }

    /// The keys that secrets in the database are encrypted with.
    pub fn encryption_keys(&self) -> EncryptionKeys {
        EncryptionKeys::derived(&self.secret_key, &self.secret_keys_old)
    }

    /// Whether a request for this `Host` is meant for this instance. In development, a page of another name that leads to this
    /// machine (DNS rebinding) must not read what is for its owner; in production, proxies and health checks use any name.
    pub fn answers_to(&self, host: &str) -> bool {
        let name = |url: &Url| url.host_str().map(str::to_ascii_lowercase);
        let Ok(asked) = Url::parse(&format!("http://{host}")) else { return false };
        self.is_production() || is_local(&asked) || name(&asked) == name(&self.public_url)
    }

    /// Who sells here, as receipts say it: the operator's lines, or where this instance is.
    pub fn seller(&self) -> Vec<String> {
        if self.receipt_seller.is_empty() {
            return vec![format!("Fairlead at {}", self.public_url.host_str().unwrap_or("this address"))];
        }
        self.receipt_seller.clone()
    }

    pub fn is_production(&self) -> bool {
        self.environment == Environment::Production
    }

    /// Whether people get the mail that is written to them: from the mail server, or in the embedded outbox.
    pub fn has_mail(&self) -> bool {
        self.mail.is_some() || !self.is_production()
    }
}

/// Whether an address leads to this machine.
pub(super) fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// The value's meaning among `choices`; the first is the default.
fn one_of<T: Copy>(
    value: Option<String>,
    variable: &'static str,
    choices: &[(&'static str, T)],
) -> Result<T, ConfigError> {
    let Some(text) = value else { return Ok(choices[0].1) };
    choices.iter().find(|(name, _)| *name == text).map(|(_, meaning)| *meaning).ok_or_else(|| {
        let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
        ConfigError {
            variable, fault: format!("“{text}” is not one of: {}", names.join(", ")), example: choices[0].0
        }
    })
}

fn number(
    value: Option<String>,
    variable: &'static str,
    range: std::ops::RangeInclusive<u64>,
    default: u64,
) -> Result<u64, ConfigError> {
    let Some(text) = value else { return Ok(default) };
    text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| ConfigError {
        variable,
        fault: format!("“{text}” is not a whole number from {} to {}", range.start(), range.end()),
        example: "20",
    })
}

/// Codes of countries, separated by commas.
fn countries(value: Option<String>) -> Result<Vec<String>, ConfigError> {
    let text = value.unwrap_or_else(|| "DE,AT,CA".to_owned());
    let codes: Vec<String> = text.split(',').map(|code| code.trim().to_uppercase()).collect();
    let is_code = |code: &String| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if text == "none" {
        Ok(Vec::new())
    } else if codes.iter().all(is_code) {
        Ok(codes)
    } else {
        Err(ConfigError {
            variable: "FAIRLEAD_CONSENT_COUNTRIES",
            fault: format!("“{text}” is neither a list of country codes of two letters nor “none”"),
            example: "DE,AT,CA",
        })
    }
}

fn public_url(value: Option<String>, listen: SocketAddr, production: bool) -> Result<Url, ConfigError> {
    let error =
        |fault: String| ConfigError { variable: "FAIRLEAD_PUBLIC_URL", fault, example: "https://leads.example.com" };
    let text = match value {
        Some(text) => text,
        None if production => return Err(error("is required when FAIRLEAD_ENV=production".into())),
        // All addresses of the machine: a browser on it reaches one of them under this name.
        None if listen.ip().is_unspecified() => format!("http://localhost:{}", listen.port()),
        None => format!("http://{listen}"),
    };
    let url = Url::parse(&text).map_err(|_| error(format!("“{text}” is not a web address")))?;
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(error(format!("“{text}” must end with the host or the port: the pages begin there")));
    }
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => Ok(url),
        ("http", Some(_)) if !production => Ok(url),
        ("http", Some(_)) => Err(error("must begin with https:// when FAIRLEAD_ENV=production".into())),
        _ => Err(error(format!("“{text}” is not a web address"))),
    }
}

fn database_url(value: Option<String>) -> Result<Option<String>, ConfigError> {
    let Some(text) = value else { return Ok(None) };
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Ok(Some(text));
    }
    // The value is not repeated: it may hold a password.
    Err(ConfigError {
        variable: "DATABASE_URL",
        fault: "is not a Postgres address; leave it out to use SQLite in the data folder".into(),
        example: "postgres://fairlead:secret@localhost/fairlead",
    })
}

/// Lines as they can be written into a variable: parted by `|`, by `\n` in two characters, or by line breaks.
fn lines(text: &str) -> Vec<String> {
    let parted = text.replace("\\n", "\n").replace('|', "\n");
    parted.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

fn currency(value: Option<String>) -> Result<String, ConfigError> {
    let text = value.unwrap_or_else(|| "USD".into()).to_ascii_uppercase();
    let known = Currency::from_code(&text).filter(|known| known.exponent().is_some() && !known.is_fund());
    let fault = match known.map(Currency::is_superseded) {
        Some(None) => return Ok(text),
        Some(Some(newer)) => format!("“{text}” is no longer in use; its successor is {}", newer.code()),
        None => format!("“{text}” is not the three letters of a currency (ISO 4217)"),
    };
    Err(ConfigError { variable: "FAIRLEAD_CURRENCY", fault, example: "EUR" })
}

fn dns_server(value: Option<String>, production: bool) -> Result<DnsServer, ConfigError> {
    let Some(text) = value else { return Ok(if production { DnsServer::System } else { DnsServer::Off }) };
    let address = || text.parse().ok().or_else(|| Some(SocketAddr::new(text.parse().ok()?, 53)));
    match text.as_str() {
        "off" => Ok(DnsServer::Off),
        "system" => Ok(DnsServer::System),
        _ => address().map(DnsServer::At).ok_or_else(|| ConfigError {
            variable: "FAIRLEAD_DNS",
            fault: format!("“{text}” is neither off, system, nor the address of a name server"),
            example: "192.0.2.53",
        }),
    }
}

/// Required in production: an instance that does not know its proxy takes all its visitors for one, or believes a header
/// that anyone can write.
fn proxies(value: Option<String>, before: Option<String>, production: bool) -> Result<Networks, ConfigError> {
    let error = |fault: String| ConfigError {
        variable: "FAIRLEAD_PROXIES",
        fault,
        example: "127.0.0.1, or the network of your proxy such as 10.0.0.0/8, or none when visitors connect directly",
    };
    match value.as_deref() {
        None if before.is_some() => {
            Err(error("replaces FAIRLEAD_BEHIND_PROXY: name the proxies and leave that out".into()))
        }
        None if production => Err(error("is required when FAIRLEAD_ENV=production".into())),
        None | Some("none") => Ok(Networks::default()),
        Some(text) => Networks::parse(text).map_err(error),
    }
}

fn networks(value: Option<String>) -> Result<Networks, ConfigError> {
    Networks::parse(&value.unwrap_or_default()).map_err(|fault| ConfigError {
        variable: "FAIRLEAD_NETWORKS",
        fault,
        example: "10.20.0.0/16, 127.0.0.1",
    })
}

fn metrics_token(value: Option<String>) -> Result<Option<String>, ConfigError> {
    match value {
        Some(token) if token.len() < 16 => Err(ConfigError {
            variable: "FAIRLEAD_METRICS_TOKEN",
            fault: "is shorter than 16 characters".into(),
            example: "the output of: openssl rand -hex 16",
        }),
        token => Ok(token),
    }
}

fn clock_file(value: Option<String>, production: bool) -> Result<Option<PathBuf>, ConfigError> {
    match value {
        Some(_) if production => Err(ConfigError {
            variable: "FAIRLEAD_CLOCK_FILE",
            fault: "is refused when FAIRLEAD_ENV=production: the clock is the system's there; leave it out".into(),
            example: "",
        }),
        file => Ok(file.map(PathBuf::from)),
    }
}

fn secret_key(value: Option<String>, production: bool) -> Result<Vec<u8>, ConfigError> {
    let error = |fault: &str| ConfigError {
        variable: "FAIRLEAD_SECRET_KEY",
        fault: fault.into(),
        example: "the output of: openssl rand -hex 32",
    };
    match value {
        Some(text) if text.len() < 32 => Err(error("is shorter than 32 characters")),
        Some(text) => Ok(text.into_bytes()),
        None if production => Err(error("is required when FAIRLEAD_ENV=production")),
        None => Ok(DEVELOPMENT_KEY.to_vec()),
    }
}

/// Parted by commas. In development a ledger may have begun without a key of its own.
fn secret_keys_old(value: Option<String>, production: bool) -> Result<Vec<Vec<u8>>, ConfigError> {
    let text = value.unwrap_or_default();
    let keys = text.split(',').map(str::trim).filter(|key| !key.is_empty());
    let mut keys: Vec<Vec<u8>> = keys.map(|key| key.as_bytes().to_vec()).collect();
    if keys.iter().any(|key| key.len() < 32) {
        return Err(ConfigError {
            variable: "FAIRLEAD_SECRET_KEYS_OLD",
            fault: "has a key that is shorter than 32 characters".into(),
            example: "the earlier values of FAIRLEAD_SECRET_KEY, parted by commas",
        });
    }
    if !production {
        keys.push(DEVELOPMENT_KEY.to_vec());
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::parse(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn an_empty_environment_gives_defaults_that_work() {
        let config = parse(&[]).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
        assert_eq!(config.public_url.as_str(), "http://127.0.0.1:3000/");
        assert_eq!(config.database_url, None);
        assert_eq!(config.signup, Signup::Open);
    }

    #[test]
    fn a_server_on_all_addresses_is_reached_by_a_name_that_can_be_opened() {
        for listen in ["0.0.0.0:8080", "[::]:8080"] {
            let config = parse(&[("FAIRLEAD_LISTEN", listen), ("FAIRLEAD_ALLOW_OUTSIDE", "true")]).unwrap();
            assert_eq!(config.public_url.as_str(), "http://localhost:8080/");
        }
    }

    #[test]
    fn development_is_not_served_to_other_machines_unless_it_is_said_so() {
        for listen in ["0.0.0.0:8080", "[::]:8080", "192.0.2.7:80"] {
            let error = parse(&[("FAIRLEAD_LISTEN", listen)]).unwrap_err();
            assert!(
                error.variable == "FAIRLEAD_LISTEN" && error.fault.contains("FAIRLEAD_ALLOW_OUTSIDE=true"),
                "{error}"
            );
        }
        for listen in ["127.0.0.1:80", "127.8.0.1:80", "[::1]:80"] {
            assert!(parse(&[("FAIRLEAD_LISTEN", listen)]).is_ok(), "{listen}");
        }
    }

    #[test]
    fn development_answers_to_its_own_name_and_to_this_machine() {
        let config = parse(&[("FAIRLEAD_PUBLIC_URL", "http://leads.test:8080")]).unwrap();
        for host in ["leads.test:8080", "LEADS.test", "localhost:3000", "127.0.0.1", "[::1]:3000"] {
            assert!(config.answers_to(host), "{host}");
        }
        for host in ["evil.example", "leads.test.evil.example", "192.0.2.7:8080", "", "@", "localhost.evil.example"] {
            assert!(!config.answers_to(host), "{host}");
        }
    }

    #[test]
    fn a_wrong_value_names_the_variable_the_fault_and_an_example() {
        for (name, value) in [
            ("FAIRLEAD_ENV", "prod"),
            ("FAIRLEAD_LISTEN", "here"),
            ("FAIRLEAD_PUBLIC_URL", "nowhere"),
            ("FAIRLEAD_PUBLIC_URL", "https://example.com/leads"),
            ("DATABASE_URL", "mysql://x"),
            ("FAIRLEAD_SECRET_KEY", "short"),
            ("FAIRLEAD_SECRET_KEYS_OLD", "0123456789abcdef0123456789abcdef,short"),
            ("FAIRLEAD_SIGNUP", "maybe"),
            ("FAIRLEAD_UPLOAD_MB", "-1"),
            ("FAIRLEAD_CURRENCY", "dollars"),
            ("FAIRLEAD_CURRENCY", "US$"),
            ("FAIRLEAD_CURRENCY", "EUS"),
            ("FAIRLEAD_CURRENCY", "XXX"),
            ("FAIRLEAD_CURRENCY", "HRK"),
            ("FAIRLEAD_STRIPE_SECRET_KEY", "key"),
            ("FAIRLEAD_REFUND_DAYS", "two"),
            ("FAIRLEAD_PROXIES", "true"),
            ("FAIRLEAD_METRICS_TOKEN", "short"),
            ("FAIRLEAD_FREE_CREDITS_PER_DAY", "many"),
        ] {
            let error = parse(&[(name, value)]).unwrap_err();
            assert_eq!(error.variable, name);
            assert!(error.to_string().contains("Example:"), "{error}");
        }
    }

    #[test]
    fn earlier_keys_check_what_they_signed() {
        let (old, new) = ("0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210");
        let before = parse(&[("FAIRLEAD_SECRET_KEY", old)]).unwrap().keys();
        let keys =
            parse(&[("FAIRLEAD_SECRET_KEY", new), ("FAIRLEAD_SECRET_KEYS_OLD", &format!("{old}, "))]).unwrap().keys();
        assert!(keys.named(before.current().id()).is_some());
        assert_ne!(keys.current().id(), before.current().id());
        let development = parse(&[]).unwrap().keys();
        assert!(keys.named(development.current().id()).is_some());
        let production = [
            ("FAIRLEAD_ENV", "production"),
            ("FAIRLEAD_PUBLIC_URL", "https://x.example"),
            ("FAIRLEAD_SECRET_KEY", new),
            ("FAIRLEAD_PROXIES", "none"),
        ];
        let production = parse(&production).unwrap().keys();
        assert!(production.named(development.current().id()).is_none(), "everyone knows the key of development");
    }

    #[test]
    fn the_seller_of_receipts_has_lines() {
        let config =
            parse(&[("FAIRLEAD_RECEIPT_SELLER", "Acme Ltd | 1 High Street\\nDublin"), ("FAIRLEAD_CURRENCY", "eur")]);
        let config = config.unwrap();
        assert_eq!(config.seller(), ["Acme Ltd", "1 High Street", "Dublin"]);
        assert_eq!(Config::parse(|_| None).unwrap().seller(), ["Fairlead at 127.0.0.1"]);
        assert_eq!(config.currency, "EUR");
    }

    #[test]
    fn production_wants_a_secret_key_and_https() {
        let key = "0123456789abcdef0123456789abcdef";
        let missing = parse(&[("FAIRLEAD_ENV", "production")]).unwrap_err();
        assert_eq!(missing.variable, "FAIRLEAD_PUBLIC_URL");
        let plain = [("FAIRLEAD_ENV", "production"), ("FAIRLEAD_PUBLIC_URL", "http://x.example")];
        assert!(parse(&plain).unwrap_err().fault.contains("https"));
        let no_key = [("FAIRLEAD_ENV", "production"), ("FAIRLEAD_PUBLIC_URL", "https://x.example")];
        assert_eq!(parse(&no_key).unwrap_err().variable, "FAIRLEAD_SECRET_KEY");
        let no_proxies = [no_key[0], no_key[1], ("FAIRLEAD_SECRET_KEY", key)];
        let missing = parse(&no_proxies).unwrap_err().to_string();
        assert!(missing.starts_with("FAIRLEAD_PROXIES: is required") && missing.contains("or none"), "{missing}");
        let [environment, url, key] = no_proxies;
        let before = [environment, url, key, ("FAIRLEAD_BEHIND_PROXY", "true")];
        assert!(parse(&before).unwrap_err().to_string().contains("replaces FAIRLEAD_BEHIND_PROXY"));
        assert!(parse(&[environment, url, key, ("FAIRLEAD_PROXIES", "10.0.0.0/8, ::1")]).is_ok());
        let good = [environment, url, key, ("FAIRLEAD_PROXIES", "none")];
        assert!(parse(&good).is_ok());
        let clock = [&good[..], &[("FAIRLEAD_CLOCK_FILE", "clock.txt")]].concat();
        assert_eq!(parse(&clock).unwrap_err().variable, "FAIRLEAD_CLOCK_FILE");
        assert_eq!(parse(&clock[4..]).unwrap().clock_file, Some("clock.txt".into()));
    }
}
