//! Signing in (RFC 4954).

use super::{
    Cause,
    session::{Session, positive},
};
use crate::mail::sign_in::{SignIn, base64};

/// Longest line of a command (RFC 5321 section 4.5.3.1.4). What is longer waits for the server to ask for it.
const COMMAND_BYTES_MAX: usize = 512;

/// The server asks for the next part.
const CONTINUE: u16 = 334;

impl Session {
    pub(super) async fn authenticate(&mut self, sign_in: &SignIn) -> Result<(), Cause> {
        match sign_in {
            SignIn::Password { user, password } if self.offers.has_mechanism("PLAIN") => {
                self.say_at_once("PLAIN", &SignIn::plain(user, password), "*").await
            }
            SignIn::Password { user, password } if self.offers.has_mechanism("LOGIN") => {
                self.login(&base64(user), &base64(password.reveal())).await
            }
            // It says what is wrong in a question of its own, which wants an empty answer.
            SignIn::Bearer { user, token } if self.offers.has_mechanism("XOAUTH2") => {
                self.say_at_once("XOAUTH2", &SignIn::xoauth2(user, token), "").await
            }
            _ => Err(Cause::NoMechanism(self.offers.mechanisms.join(" "))),
        }
    }

    /// Signs in with one text. `end` answers a question that comes after it.
    async fn say_at_once(&mut self, mechanism: &str, text: &str, end: &str) -> Result<(), Cause> {
        let whole = format!("AUTH {mechanism} {text}");
        let mut lines = if whole.len() + 2 <= COMMAND_BYTES_MAX {
            self.ask(&whole).await?
        } else {
            match self.ask(&format!("AUTH {mechanism}")).await? {
                question if question.code == CONTINUE => self.ask(text).await?,
                refused => refused,
            }
        };
        if lines.code == CONTINUE {
            lines = self.ask(end).await?;
        }
        positive(self.wire.in_one(&lines)).map(drop)
    }

    /// Signs in with user and password, one after the other.
    async fn login(&mut self, user: &str, password: &str) -> Result<(), Cause> {
        let mut lines = self.ask("AUTH LOGIN").await?;
        for text in [user, password, "*"] {
            if lines.code != CONTINUE {
                break;
            }
            lines = self.ask(text).await?;
        }
        positive(self.wire.in_one(&lines)).map(drop)
    }
}
