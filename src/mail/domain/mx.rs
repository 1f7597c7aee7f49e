//! Whether a domain can get answers and bounces: its MX records (RFC 5321, section 5.1).

use super::finding::Finding;
use crate::server::dns::{Answer, Records};

/// What is found about the mail servers of a domain: their names, and what is wrong. `None`: unknown.
pub async fn look_up(records: &impl Records, domain: &str) -> Option<(Vec<String>, Vec<Finding>)> {
    match records.mail_hosts(domain).await {
        Answer::Unknown => None,
        Answer::NoDomain => Some((Vec::new(), vec![Finding::NoDomain])),
        Answer::Found(hosts) => {
            let names: Vec<String> =
                hosts.iter().map(|host| host.host.clone()).filter(|host| !host.is_empty()).collect();
            let finding = match (names.is_empty(), hosts.len() > names.len()) {
                (true, _) => vec![Finding::NullMx],
                (false, true) => vec![Finding::NullMxBesideOthers],
                (false, false) => Vec::new(),
            };
            Some((names, finding))
        }
        Answer::None => match records.addresses(domain).await {
            Answer::Found(_) => Some((vec![domain.to_owned()], vec![Finding::AddressInsteadOfMx])),
            Answer::None | Answer::NoDomain => Some((Vec::new(), vec![Finding::NoMx])),
            Answer::Unknown => None,
        },
    }
}
