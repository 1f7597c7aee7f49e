//! Signing in (RFC 3501 section 6.2, RFC 4959).

use super::{
    fault::Cause,
    session::{Session, quoted},
};
use crate::mail::sign_in::SignIn;

impl Session {
    pub(super) async fn authenticate(&mut self) -> Result<(), Cause> {
        let mechanisms = self.mechanisms();
        let offers = |name: &str| mechanisms.iter().any(|mechanism| mechanism == name);
        match self.sign_in().clone() {
            SignIn::Password { user, password } if offers("PLAIN") => {
                self.say_at_once("PLAIN", &SignIn::plain(&user, &password), "*").await
            }
            SignIn::Password { user, password } if !self.can("LOGINDISABLED") => {
                let command = format!("LOGIN {} {}", secret(&user)?, secret(password.reveal())?);
                self.forget_capabilities();
                self.command(&command).await.map(drop)
            }
            // It says what is wrong in a question of its own, which wants an empty answer.
            SignIn::Bearer { user, token } if offers("XOAUTH2") => {
                self.say_at_once("XOAUTH2", &SignIn::xoauth2(&user, &token), "").await
            }
            _ => Err(Cause::NoMechanism(mechanisms.join(" "))),
        }
    }

    /// Signs in with one text, with the command where the server takes it so. `end` answers a question that comes after it.
    async fn say_at_once(&mut self, mechanism: &str, text: &str, end: &str) -> Result<(), Cause> {
        let at_once = self.can("SASL-IR");
        self.forget_capabilities();
        if at_once {
            self.exchange(&format!("AUTHENTICATE {mechanism} {text}"), &[end]).await.map(drop)
        } else {
            self.exchange(&format!("AUTHENTICATE {mechanism}"), &[text, end]).await.map(drop)
        }
    }
}

/// A name or password as a string. What cannot be said is not repeated.
fn secret(text: &str) -> Result<String, Cause> {
    quoted(text).map_err(|_| Cause::Unspeakable("a name or password with letters beyond ASCII".into()))
}
