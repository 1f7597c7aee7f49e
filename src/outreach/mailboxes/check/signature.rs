//! The ninth check: what the copy that arrived says of its signature (RFC 6376), and whether its Message-ID is still ours.

use super::{
    finding::Finding,
    kind::{Check, CheckResult, Outcome},
};
use crate::mail::domain::{Evidence, Verdict};

/// What a signature of a campaign's mail has to cover.
const COVERED: [&str; 6] = ["From", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post"];

/// Looks at the header of the copy and what it proves; `domain` is the mailbox's, `message_id` what was sent, without angle
/// brackets.
pub fn check(header: &[u8], evidence: &Evidence, domain: &str, message_id: &str) -> CheckResult {
    let mut findings = Vec::new();
    let own = evidence.signatures.iter().find(|signature| is_of(&signature.domain, domain));
    match (own, evidence.signatures.first()) {
        (None, None) => findings.push(Finding::NotSigned),
        (None, Some(other)) => {
            findings.push(Finding::SignedByOther { domain: other.domain.clone(), own: domain.to_owned() });
        }
        (Some(own), _) => {
            let covers = |field: &str| own.fields.iter().any(|known| known.eq_ignore_ascii_case(field));
            let missing = COVERED.iter().filter(|field| !covers(field));
            let missing: Vec<String> = missing.map(|field| (*field).to_owned()).collect();
            if !missing.is_empty() {
                findings.push(Finding::NotCovered { fields: missing });
            }
            if own.verdict == Some(Verdict::Fail) {
                findings.push(Finding::SignatureFails { domain: own.domain.clone() });
            }
        }
    }
    if !has_id(header, message_id) {
        findings.push(Finding::MessageIdReplaced);
    }
    let outcome = if findings.is_empty() { Outcome::Passed } else { Outcome::Warning };
    if let Some(own) = own.filter(|_| findings.is_empty()) {
        findings.push(Finding::Signed { domain: own.domain.clone() });
    }
    CheckResult { check: Check::Signature, outcome, findings }
}

/// Whether a signature counts for mails from this domain: the same one, or one above or below (relaxed alignment).
fn is_of(signer: &str, domain: &str) -> bool {
    let domain = domain.to_ascii_lowercase();
    let below = |lower: &str, upper: &str| lower.strip_suffix(upper).is_some_and(|rest| rest.ends_with('.'));
    signer.contains('.') && (signer == domain || below(&domain, signer) || below(signer, &domain))
}

/// Whether the header still has this Message-ID.
fn has_id(header: &[u8], id: &str) -> bool {
    let header = String::from_utf8_lossy(header);
    // A long id may stand on a line of its own.
    let unfolded = header.replace("\r\n ", " ").replace("\r\n\t", " ");
    let ids = unfolded.lines().filter_map(|line| line.split_once(':'));
    let ids = ids.filter(|(name, _)| name.trim().eq_ignore_ascii_case("Message-ID"));
    ids.into_iter().any(|(_, value)| value.trim().trim_start_matches('<').trim_end_matches('>') == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "abc@acme.example";

    fn result(header: &str) -> CheckResult {
        let header = header.replace('\n', "\r\n").into_bytes();
        check(&header, &Evidence::of_header(&header), "acme.example", ID)
    }

    fn found(header: &str) -> Vec<Finding> {
        result(header).findings
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
            assert_eq!(result(&header).outcome, Outcome::Passed);
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
    fn a_signature_that_the_receiving_server_found_wrong_is_a_finding() {
        let with = |results: &str| found(&format!("{results}{}", signed("acme.example", ALL)));
        let fails =
            "Authentication-Results: mx.example;\n dkim=fail (bad\n signature) header.d=acme.example header.s=s1\n";
        assert_eq!(with(fails), [Finding::SignatureFails { domain: "acme.example".into() }]);
        let passes = "Authentication-Results: mx.example; dkim=pass header.d=acme.example header.s=s1\n";
        assert_eq!(with(passes), [Finding::Signed { domain: "acme.example".into() }]);
    }
}
