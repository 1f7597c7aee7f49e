use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use super::{key::KeyFault, *};

pub(super) const MESSAGE: &str = "Date: Sun, 29 Nov 2026 20:00:00 +0000\r\nFrom: =?utf-8?q?J=C3=B6?= <jo@acme.example>\r\nTo: ann@corp.example\r\n\
     Subject: A question\r\n about the  folded\tsubject\r\nMessage-ID: <abc@acme.example>\r\n\
     List-Unsubscribe: <https://fairlead.example/u/x>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\
     MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello  Ann, \r\n\r\nhow are you?\r\n\r\n\r\n";

pub(super) fn signer(algorithm: Algorithm) -> Signer {
    Signer { domain: "acme.example".into(), selector: "fl1".into(), key: SigningKey::make(algorithm).unwrap() }
}

/// Whether the signature in front of a message verifies with a record: a reader of its own, from the standard.
pub fn verifies(signed: &str, record: &str) -> bool {
    let tags = |text: &str| -> std::collections::HashMap<String, String> {
        let pairs = text.split(';').filter_map(|tag| tag.split_once('='));
        pairs.map(|(name, value)| (name.trim().into(), value.split_whitespace().collect())).collect()
    };
    let (header, body) = signed.split_once("\r\n\r\n").unwrap();
    let unfolded = header.replace("\r\n ", "\x01 ").replace("\r\n\t", "\x01\t");
    let fields: Vec<(String, String)> = unfolded
        .split("\r\n")
        .map(|line| line.split_once(':').map(|(name, value)| (name.into(), value.replace('\x01', "\r\n"))).unwrap())
        .collect();
    let (name, value) = &fields[0];
    let of_signature = tags(value);
    let body_hash = ring::digest::digest(&ring::digest::SHA256, canonical::body(body).as_bytes());
    if of_signature["bh"] != base64(body_hash.as_ref()) {
        return false;
    }
    let mut left = fields[1..].to_vec();
    let mut data = String::new();
    for wanted in of_signature["h"].split(':') {
        if let Some(at) = left.iter().rposition(|(name, _)| name.eq_ignore_ascii_case(wanted)) {
            let (name, value) = left.remove(at);
            data += &format!("{}\r\n", canonical::field(&name, &value));
        }
    }
    let empty = &value[..value.rfind("b=").unwrap() + 2];
    data += &canonical::field(name, empty);
    let of_record = tags(record);
    let (key, signature) = (decoded(&of_record["p"]), decoded(&of_signature["b"]));
    match of_record["k"].as_str() {
        // The head of the SubjectPublicKeyInfo of a key with 2,048 bits has 24 octets.
        "rsa" => {
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &key[24..]).verify(data.as_bytes(), &signature).is_ok()
        }
        _ => {
            let hash = ring::digest::digest(&ring::digest::SHA256, data.as_bytes());
            UnparsedPublicKey::new(&ED25519, key).verify(hash.as_ref(), &signature).is_ok()
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    use ::base64::{Engine, prelude::BASE64_STANDARD};
    BASE64_STANDARD.encode(bytes)
}

fn decoded(text: &str) -> Vec<u8> {
    use ::base64::{Engine, prelude::BASE64_STANDARD};
    BASE64_STANDARD.decode(text).unwrap()
}

#[test]
fn a_signature_verifies_and_breaks_with_what_it_covers() {
    for algorithm in [Algorithm::Rsa, Algorithm::Ed25519] {
        let signer = signer(algorithm);
        let (signed, record) = (signer.sign(MESSAGE, 1_795_000_000).unwrap(), signer.key.record());
        assert!(verifies(&signed, &record), "{signed}");
        assert_eq!(signed, signer.sign(MESSAGE, 1_795_000_000).unwrap());
        assert!(signed.ends_with(MESSAGE));
        assert!(signed.split("\r\n").all(|line| line.len() <= 100), "{signed}");
        for (before, after) in [
            ("A question", "An answer"),
            ("how are you", "who are you"),
            ("To: ann@corp.example\r\n", "To: ann@corp.example\r\nTo: bob@corp.example\r\n"),
            ("To: ann@corp.example\r\n", "To: ann@corp.example\r\nReferences: <x@y.example>\r\n"),
            ("From: ", "From: Eve <eve@evil.example>\r\nFrom: "),
        ] {
            assert!(!verifies(&signed.replacen(before, after, 1), &record), "{after}");
        }
        // What relays change does not matter.
        let changed = signed.replace("Hello  Ann, ", "Hello Ann,").replace("about the  folded", "about the\r\n folded");
        assert!(verifies(&changed, &record));
    }
}

#[test]
fn a_key_is_read_as_it_was_kept_and_as_openssl_writes_it() {
    for algorithm in [Algorithm::Rsa, Algorithm::Ed25519] {
        let key = SigningKey::make(algorithm).unwrap();
        let again = SigningKey::parse(&key.to_text()).unwrap();
        assert_eq!((again.algorithm(), again.record()), (algorithm, key.record()));
        let text = key.to_text();
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let pem = format!("-----BEGIN PRIVATE KEY-----\r\n{}\r\n-----END PRIVATE KEY-----\r\n", lines.join("\r\n"));
        assert_eq!(SigningKey::parse(&pem).unwrap().record(), key.record());
        assert!(!format!("{key:?}").contains(&text[20..40]));
    }
    for (text, fault) in [
        ("", KeyFault::Unreadable),
        ("hello", KeyFault::Unreadable),
        ("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", KeyFault::Public),
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n", KeyFault::Encrypted),
        ("MC4CAQAwBQYDK2VuBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f", KeyFault::Unsuitable),
    ] {
        assert_eq!(SigningKey::parse(text).err(), Some(fault), "{text}");
    }
}

/// Made with `openssl genpkey -algorithm ed25519`.
#[test]
fn an_ed25519_key_of_openssl_has_no_public_half() {
    let key = SigningKey::parse("MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f").unwrap();
    assert_eq!(key.record(), "v=DKIM1; k=ed25519; p=A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=");
}
