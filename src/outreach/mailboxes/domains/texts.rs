//! The sentences of what was found about a domain.

use crate::{
    mail::domain::{Finding, Part},
    ui::plural,
};

/// What a part is, in a word and in a sentence.
pub fn part(part: Part) -> (&'static str, &'static str) {
    match part {
        Part::Mx => ("MX", "Where answers and bounces are delivered."),
        Part::Spf => ("SPF", "Which servers may send for the domain."),
        Part::Dkim => ("DKIM", "The signature that proves a mail was not changed."),
        Part::Dmarc => ("DMARC", "What receivers do with mail that proves nothing."),
    }
}

/// What a finding means.
pub fn meaning(finding: &Finding) -> String {
    match finding.part() {
        Part::Mx => mx(finding),
        Part::Spf => spf(finding),
        Part::Dkim => dkim(finding),
        Part::Dmarc => dmarc(finding),
    }
}

fn mx(finding: &Finding) -> String {
    match finding {
        Finding::NoDomain => "The domain does not exist. Receivers refuse its mail.",
        Finding::NullMx => {
            "The domain says that it takes no mail. Answers and bounces are lost, and many receivers refuse its mail."
        }
        Finding::NullMxBesideOthers => {
            "A record says that the domain takes no mail, and others name servers. Remove the one with the host “.”."
        }
        Finding::AddressInsteadOfMx => {
            "The domain names no mail server, so answers go to the server of its website. Publish an MX record."
        }
        _ => {
            "The domain names no mail server, so answers and bounces are lost. Publish the MX records of your provider."
        }
    }
    .to_owned()
}

fn spf(finding: &Finding) -> String {
    match finding {
        Finding::SpfMissing { almost: Some(_) } => {
            "A record looks like SPF but does not begin with “v=spf1 ”, so receivers do not read it.".to_owned()
        }
        Finding::SpfMissing { almost: None } => "The domain has no SPF record.".to_owned(),
        Finding::SpfSeveral { records } => {
            let count = i64::try_from(records.len()).unwrap_or(0);
            format!(
                "The domain has {}. Receivers read none of them: put them together.",
                plural(count, "SPF record", "SPF records")
            )
        }
        Finding::SpfUnreadable { domain, term } => {
            format!(
                "The SPF record of {domain} has a part that cannot be read, so receivers treat it as an error: “{term}”."
            )
        }
        Finding::SpfLoop { domain } => {
            format!("The SPF record of {domain} includes itself, which receivers treat as an error.")
        }
        Finding::SpfIncludeMissing { domain } => {
            format!(
                "The record includes {domain}, which has no SPF record. Receivers treat the whole record as an error."
            )
        }
        Finding::SpfIncludeSeveral { domain } => {
            format!(
                "The record includes {domain}, which has several SPF records. Receivers treat the whole record as an error."
            )
        }
        Finding::SpfTooManyHosts { domain } => {
            format!(
                "{domain} has more than 10 mail servers, and receivers stop reading there. Name their networks with ip4: instead of mx."
            )
        }
        Finding::SpfTooManyLookups { lookups } => {
            format!(
                "Reading the record takes {lookups} look-ups, and receivers stop after 10. Remove includes that are no longer used."
            )
        }
        Finding::SpfTooManyVoids { voids } => {
            format!("The record names {voids} hosts that do not exist, and receivers stop after 2. Remove them.")
        }
        Finding::SpfAllowsAll => "The record allows every server in the world to send for the domain.".to_owned(),
        Finding::SpfSaysNothing => "The record says nothing about other servers. End it with “~all”.".to_owned(),
        Finding::SpfIgnored { term } => {
            format!("Receivers pass over “{term}”: it comes after “all”, or has “=” instead of “:”.")
        }
        Finding::SpfPtr => "The record uses “ptr”, which is slow and which some receivers no longer read.".to_owned(),
        Finding::SpfLacksProvider { include } => {
            format!("The record does not cover the provider that your mailboxes send through ({include}).")
        }
        Finding::SpfLacksAddress { ip } => {
            format!("The record does not cover {ip}, the server that delivered your test mail.")
        }
        Finding::SpfNotAligned { return_path } => {
            format!(
                "Your mail server writes {return_path} into the envelope, so SPF proves nothing about your domain. DKIM has to."
            )
        }
        _ => String::new(),
    }
}

fn dkim(finding: &Finding) -> String {
    match finding {
        Finding::DkimUnsigned => {
            "Your test mail arrived without a signature. Switch DKIM on at your provider, or let Fairlead sign."
                .to_owned()
        }
        Finding::DkimNotAligned { domain } => {
            format!(
                "Your test mail is signed by {domain} and not by your domain. Set up DKIM for your domain at your provider."
            )
        }
        Finding::DkimInvalid { domain, selector } => {
            format!("The signature of your test mail (selector {selector} of {domain}) was wrong when it arrived.")
        }
        Finding::DkimKeyMissing { name } => {
            format!("Mails are signed, but the key is not published at {name}. Publish it again.")
        }
        Finding::DkimKeyWithdrawn { name } => {
            format!("Mails are signed with a key that is withdrawn at {name}. Set up a new key at your provider.")
        }
        Finding::DkimKeyDiffers { name, .. } => {
            format!("Fairlead signs with a key that is not published at {name}. Publish this record.")
        }
        Finding::DkimFieldsUnsigned { fields } => {
            format!(
                "The signature leaves out {}. One-click unsubscribe may not show at some receivers.",
                fields.join(", ")
            )
        }
        _ => String::new(),
    }
}

fn dmarc(finding: &Finding) -> String {
    match finding {
        Finding::DmarcMissing => "No DMARC record holds for the domain. Large receivers ask for one.".to_owned(),
        Finding::DmarcSeveral => "The domain has several DMARC records. Receivers read none of them: keep one.".to_owned(),
        Finding::DmarcUnreadable { record } => format!("The DMARC record cannot be read: “{record}”."),
        Finding::DmarcNoPolicy => "The DMARC record names no policy, so it counts as “none”. Older receivers do not read it at all.".to_owned(),
        Finding::DmarcAsksNothing => {
            "The policy is “none”: a good start. When SPF and DKIM pass for some weeks, ask for “quarantine”, later for “reject”.".to_owned()
        }
        Finding::DmarcTesting => "The record is in test mode (t=y), so its policy is not enforced.".to_owned(),
        Finding::DmarcIgnored { tag } => format!("Receivers no longer read “{tag}=”. It can be removed."),
        _ => String::new(),
    }
}

/// The first fault in a few words, for sentences about the domain: “acme.example has no SPF record”.
pub fn in_short(finding: &Finding) -> &'static str {
    match finding {
        Finding::NoDomain => "does not exist",
        Finding::NullMx => "says that it takes no mail",
        Finding::NoMx => "has no mail server",
        Finding::SpfMissing { .. } => "has no SPF record",
        Finding::SpfSeveral { .. } => "has several SPF records",
        Finding::SpfTooManyLookups { .. } => "needs more than 10 look-ups for SPF",
        Finding::SpfLacksProvider { .. } | Finding::SpfLacksAddress { .. } => "does not cover its mail server with SPF",
        Finding::DkimUnsigned => "sends mail without a DKIM signature",
        Finding::DkimNotAligned { .. } => "has mail signed by another domain",
        Finding::DkimKeyMissing { .. } | Finding::DkimKeyWithdrawn { .. } | Finding::DkimKeyDiffers { .. } => {
            "signs with a key that is not published"
        }
        Finding::DkimInvalid { .. } => "has wrong DKIM signatures",
        finding if finding.part() == Part::Spf => "has an SPF record that receivers cannot read",
        _ => "has faulty records",
    }
}
