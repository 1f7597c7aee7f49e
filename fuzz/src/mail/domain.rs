//! Records that domains publish, and fields in which receivers say what they found.

use std::net::{IpAddr, Ipv6Addr};

#[path = "../../../src/mail/domain/evidence.rs"]
mod evidence;
#[path = "../../../src/mail/domain/macros.rs"]
mod macros;
#[path = "../../../src/mail/domain/spf_record.rs"]
mod spf_record;
#[path = "../../../src/mail/domain/tags.rs"]
mod tags;

use evidence::Evidence;
use macros::{Values, expand};
use spf_record::{Mechanism, SpfRecord, is_almost_spf, is_spf};

/// Reads a text as each of them.
pub fn read(said: &[u8]) {
    let text = String::from_utf8_lossy(said);
    for (name, value) in tags::tags(&text) {
        assert_eq!((name.trim(), value.trim()), (name.as_str(), value.as_str()));
    }
    assert!(is_almost_spf(&text) || !is_spf(&text));
    if let Ok(record) = SpfRecord::parse(&text) {
        for (_, mechanism) in record.directives {
            let named = match mechanism {
                Mechanism::Include(name) | Mechanism::Exists(name) => Some(name),
                Mechanism::A(name, lengths) | Mechanism::Mx(name, lengths) => {
                    assert!(lengths.0 <= 32 && lengths.1 <= 128);
                    name
                }
                Mechanism::All | Mechanism::Ptr | Mechanism::Network(_) => None,
            };
            let ip = Some(IpAddr::V6(Ipv6Addr::LOCALHOST));
            let _ = named.map(|name| expand(&name, Values { sender: "uma@acme.example", domain: "acme.example", ip }));
        }
    }
    let _ = expand(&text, Values { sender: &text, domain: &text, ip: None });
    assert!(Evidence::of_header(said).signatures.len() <= 10);
}
