//! The signature of one message.

use base64::{Engine, prelude::BASE64_STANDARD};
use ring::digest::{SHA256, digest};

use super::{
    canonical,
    key::{Algorithm, SigningKey},
};

/// Fields that are signed, whether they are there or not: one that is added later, or a second one, breaks the signature.
const FIELDS: [&str; 9] = [
    "From",
    "Subject",
    "Date",
    "Message-ID",
    "To",
    "In-Reply-To",
    "References",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];
/// Signs of base64 in a line of the signature.
const LINE: usize = 70;

/// A key with the place where its record is published.
#[derive(Debug)]
pub struct Signer {
    pub domain: String,
    pub selector: String,
    pub key: SigningKey,
}

impl Signer {
    /// The name of the record that [`SigningKey::record`] is the text of.
    pub fn record_name(domain: &str, selector: &str) -> String {
        format!("{selector}._domainkey.{domain}")
    }

    /// The message with its signature in front. Lines end with CRLF. `at` is when it is signed, in seconds since 1970: the same message,
    /// key and time give the same bytes with both algorithms.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn sign(&self, message: &str, at: i64) -> anyhow::Result<String> {
        let (header, body) = message.split_once("\r\n\r\n").unwrap_or((message, ""));
        let fields = fields(header);
        let (mut names, mut signed) = (Vec::new(), String::new());
        for wanted in FIELDS {
            // From the last one up, as they are verified (section 5.4.2), and once more than there are.
            for (name, value) in fields.iter().rev().filter(|(name, _)| name.eq_ignore_ascii_case(wanted)) {
                names.push(wanted);
                signed.push_str(&canonical::field(name, value));
                signed.push_str("\r\n");
            }
            names.push(wanted);
        }
        let body_hash = BASE64_STANDARD.encode(digest(&SHA256, canonical::body(body).as_bytes()));
        let algorithm = match self.key.algorithm() {
            Algorithm::Rsa => "rsa-sha256",
            Algorithm::Ed25519 => "ed25519-sha256",
        };
        let value = format!(
            " v=1; a={algorithm}; c=relaxed/relaxed; d={};\r\n\ts={}; t={at};\r\n\th={};\r\n\tbh={body_hash};\r\n\tb=",
            self.domain,
            self.selector,
            folded(&names),
        );
        signed.push_str(&canonical::field("DKIM-Signature", &value));
        let signature = BASE64_STANDARD.encode(self.key.sign(signed.as_bytes())?);
        Ok(format!("DKIM-Signature:{value}{}\r\n{message}", lines(&signature)))
    }
}

/// The fields of a header in their order, values with their folds.
fn fields(header: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in header.split("\r\n") {
        match (line.starts_with([' ', '\t']), fields.last_mut(), line.split_once(':')) {
            (true, Some((_, value)), _) => {
                value.push_str("\r\n");
                value.push_str(line);
            }
            (false, _, Some((name, value))) => fields.push((name.to_owned(), value.to_owned())),
            _ => {}
        }
    }
    fields
}

/// The names between colons, in lines that are short enough.
fn folded(names: &[&str]) -> String {
    names.chunks(5).map(|names| names.join(":")).collect::<Vec<_>>().join(":\r\n\t ")
}

fn lines(signature: &str) -> String {
    let lines: Vec<String> =
        signature.as_bytes().chunks(LINE).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    lines.join("\r\n\t ")
}
