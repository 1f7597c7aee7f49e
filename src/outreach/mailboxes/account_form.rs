//! The part of a mailbox's form that says where it signs in, and with what.

use super::{
    account::{Account, security, word},
    preset::{KnownServer, Preset},
    secrets::SecretPart,
};
use crate::{
    fields::FieldErrors,
    mail::{
        server::{Security, Server},
        sign_in::Secret,
    },
    server::form::Form,
};

const PASSWORD_MAX: usize = 500;
const USER_MAX: usize = 254;

/// One server, as it was typed. The password never comes back to a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerForm {
    pub host: String,
    pub port: String,
    pub security: String,
    pub user: String,
    password: Typed,
}

/// A password as it was typed; its debug form shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq)]
struct Typed(String);

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed(…)")
    }
}

/// Both servers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountForm {
    pub smtp: ServerForm,
    pub imap: ServerForm,
}

/// What a mailbox signs in with so far.
#[derive(Debug, Clone)]
pub struct Before {
    pub account: Account,
    pub stored: Vec<SecretPart>,
    /// It signs in with a permission of Google or Microsoft, so no password is asked for.
    pub has_permission: bool,
}

/// What becomes of the stored passwords.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passwords {
    /// A new one for sending.
    pub smtp: Option<Secret>,
    /// A new one for reading.
    pub imap: Option<Secret>,
    /// The stored one for reading belongs to another server or user.
    pub forget_imap: bool,
}

/// What the form means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typings {
    pub account: Account,
    pub passwords: Passwords,
}

impl ServerForm {
    fn known(server: Option<KnownServer>) -> Self {
        let Some((host, port, security)) = server else { return Self { security: "tls".into(), ..Self::default() } };
        Self { host: host.into(), port: port.to_string(), security: word(security).into(), ..Self::default() }
    }

    fn of(server: &Server, user: &str) -> Self {
        Self {
            host: server.host.clone(),
            port: server.port.to_string(),
            security: word(server.security).into(),
            user: user.to_owned(),
            ..Self::default()
        }
    }

    fn typed(form: &Form, prefix: &str) -> Self {
        let text = |name: &str| form.text(&format!("{prefix}_{name}")).to_owned();
        Self {
            host: text("host").to_lowercase(),
            port: text("port"),
            security: text("security"),
            user: text("user"),
            password: Typed(form.exact(&format!("{prefix}_password")).to_owned()),
        }
    }

    /// With what `usual` has where nothing was typed.
    pub fn or(self, usual: &Self) -> Self {
        let or = |text: String, usual: &str| if text.is_empty() { usual.to_owned() } else { text };
        Self {
            host: or(self.host, &usual.host),
            port: or(self.port, &usual.port),
            security: or(self.security, &usual.security),
            user: self.user,
            password: self.password,
        }
    }

    /// The server; what is wrong is noted beside its field.
    fn server(&self, prefix: &str, errors: &mut FieldErrors) -> Option<Server> {
        let field = |name: &str| format!("{prefix}_{name}");
        if !is_host(&self.host) {
            errors.add(&field("host"), "Write the name of a server, such as smtp.acme.example.");
        }
        let security = security(&self.security);
        if security.is_none() {
            errors.add(&field("security"), "Choose how the connection is encrypted.");
        }
        let port = self.port.parse::<u16>().ok().filter(|port| *port > 0);
        match (port, security) {
            (None, _) => errors.add(&field("port"), "Write a number from 1 to 65535."),
            (Some(25), _) if prefix == "smtp" => {
                errors.add(&field("port"), "Providers block port 25. Use 465 or 587.");
            }
            (Some(port @ (465 | 2465 | 993)), Some(Security::StartTls)) => {
                errors.add(&field("security"), format!("Port {port} speaks TLS from the first byte. Choose “TLS”."));
            }
            (Some(port @ (587 | 2587 | 143)), Some(Security::Tls)) => {
                let text = format!("Port {port} begins in the clear and then switches to TLS. Choose “STARTTLS”.");
                errors.add(&field("security"), text);
            }
            _ => {}
        }
        Some(Server { host: self.host.clone(), port: port?, security: security? })
    }

    fn user(&self, prefix: &str, errors: &mut FieldErrors) -> String {
        if self.user.chars().any(char::is_control) || self.user.len() > USER_MAX {
            errors.add(&format!("{prefix}_user"), "Write the user in one line of at most 254 characters.");
        }
        self.user.clone()
    }

    /// The password, if one was typed. Google shows its app passwords in groups of four; the spaces are not part of them.
    fn password(&self, prefix: &str, errors: &mut FieldErrors) -> Option<Secret> {
        let is_google = Preset::of_host(&self.host).word == "google";
        let text = if is_google { self.password.0.split_whitespace().collect() } else { self.password.0.clone() };
        if text.chars().any(char::is_control) || text.len() > PASSWORD_MAX {
            errors.add(&format!("{prefix}_password"), "This cannot be a password: it has line breaks or is too long.");
        }
        (!text.is_empty()).then(|| Secret::new(text))
    }
}

impl AccountForm {
    /// With the servers of a provider.
    pub fn new(preset: &Preset) -> Self {
        let (mut smtp, mut imap) = (ServerForm::known(preset.smtp), ServerForm::known(preset.imap));
        if preset.smtp.is_none() {
            smtp.port = "465".into();
            imap.port = "993".into();
        }
        Self { smtp, imap }
    }

    pub fn of(account: &Account) -> Self {
        let imap = account.imap.as_ref().map(|server| ServerForm::of(server, &account.imap_user));
        let imap = imap.unwrap_or_else(|| ServerForm { port: "993".into(), ..ServerForm::known(None) });
        Self { smtp: ServerForm::of(&account.smtp, &account.smtp_user), imap }
    }

    pub fn typed(form: &Form) -> Self {
        Self { smtp: ServerForm::typed(form, "smtp"), imap: ServerForm::typed(form, "imap") }
    }

    /// A form with these fields.
    #[cfg(test)]
    pub fn with(fields: &[(&str, &str)]) -> Self {
        Self::typed(&Form::of(fields))
    }

    /// The account that it means, for a mailbox with this address, whose answers go to `answers_to`.
    ///
    /// A password belongs to a server and a user: when one of them changes, it has to be typed again, so that no other server is ever
    /// given it.
    pub fn parse(
        &self,
        sends_only: bool,
        (address, answers_to): (&str, &str),
        before: Option<&Before>,
        errors: &mut FieldErrors,
    ) -> Option<Typings> {
        let smtp = self.smtp.server("smtp", errors);
        let mut smtp_user = self.smtp.user("smtp", errors);
        if smtp_user.is_empty() {
            match sends_only {
                true => errors.add("smtp_user", "Write the user of the SMTP credentials; it is not the address."),
                false => address.clone_into(&mut smtp_user),
            }
        }
        let reads = !self.imap.host.is_empty();
        let imap = if reads { self.imap.server("imap", errors) } else { None };
        let mut imap_user = if reads { self.imap.user("imap", errors) } else { String::new() };
        if reads && imap_user.is_empty() {
            imap_user = if sends_only { answers_to.to_owned() } else { smtp_user.clone() };
        }
        let mut passwords = Passwords {
            smtp: self.smtp.password("smtp", errors),
            imap: self.imap.password("imap", errors).filter(|_| reads),
            forget_imap: !reads,
        };
        let account = Account { smtp: smtp?, smtp_user, imap, imap_user };
        if imap_is_missing(&account, reads) {
            return None;
        }
        check_passwords(&account, sends_only, before, &mut passwords, errors);
        Some(Typings { account, passwords })
    }
}

/// Whether a server to read from was named and cannot be used: that is noted beside its fields.
fn imap_is_missing(account: &Account, reads: bool) -> bool {
    reads && account.imap.is_none()
}

/// Notes which password has to be typed, and which stored one no longer applies.
fn check_passwords(
    account: &Account,
    sends_only: bool,
    before: Option<&Before>,
    passwords: &mut Passwords,
    errors: &mut FieldErrors,
) {
    if before.is_some_and(|before| before.has_permission) {
        return;
    }
    let has = |part| before.is_some_and(|before| before.stored.contains(&part));
    let changed = "The server or the user changed, so the stored password does not apply. Type the password again.";
    let same_sender = before.is_some_and(|before| account.signs_in_as(&before.account));
    if passwords.smtp.is_none() && !(same_sender && has(SecretPart::Smtp)) {
        let fault = if has(SecretPart::Smtp) { changed } else { "Type the password." };
        errors.add("smtp_password", fault);
    }
    if account.imap.is_none() || passwords.imap.is_some() {
        return;
    }
    let same_reader = before.is_some_and(|before| account.reads_as(&before.account));
    if sends_only && !(same_reader && has(SecretPart::Imap)) {
        errors.add("imap_password", "Type the password of the mailbox where answers arrive.");
    } else if same_sender && !same_reader && passwords.smtp.is_none() {
        errors.add("imap_password", changed);
    }
    passwords.forget_imap |= !same_reader;
}

/// Whether this can be the name or the address of a server.
fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 5] = [
        ("smtp_host", "mail.acme.example"),
        ("smtp_port", "465"),
        ("smtp_security", "tls"),
        ("smtp_user", "jo"),
        ("smtp_password", "sesame"),
    ];

    fn with(changes: &[(&str, &str)]) -> AccountForm {
        let fields: Vec<(&str, &str)> = changes.iter().chain(&GOOD).copied().collect();
        AccountForm::with(&fields)
    }

    fn parse(form: &AccountForm, before: Option<&Before>) -> Result<Typings, Vec<(String, String)>> {
        let mut errors = FieldErrors::default();
        let typed = form.parse(false, ("jo@acme.example", "jo@acme.example"), before, &mut errors);
        match typed {
            Some(typed) if errors.is_empty() => Ok(typed),
            _ => Err(errors.iter().map(|(field, text)| (field.to_owned(), text.to_owned())).collect()),
        }
    }

    fn faults(changes: &[(&str, &str)], before: Option<&Before>) -> Vec<String> {
        parse(&with(changes), before).unwrap_err().into_iter().map(|(field, _)| field).collect()
    }

    fn before(stored: &[SecretPart]) -> Before {
        let account =
            parse(&with(&[("imap_host", "imap.acme.example"), ("imap_port", "993"), ("imap_security", "tls")]), None);
        Before { account: account.unwrap().account, stored: stored.to_vec(), has_permission: false }
    }

    #[test]
    fn ports_that_do_not_fit_are_explained_beside_their_fields() {
        let told = |changes: &[(&str, &str)]| parse(&with(changes), None).unwrap_err();
        assert_eq!(
            told(&[("smtp_security", "starttls")]),
            [("smtp_security".into(), "Port 465 speaks TLS from the first byte. Choose “TLS”.".into())]
        );
        assert_eq!(
            told(&[("smtp_port", "25")]),
            [("smtp_port".into(), "Providers block port 25. Use 465 or 587.".into())]
        );
        assert_eq!(faults(&[("smtp_port", "587")], None), ["smtp_security"]);
        assert_eq!(faults(&[("smtp_port", "0")], None), ["smtp_port"]);
        assert_eq!(faults(&[("smtp_host", "https://acme.example")], None), ["smtp_host"]);
        assert_eq!(faults(&[("smtp_security", "none")], None), ["smtp_security"]);
        assert_eq!(
            faults(&[("imap_host", "imap.acme.example"), ("imap_port", "143"), ("imap_security", "tls")], None),
            ["imap_security"]
        );
    }

    #[test]
    fn an_app_password_of_google_loses_its_spaces_and_others_keep_theirs() {
        let typed =
            |host: &str| parse(&with(&[("smtp_host", host), ("smtp_password", "abcd efgh ijkl mnop")]), None).unwrap();
        assert_eq!(typed("smtp.gmail.com").passwords.smtp.unwrap().reveal(), "abcdefghijklmnop");
        assert_eq!(typed("mail.acme.example").passwords.smtp.unwrap().reveal(), "abcd efgh ijkl mnop");
    }

    #[test]
    fn a_stored_password_stays_until_the_server_or_the_user_changes() {
        let stored = before(&[SecretPart::Smtp]);
        let reading = [("imap_host", "imap.acme.example"), ("imap_port", "993"), ("imap_security", "tls")];
        let empty = |changes: &[(&'static str, &'static str)]| -> Vec<(&'static str, &'static str)> {
            changes.iter().copied().chain([("smtp_password", "")]).chain(reading).collect()
        };
        let kept = parse(&with(&empty(&[])), Some(&stored)).unwrap();
        assert_eq!(kept.passwords, Passwords::default());
        assert_eq!(faults(&empty(&[]), None), ["smtp_password"]);
        assert!(parse(&with(&empty(&[("smtp_port", "2465")])), Some(&stored)).is_ok(), "the port is no other server");
        assert_eq!(faults(&empty(&[("smtp_user", "ana")]), Some(&stored)), ["smtp_password"]);
        assert_eq!(faults(&empty(&[("smtp_host", "evil.example")]), Some(&stored)), ["smtp_password"]);
        assert_eq!(faults(&empty(&[("imap_host", "evil.example")]), Some(&stored)), ["imap_password"]);
    }

    #[test]
    fn the_stored_password_of_another_server_to_read_from_is_forgotten() {
        let stored = before(&[SecretPart::Smtp, SecretPart::Imap]);
        let other = [("imap_host", "other.example"), ("imap_port", "993"), ("imap_security", "tls")];
        assert!(parse(&with(&other), Some(&stored)).unwrap().passwords.forget_imap);
        assert!(parse(&with(&[]), Some(&stored)).unwrap().passwords.forget_imap, "nothing is read any more");
        let same = [("imap_host", "imap.acme.example"), ("imap_port", "993"), ("imap_security", "tls")];
        assert!(!parse(&with(&same), Some(&stored)).unwrap().passwords.forget_imap);
    }

    #[test]
    fn who_only_sends_has_a_user_of_its_own_and_another_password_for_answers() {
        let form = with(&[
            ("smtp_user", ""),
            ("imap_host", "imap.acme.example"),
            ("imap_port", "993"),
            ("imap_security", "tls"),
        ]);
        let mut errors = FieldErrors::default();
        form.parse(true, ("jo@acme.example", "jo@else.example"), None, &mut errors);
        assert_eq!(errors.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["imap_password", "smtp_user"]);
        assert_eq!(parse(&with(&[("smtp_user", "")]), None).unwrap().account.smtp_user, "jo@acme.example");
    }

    #[test]
    fn a_typed_password_is_not_printed() {
        assert!(!format!("{:?}", with(&[])).contains("sesame"));
    }
}
