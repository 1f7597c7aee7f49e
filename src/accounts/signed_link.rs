//! Links whose token is made and not stored: the id of a row, signed with the instance's secret key. So a link can be shown
//! again while its row is there, and a copy of the database opens nothing.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::server::{config::Config, hexadecimal::hexadecimal};

/// One kind of link. A token of one kind is worth nothing as another.
pub struct SignedLink {
    /// What the link is for; part of what is signed.
    pub purpose: &'static str,
    /// The address before the token, with a slash at its end.
    pub prefix: &'static str,
}

impl SignedLink {
    /// The path of the link of `id`. Whoever knows it may use it.
    pub fn path(&self, id: Uuid, config: &Config) -> String {
        let signature = hexadecimal(&self.signature(id, &config.secret_key).finalize().into_bytes());
        format!("{}{}{signature}", self.prefix, id.simple())
    }

    /// The id that `token` proves to know; `None` for anything made up.
    pub fn id_of(&self, token: &str, config: &Config) -> Option<Uuid> {
        if token.len() != 96 || !token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let (id, claimed) = token.split_at(32);
        let id = Uuid::parse_str(id).ok()?;
        let claimed: Vec<u8> =
            (0..64).step_by(2).filter_map(|at| u8::from_str_radix(&claimed[at..at + 2], 16).ok()).collect();
        self.signature(id, &config.secret_key).verify_slice(&claimed).ok()?;
        Some(id)
    }

    fn signature(&self, id: Uuid, key: &[u8]) -> Hmac<Sha256> {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.chain_update(format!("{}, version 1: {id}", self.purpose))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_link_that_was_given_out_names_its_row() {
        let (one, other) =
            (SignedLink { purpose: "one", prefix: "/x/" }, SignedLink { purpose: "other", prefix: "/x/" });
        let config = Config::parse(|_| None).unwrap();
        let id = Uuid::new_v4();
        let path = one.path(id, &config);
        let token = path.strip_prefix("/x/").unwrap();
        assert_eq!(one.id_of(token, &config), Some(id));
        assert_eq!(other.id_of(token, &config), None, "for another purpose");
        let forged = format!("{}{}", Uuid::new_v4().simple(), &token[32..]);
        let key = "another key another key another key";
        let elsewhere = Config::parse(|name| (name == "FAIRLEAD_SECRET_KEY").then(|| key.to_owned())).unwrap();
        assert_eq!(one.id_of(token, &elsewhere), None);
        for wrong in [forged.as_str(), "", "x", &token[..95], &format!("{token}0"), &"é".repeat(48), &"0".repeat(96)] {
            assert_eq!(one.id_of(wrong, &config), None, "{wrong}");
        }
    }
}
