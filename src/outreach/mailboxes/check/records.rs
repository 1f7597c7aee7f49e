//! The tenth check: what the records of the domain say, and those of the key that signed.

use std::time::Duration;

use tokio::time::timeout;

use super::{
    finding::Finding,
    kind::{Check, CheckResult, Outcome},
};
use crate::{
    accounts::WorkspaceId,
    mail::domain::{self, Part, Report, Subject, examine},
    outreach::mailboxes::domains::subject,
    server::app::App,
};

/// For everything about the domain.
const LOOK_TIME_MAX: Duration = Duration::from_secs(30);

/// Looks at the records of the domain of a mailbox.
///
/// # Errors
/// The database's.
pub async fn check(app: &App, workspace: WorkspaceId, domain: &str) -> sqlx::Result<CheckResult> {
    if !app.dns.is_on() {
        return Ok(CheckResult::new(Check::Domain, Outcome::NotReached, Finding::DnsOff));
    }
    let mut tx = app.db.read().await?;
    let subject = subject(&mut tx, workspace, domain).await?;
    drop(tx);
    let Some(subject) = subject else { return Ok(CheckResult::not_reached(Check::Domain)) };
    Ok(check_subject(app, &subject).await)
}

/// Looks at the records of a domain, by what is known about how its mail leaves.
pub async fn check_subject(app: &App, subject: &Subject) -> CheckResult {
    if !app.dns.is_on() {
        return CheckResult::new(Check::Domain, Outcome::NotReached, Finding::DnsOff);
    }
    let report = timeout(LOOK_TIME_MAX, examine(&app.dns, subject)).await.unwrap_or_else(|_| Report::unknown());
    result(&report)
}

fn result(report: &Report) -> CheckResult {
    let found = report.findings.iter().filter(|finding| !is_of_signature(finding));
    let mut findings: Vec<Finding> = found.map(|finding| Finding::Record { finding: finding.clone() }).collect();
    let unknown: Vec<Part> = report.unknown.iter().copied().filter(|part| *part != Part::Dkim).collect();
    let outcome = match (findings.is_empty(), unknown.is_empty()) {
        (true, true) => Outcome::Passed,
        (true, false) => Outcome::NotReached,
        (false, _) => Outcome::Warning,
    };
    if !unknown.is_empty() {
        findings.push(Finding::RecordsUnknown { parts: unknown });
    }
    CheckResult { check: Check::Domain, outcome, findings }
}

/// What the check of the copy says itself.
fn is_of_signature(finding: &domain::Finding) -> bool {
    use domain::Finding as Found;
    matches!(
        finding,
        Found::DkimUnsigned
            | Found::DkimNotAligned { .. }
            | Found::DkimInvalid { .. }
            | Found::DkimFieldsUnsigned { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_pass_when_nothing_is_wrong_and_everything_was_looked_up() {
        assert_eq!(result(&Report::default()).outcome, Outcome::Passed);
        let unknown = result(&Report { unknown: vec![Part::Spf, Part::Dkim], ..Report::default() });
        assert_eq!(unknown.outcome, Outcome::NotReached);
        assert_eq!(unknown.findings, [Finding::RecordsUnknown { parts: vec![Part::Spf] }]);
        let findings = vec![domain::Finding::DkimUnsigned, domain::Finding::DmarcMissing];
        let missing = result(&Report { findings, unknown: vec![Part::Mx], ..Report::default() });
        assert_eq!((missing.outcome, missing.findings.len()), (Outcome::Warning, 2));
        assert_eq!(
            missing.findings[0].sentence(),
            "No DMARC record holds for the domain. Large receivers ask for one."
        );
    }
}
