//! The ninth check: what the copy that arrived says of its signature (RFC 6376), and whether its Message-ID is still ours.

use super::{
    finding::Finding,
    kind::{Check, CheckResult, Outcome},
};

/// What a signature of a campaign's mail has to cover.
const COVERED: [&str; 6] = ["From", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post"];

/// Looks at the header of the copy; `domain` is the mailbox's, `message_id` what was sent, without angle brackets.
pub fn check(header: &[u8], domain: &str, message_id: &str) -> CheckResult {
    let fields = fields(header);
    let of = |name: &'static str| {
        fields.iter().filter(move |field| field.0.eq_ignore_ascii_case(name)).map(|field| &field.1)
    };
    let mut findings = Vec::new();
    let signatures: Vec<Signature> = of("DKIM-Signature").filter_map(|value| Signature::parse(value)).collect();
    let own = signatures.iter().find(|signature| signature.is_of(domain));
    match (own, signatures.first()) {
        (None, None) => findings.push(Finding::NotSigned),
        (None, Some(other)) => {
            findings.push(Finding::SignedByOther { domain: other.domain.clone(), own: domain.to_owned() });
        }
        (Some(own), _) => {
            let missing: Vec<String> =
                COVERED.iter().filter(|field| !own.covers(field)).map(|field| (*field).to_owned()).collect();
            if !missing.is_empty() {
                findings.push(Finding::NotCovered { fields: missing });
            }
        }
    }
    // The topmost is of the server that delivered it; others may be anybody's.
    if let Some(words) = of("Authentication-Results").next().and_then(|value| failure(value)) {
        findings.push(Finding::SignatureFails { words });
    }
    let ids = of("Message-ID").map(|value| value.trim().trim_start_matches('<').trim_end_matches('>'));
    if !ids.into_iter().any(|id| id == message_id) {
        findings.push(Finding::MessageIdReplaced);
    }
    let outcome = if findings.is_empty() { Outcome::Passed } else { Outcome::Warning };
    if let Some(own) = own.filter(|_| findings.is_empty()) {
        findings.push(Finding::Signed { domain: own.domain.clone() });
    }
    CheckResult { check: Check::Signature, outcome, findings }
}

/// Names and values of the header fields, unfolded.
fn fields(header: &[u8]) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in String::from_utf8_lossy(header).lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push_str(line);
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_owned(), value.to_owned()));
        }
    }
    fields
}

/// What a DKIM-Signature says about itself.
struct Signature {
    domain: String,
    /// Names of the fields it covers.
    covered: Vec<String>,
}

impl Signature {
    fn parse(value: &str) -> Option<Self> {
        let tag = |name: &str| {
            let mut tags = value.split(';').filter_map(|tag| tag.split_once('='));
            tags.find(|(known, _)| known.trim() == name).map(|(_, value)| value)
        };
        let domain: String = tag("d")?.chars().filter(|c| !c.is_whitespace()).collect();
        let covered = tag("h")?.split(':').map(|name| name.trim().to_ascii_lowercase()).collect();
        Some(Self { domain: domain.to_ascii_lowercase(), covered })
    }

    /// Whether it counts for mails from this domain: the same one, or one above or below (relaxed alignment).
    fn is_of(&self, domain: &str) -> bool {
        let domain = domain.to_ascii_lowercase();
        let below = |lower: &str, upper: &str| lower.strip_suffix(upper).is_some_and(|rest| rest.ends_with('.'));
        self.domain.contains('.')
            && (self.domain == domain || below(&domain, &self.domain) || below(&self.domain, &domain))
    }

    fn covers(&self, field: &str) -> bool {
        self.covered.iter().any(|name| name.eq_ignore_ascii_case(field))
    }
}

/// What Authentication-Results (RFC 8601) says when the signature was looked at and does not hold.
fn failure(value: &str) -> Option<String> {
    let results: Vec<&str> = value.split(';').map(str::trim).filter(|result| result.starts_with("dkim=")).collect();
    let held = results.iter().any(|result| result.starts_with("dkim=pass"));
    let words = results.first().filter(|_| !held).filter(|result| !result.starts_with("dkim=none"))?;
    Some(words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "abc@acme.example";

    fn found(header: &str) -> Vec<Finding> {
        check(header.replace('\n', "\r\n").as_bytes(), "acme.example", ID).findings
    }

    fn signed(domain: &str, covered: &str) -> String {
        format!(
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\n\td={domain}; s=s1;\n h={covered};\n b=abc=\nMessage-ID: <{ID}>\n"
        )
    }

    const ALL: &str = "From:To : Subject:date:message-id:\n\tList-Unsubscribe:List-Unsubscribe-Post";

    #[test]
    fn a_signature_of_the_domain_that_covers_all_passes() {
        for domain in ["acme.example", "mail.acme.example", "ACME.example"] {
            let header = signed(domain, ALL);
            assert_eq!(found(&header), [Finding::Signed { domain: domain.to_lowercase() }]);
            assert_eq!(check(header.as_bytes(), "acme.example", ID).outcome, Outcome::Passed);
        }
    }

    #[test]
    fn what_is_wrong_with_a_signature_is_named() {
        let other = Finding::SignedByOther { domain: "sender.example".into(), own: "acme.example".into() };
        assert_eq!(found(&signed("sender.example", ALL)), [other]);
        let of_none = Finding::SignedByOther { domain: "example".into(), own: "acme.example".into() };
        assert_eq!(found(&signed("example", ALL)), [of_none]);
        let unsubscribe = vec!["List-Unsubscribe".to_owned(), "List-Unsubscribe-Post".to_owned()];
        assert_eq!(
            found(&signed("acme.example", "From:Subject:Date:Message-ID")),
            [Finding::NotCovered { fields: unsubscribe }]
        );
        assert_eq!(found(&format!("Subject: no\nMessage-Id: <{ID}>\n")), [Finding::NotSigned]);
        let replaced = signed("acme.example", ALL).replace(ID, "other@provider.example");
        assert_eq!(found(&replaced), [Finding::MessageIdReplaced]);
    }

    #[test]
    fn only_the_topmost_result_of_a_check_by_a_server_counts() {
        let with = |results: &str| found(&format!("{results}{}", signed("acme.example", ALL)));
        let fails =
            "Authentication-Results: mx.example;\n spf=pass;\n dkim=fail (bad\n signature) header.d=acme.example\n";
        let words = "dkim=fail (bad signature) header.d=acme.example".to_owned();
        assert_eq!(with(fails), [Finding::SignatureFails { words }]);
        let passes = "Authentication-Results: mx.example; dkim=fail; dkim=pass header.d=acme.example\n";
        let signed = [Finding::Signed { domain: "acme.example".into() }];
        assert_eq!(with(&format!("{passes}{fails}")), signed);
        assert_eq!(with("Authentication-Results: mx.example; dkim=none\n"), signed);
    }
}
