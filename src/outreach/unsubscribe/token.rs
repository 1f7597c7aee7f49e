//! The token of a way out: which mail it belongs to, signed. It is made and not stored, so it works as long as the secret key is
//! known, also after the data of the person was erased.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::{accounts::WorkspaceId, outreach::ids::SendId};

const ID_BYTES: usize = 16;
/// Of the signature: 80 bits cannot be guessed, and addresses stay short.
const MAC_BYTES: usize = 10;
const TOKEN_BYTES: usize = 2 * ID_BYTES + MAC_BYTES;
/// The digits of base32 (RFC 4648), in lower case.
const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const DIGIT_BITS: usize = 5;

/// The token of a mail: 68 characters.
pub fn make(secret: &[u8], workspace: WorkspaceId, send: SendId) -> String {
    let mac = signature(secret, workspace, send).finalize().into_bytes();
    let bytes = [&workspace.0.as_bytes()[..], send.0.as_bytes(), &mac[..MAC_BYTES]].concat();
    base32(&bytes)
}

/// The mail of a token that was made with one of `secrets`, the current one and earlier ones; `None` for anything else.
pub fn read<'a>(mut secrets: impl Iterator<Item = &'a [u8]>, token: &str) -> Option<(WorkspaceId, SendId)> {
    let bytes = bytes_of(token).filter(|bytes| bytes.len() == TOKEN_BYTES)?;
    let (ids, mac) = bytes.split_at(2 * ID_BYTES);
    let (workspace, send) = ids.split_at(ID_BYTES);
    let (workspace, send) = (WorkspaceId(Uuid::from_slice(workspace).ok()?), SendId(Uuid::from_slice(send).ok()?));
    let is_genuine = secrets.any(|secret| signature(secret, workspace, send).verify_truncated_left(mac).is_ok());
    is_genuine.then_some((workspace, send))
}

fn signature(secret: &[u8], workspace: WorkspaceId, send: SendId) -> Hmac<Sha256> {
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.chain_update(b"unsubscribe, version 1: ").chain_update(workspace.0.as_bytes()).chain_update(send.0.as_bytes())
}

fn base32(bytes: &[u8]) -> String {
    let (mut text, mut bits, mut held) = (String::new(), 0_u32, 0);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= DIGIT_BITS {
            held -= DIGIT_BITS;
            text.push(char::from(DIGITS[(bits >> held) as usize & 31]));
        }
        bits &= (1 << held) - 1;
    }
    if held > 0 {
        text.push(char::from(DIGITS[(bits << (DIGIT_BITS - held)) as usize & 31]));
    }
    text
}

/// The bytes of a text of digits, in either case; bits that are left over must be zero.
fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for letter in text.bytes().take(2 * TOKEN_BYTES) {
        let digit = DIGITS.iter().position(|digit| *digit == letter.to_ascii_lowercase())?;
        bits = (bits << DIGIT_BITS) | u32::try_from(digit).ok()?;
        held += DIGIT_BITS;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held).ok()?);
            bits &= (1 << held) - 1;
        }
    }
    (bits == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_mail_and_nothing_that_was_changed_does() {
        let (workspace, send) = (WorkspaceId::new(), SendId::new());
        let (current, old): (&[u8], &[u8]) = (b"current", b"old");
        let token = make(current, workspace, send);
        assert_eq!(token.len(), 68);
        let read = |token: &str| read([current, old].into_iter(), token);
        assert_eq!(read(&token), Some((workspace, send)));
        assert_eq!(read(&token.to_uppercase()), Some((workspace, send)), "some programs change the case");
        assert_eq!(read(&make(old, workspace, send)), Some((workspace, send)), "an earlier secret");
        assert_eq!(read(&make(b"other", workspace, send)), None);
        for at in 0..token.len() {
            let other = if token.as_bytes()[at] == b'a' { "b" } else { "a" };
            let forged = format!("{}{other}{}", &token[..at], &token[at + 1..]);
            assert_eq!(read(&forged), None, "letter {at}");
        }
        for wrong in ["", "a", &token[1..], &format!("{token}a"), &"é".repeat(34), &"1".repeat(68), &"a".repeat(10_000)]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        for (bytes, text) in
            [("", ""), ("f", "my"), ("fo", "mzxq"), ("foo", "mzxw6"), ("foob", "mzxw6yq"), ("foobar", "mzxw6ytboi")]
        {
            assert_eq!(base32(bytes.as_bytes()), text);
            assert_eq!(bytes_of(text).unwrap(), bytes.as_bytes());
        }
    }
}
