//! Check 10: whether receivers can tell that mail from the domain of the mailbox is genuine.

use std::time::Duration;

use super::{
    finding::Finding,
    kind::{Check, CheckResult, Outcome},
};
use crate::{
    mail::domain::{Report, examine},
    outreach::mailboxes::{
        domains::{note_copy, subject},
        secrets::MailboxKey,
    },
    server::app::App,
};

/// For all questions together.
const LOOK_TIME_MAX: Duration = Duration::from_secs(20);
/// Findings that are shown; the page of the domains has all.
const SHOWN_MAX: usize = 3;

/// Keeps what the copy proves, and looks at the records. Nothing where no name server may be asked.
///
/// # Errors
/// The database's.
pub async fn check(
    app: &App,
    mailbox: MailboxKey,
    domain: &str,
    header: Option<&[u8]>,
) -> anyhow::Result<Option<CheckResult>> {
    if let Some(header) = header {
        let mut tx = app.db.write().await?;
        note_copy(&mut tx, mailbox, header, app.clock.now()).await?;
        tx.commit().await?;
    }
    if !app.dns.is_on() {
        return Ok(None);
    }
    let subject = subject(&mut app.db.read().await?, mailbox.0, domain).await?;
    let Some(subject) = subject else { return Ok(None) };
    let report = tokio::time::timeout(LOOK_TIME_MAX, examine(&app.dns, &subject)).await;
    Ok(Some(result(domain, &report.unwrap_or_else(|_| Report::unknown()))))
}

/// Nothing about the domain keeps a mail from leaving, so it only warns.
fn result(domain: &str, report: &Report) -> CheckResult {
    let domain = domain.to_owned();
    if report.is_unknown() {
        return CheckResult::new(Check::Domain, Outcome::Warning, Finding::DomainUnknown { domain });
    }
    let mut findings = report.findings.clone();
    findings.sort_by_key(|finding| !finding.is_failing());
    let findings: Vec<Finding> =
        findings.into_iter().take(SHOWN_MAX).map(|finding| Finding::DomainFinding { finding }).collect();
    let outcome = if report.is_failing() || report.dmarc.is_none() { Outcome::Warning } else { Outcome::Passed };
    if findings.is_empty() {
        return CheckResult::new(Check::Domain, outcome, Finding::DomainPasses { domain });
    }
    CheckResult { check: Check::Domain, outcome, findings }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::domain;

    #[test]
    fn what_fails_comes_first_and_only_warns() {
        let report = Report {
            findings: vec![domain::Finding::SpfPtr, domain::Finding::DmarcMissing, domain::Finding::DkimUnsigned],
            ..Report::default()
        };
        let checked = result("acme.example", &report);
        assert_eq!(checked.outcome, Outcome::Warning);
        assert_eq!(checked.findings[0], Finding::DomainFinding { finding: domain::Finding::DkimUnsigned });
        let unknown = result("acme.example", &Report::unknown());
        assert_eq!(unknown.findings, [Finding::DomainUnknown { domain: "acme.example".into() }]);
    }
}
