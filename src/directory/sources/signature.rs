//! Who asks: `Fairlead-Signature: t=SECONDS,v1=HEX`, HMAC-SHA256 over the time, a dot, and the exact bytes of the body.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::server::hexadecimal::hexadecimal;

/// The header's name.
pub const HEADER: &str = "fairlead-signature";

/// The header's value for `body`, signed at `seconds` since 1970.
pub fn sign(secret: &str, seconds: i64, body: &[u8]) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    format!("t={seconds},v1={}", hexadecimal(&mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf '1795340190.{"limit":5}' | openssl dgst -sha256 -hmac s3cret`
    #[test]
    fn the_signature_is_the_one_of_the_example_in_the_documentation() {
        let header = sign("s3cret", 1_795_340_190, br#"{"limit":5}"#);
        let documented = include_str!("../../../docs/sources.md");
        assert!(documented.contains(&header), "{header}");
    }
}
