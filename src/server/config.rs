//! The configuration: environment variables, each with a default that works and a checked value.

use std::{net::SocketAddr, path::PathBuf};

use url::Url;

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
    pub data: PathBuf,
    /// `None`: SQLite in the data folder. `Some`: a Postgres address.
    pub database_url: Option<String>,
    pub secret_key: Vec<u8>,
    pub signup: Signup,
    /// Folder with the browser files; `None`: beside the executable.
    pub site: Option<PathBuf>,
    /// Largest file accepted on `/admin`, in bytes.
    pub upload_bytes_max: u64,
    /// Whether `X-Forwarded-For` is believed (only behind a proxy that sets it).
    pub behind_proxy: bool,
    /// Seconds until an embedded payment that was left "pending" is paid.
    pub embedded_payment_delay_seconds: u64,
    pub log_json: bool,
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
        Ok(Self {
            environment,
            listen,
            public_url: public_url(value("FAIRLEAD_PUBLIC_URL"), listen, production)?,
            data: value("FAIRLEAD_DATA").map_or_else(|| PathBuf::from("./data"), PathBuf::from),
            database_url: database_url(value("DATABASE_URL"))?,
            secret_key: secret_key(value("FAIRLEAD_SECRET_KEY"), production)?,
            signup: one_of(
                value("FAIRLEAD_SIGNUP"),
                "FAIRLEAD_SIGNUP",
                &[("open", Signup::Open), ("invited", Signup::Invited), ("closed", Signup::Closed)],
            )?,
            site: value("FAIRLEAD_SITE").map(PathBuf::from),
            upload_bytes_max: number(value("FAIRLEAD_UPLOAD_MB"), "FAIRLEAD_UPLOAD_MB", 1..=100_000, 2_048)? << 20,
            behind_proxy: one_of(
                value("FAIRLEAD_BEHIND_PROXY"),
                "FAIRLEAD_BEHIND_PROXY",
                &[("false", false), ("true", true)],
            )?,
            embedded_payment_delay_seconds: number(
                value("FAIRLEAD_EMBEDDED_PAYMENT_DELAY_SECONDS"),
                "FAIRLEAD_EMBEDDED_PAYMENT_DELAY_SECONDS",
                0..=86_400,
                20,
            )?,
            log_json: one_of(value("FAIRLEAD_LOG_FORMAT"), "FAIRLEAD_LOG_FORMAT", &[("text", false), ("json", true)])?,
            clock_file: clock_file(value("FAIRLEAD_CLOCK_FILE"), production)?,
        })
    }

    pub fn is_production(&self) -> bool {
        self.environment == Environment::Production
    }
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

fn public_url(value: Option<String>, listen: SocketAddr, production: bool) -> Result<Url, ConfigError> {
    let error =
        |fault: String| ConfigError { variable: "FAIRLEAD_PUBLIC_URL", fault, example: "https://leads.example.com" };
    let text = match value {
        Some(text) => text,
        None if production => return Err(error("is required when FAIRLEAD_ENV=production".into())),
        None => format!("http://{listen}"),
    };
    let url = Url::parse(&text).map_err(|_| error(format!("“{text}” is not a web address")))?;
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
        None => Ok(b"a key for development only: never used in production".to_vec()),
    }
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
    fn a_wrong_value_names_the_variable_the_fault_and_an_example() {
        for (name, value) in [
            ("FAIRLEAD_ENV", "prod"),
            ("FAIRLEAD_LISTEN", "here"),
            ("FAIRLEAD_PUBLIC_URL", "nowhere"),
            ("DATABASE_URL", "mysql://x"),
            ("FAIRLEAD_SECRET_KEY", "short"),
            ("FAIRLEAD_SIGNUP", "maybe"),
            ("FAIRLEAD_UPLOAD_MB", "-1"),
        ] {
            let error = parse(&[(name, value)]).unwrap_err();
            assert_eq!(error.variable, name);
            assert!(error.to_string().contains("Example:"), "{error}");
        }
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
        let good = [no_key[0], no_key[1], ("FAIRLEAD_SECRET_KEY", key)];
        assert!(parse(&good).is_ok());
        let clock = [good[0], good[1], good[2], ("FAIRLEAD_CLOCK_FILE", "clock.txt")];
        assert_eq!(parse(&clock).unwrap_err().variable, "FAIRLEAD_CLOCK_FILE");
        assert_eq!(parse(&clock[3..]).unwrap().clock_file, Some("clock.txt".into()));
    }
}
