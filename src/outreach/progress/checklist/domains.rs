//! Whether receivers can tell that the campaign's mails are genuine: SPF, DKIM and DMARC of the domains that they come from.

use super::{CheckedDomain, Found, Line, Topic, Verdict, line as new_line};
use crate::{
    mail::domain::{Finding, Part},
    outreach::mailboxes::domains::in_short,
};

/// The line about the domains; none while only the built-in outbox sends.
pub(super) fn line(found: &Found) -> Option<Line> {
    let lines = found.domains.iter().map(|domain| judged(domain, found.dkim_demanded));
    let (verdict, text) = lines.max_by_key(|(verdict, _)| match verdict {
        Verdict::Good => 0,
        Verdict::Warning => 1,
        Verdict::Stop => 2,
    })?;
    Some(new_line(Topic::Domains, verdict, text))
}

fn judged(CheckedDomain { domain, report }: &CheckedDomain, dkim_demanded: bool) -> (Verdict, String) {
    let Some(report) = report else {
        return (Verdict::Warning, format!("The records of {domain} have not been looked up yet."));
    };
    let first = |part| report.of(part).find(|finding| finding.is_failing());
    let says = |finding: &Finding| format!("{domain} {}", in_short(finding));
    match (first(Part::Dkim), first(Part::Spf), first(Part::Mx)) {
        (Some(dkim), Some(_), _) => {
            (Verdict::Stop, format!("{}, and SPF fails too: receivers refuse its mail.", says(dkim)))
        }
        (Some(dkim), None, _) if dkim_demanded => {
            (Verdict::Stop, format!("{}. Some of the leads are at receivers that refuse such mail.", says(dkim)))
        }
        (Some(fault), None, _) | (None, Some(fault), _) | (None, None, Some(fault)) => {
            (Verdict::Warning, format!("{}. More of its mail lands in spam folders.", says(fault)))
        }
        (None, None, None) if report.is_unknown() => {
            (Verdict::Warning, format!("No name server could say what the records of {domain} are."))
        }
        (None, None, None) if report.unknown.contains(&Part::Dkim) => (
            Verdict::Warning,
            format!("No test mail from {domain} has come back yet, so it is not known whether it is signed."),
        ),
        (None, None, None) if report.dmarc.is_none() => {
            (Verdict::Warning, format!("{domain} has no DMARC record. Large receivers ask for one."))
        }
        (None, None, None) => (Verdict::Good, format!("Receivers can tell that mail from {domain} is genuine.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::domain::Report;

    fn found(findings: &[Finding], unknown: &[Part], dkim_demanded: bool) -> Found {
        let report = Report { findings: findings.to_vec(), unknown: unknown.to_vec(), ..Report::default() };
        let domain = |report| CheckedDomain { domain: "acme.example".into(), report };
        Found { domains: vec![domain(Some(report))], dkim_demanded, ..Found::default() }
    }

    #[test]
    fn without_dkim_it_stops_only_where_a_receiver_demands_it_or_spf_fails_too() {
        let (unsigned, no_spf) = (Finding::DkimUnsigned, Finding::SpfMissing { almost: None });
        for (findings, unknown, demanded, verdict) in [
            (std::slice::from_ref(&unsigned), &[][..], true, Verdict::Stop),
            (std::slice::from_ref(&unsigned), &[], false, Verdict::Warning),
            (&[unsigned.clone(), no_spf.clone()], &[], false, Verdict::Stop),
            (std::slice::from_ref(&no_spf), &[], true, Verdict::Warning),
            (&[], &[Part::Dkim], true, Verdict::Warning),
            (&[], &[Part::Spf, Part::Dkim], true, Verdict::Warning),
            (&[Finding::DmarcMissing], &[], true, Verdict::Warning),
        ] {
            assert_eq!(line(&found(findings, unknown, demanded)).unwrap().verdict, verdict, "{findings:?}");
        }
        assert_eq!(line(&Found::default()), None);
        let new = CheckedDomain { domain: "new.example".into(), report: None };
        let mut stop = found(&[no_spf, Finding::DkimUnsigned], &[], false);
        stop.domains.push(new);
        assert_eq!(line(&stop).unwrap().verdict, Verdict::Stop);
    }
}
