//! The variables that matter most, without what is secret in them.

use url::Url;

use super::finding::Finding;
use crate::server::{
    assets::Assets,
    config::{Config, ConfigError},
    dns::DnsServer,
    mail_server::MailServer,
};

const AREA: &str = "configuration";

/// A variable whose value cannot be used.
pub fn unreadable(error: &ConfigError) -> Finding {
    Finding::fault(
        AREA,
        format!("{}: {}", error.variable, error.fault),
        format!("Example: {}={}", error.variable, error.example),
    )
}

pub fn look(config: &Config) -> Vec<Finding> {
    vec![
        environment(config),
        Finding::ok(AREA, format!("FAIRLEAD_PUBLIC_URL: {}, listening on {}", config.public_url, config.listen)),
        Finding::ok(AREA, format!("FAIRLEAD_DATA: {}", config.data.display())),
        Finding::ok(AREA, format!("DATABASE_URL: {}", database(config.database_url.as_deref()))),
        mail(config),
        dns(config),
        payments(config),
        site(config),
    ]
}

fn environment(config: &Config) -> Finding {
    if config.is_production() {
        return Finding::ok(AREA, "FAIRLEAD_ENV: production");
    }
    Finding::warning(
        AREA,
        "FAIRLEAD_ENV: development. Payments are pretended, and the secret key may be the one that everyone knows",
        "For customers: FAIRLEAD_ENV=production, with FAIRLEAD_SECRET_KEY and an https FAIRLEAD_PUBLIC_URL.",
    )
}

/// Where the database is, without user and password.
fn database(url: Option<&str>) -> String {
    match url.map(Url::parse) {
        None => "not set, so SQLite in the data folder".to_owned(),
        Some(Ok(url)) => format!("Postgres at {}{}", url.host_str().unwrap_or("this machine"), url.path()),
        Some(Err(_)) => "Postgres".to_owned(),
    }
}

fn mail(config: &Config) -> Finding {
    match &config.mail {
        Some(MailServer { host, port, from, .. }) => {
            Finding::ok(AREA, format!("FAIRLEAD_SMTP_URL: {host}:{port}, from {from}"))
        }
        None if config.is_production() => Finding::warning(
            AREA,
            "FAIRLEAD_SMTP_URL: not set, so confirmations, invitations and receipts are not mailed",
            "Set FAIRLEAD_SMTP_URL and FAIRLEAD_MAIL_FROM.",
        ),
        None => Finding::ok(AREA, "FAIRLEAD_SMTP_URL: not set, so the instance’s own mail is at /outbox"),
    }
}

fn dns(config: &Config) -> Finding {
    match config.dns {
        DnsServer::System => Finding::ok(AREA, "FAIRLEAD_DNS: the name servers of this machine"),
        DnsServer::At(address) => Finding::ok(AREA, format!("FAIRLEAD_DNS: {address}")),
        DnsServer::Off if config.is_production() => Finding::warning(
            AREA,
            "FAIRLEAD_DNS: off, so addresses at domains that take no mail are delivered too",
            "Leave FAIRLEAD_DNS out, or name a server.",
        ),
        DnsServer::Off => Finding::ok(AREA, "FAIRLEAD_DNS: off, so domains are not checked"),
    }
}

fn payments(config: &Config) -> Finding {
    match (&config.stripe, config.is_production()) {
        (Some(_), _) => Finding::ok(AREA, "FAIRLEAD_STRIPE_…: set"),
        (None, false) => Finding::ok(AREA, "FAIRLEAD_STRIPE_…: not set, so payments are pretended"),
        (None, true) => Finding::warning(
            AREA,
            "FAIRLEAD_STRIPE_…: not set, so credits cannot be bought",
            "Set the keys of Stripe, or grant credits with `fairlead credits grant`.",
        ),
    }
}

fn site(config: &Config) -> Finding {
    if Assets::find(config.site.as_deref()).files.is_some() {
        return Finding::ok(AREA, "FAIRLEAD_SITE: the files for browsers are there");
    }
    Finding::warning(
        AREA,
        "FAIRLEAD_SITE: no files for browsers, so pages have no styles",
        "Put `site/` beside the folder of the program, or name it in FAIRLEAD_SITE.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(pairs: &[(&str, &str)]) -> Config {
        Config::parse(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())).unwrap()
    }

    #[test]
    fn no_secret_is_shown() {
        let config = config(&[
            ("DATABASE_URL", "postgres://fairlead:hunter2@db.example:5432/leads?sslmode=require"),
            ("FAIRLEAD_SMTP_URL", "smtp://robot:hunter3@mail.example:587"),
            ("FAIRLEAD_MAIL_FROM", "Fairlead <leads@example.com>"),
            ("FAIRLEAD_SECRET_KEY", "hunter4-hunter4-hunter4-hunter4-hunter4"),
        ]);
        let text: String = look(&config).iter().map(|finding| format!("{finding}\n")).collect();
        assert!(!text.contains("hunter") && !text.contains("robot"), "{text}");
        assert!(text.contains("Postgres at db.example/leads") && text.contains("mail.example:587"), "{text}");
    }

    #[test]
    fn a_variable_that_cannot_be_used_is_a_fault_with_an_example() {
        let error = Config::parse(|name| (name == "FAIRLEAD_LISTEN").then(|| "here".to_owned())).unwrap_err();
        let text = unreadable(&error).to_string();
        assert!(text.starts_with("fault") && text.contains("Example: FAIRLEAD_LISTEN=127.0.0.1:3000"), "{text}");
    }
}
