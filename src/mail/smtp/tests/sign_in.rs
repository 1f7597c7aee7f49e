//! Signing in, in the open on this machine.

use super::{
    scripted::{Scripted, dial, patient, this_machine},
    *,
};
use crate::mail::sign_in::Secret;

fn hello(mechanisms: &str) -> String {
    format!(
        "S: 220 mail.acme.example ESMTP
        C: EHLO leads.acme.example
        S: 250-mail.acme.example
        S: 250-AUTH {mechanisms}
        S: 250
        "
    )
}

fn password() -> SignIn {
    SignIn::Password { user: "uma".into(), password: Secret::new("p/a ss+1") }
}

fn token(length: usize) -> SignIn {
    SignIn::Bearer { user: "uma@acme.example".into(), token: Secret::new("t".repeat(length)) }
}

async fn sign_in(script: String, sign_in: &SignIn) -> (Result<(), Fault>, Heard) {
    let server = Scripted::in_the_open(script).await;
    let (networks, tls) = (this_machine(), Tls::trusting([]));
    let outcome = Session::open(dial(&networks, &tls, patient()), &server.server, Some(sign_in)).await;
    (outcome.map(drop), server.heard().await)
}

#[tokio::test]
async fn plain_is_preferred_and_login_is_spoken() {
    let script = format!("{}C: AUTH PLAIN AHVtYQBwL2Egc3MrMQ==\nS: 235 2.7.0 Welcome", hello("CRAM-MD5 LOGIN PLAIN"));
    let (outcome, heard) = sign_in(script, &password()).await;
    assert!(outcome.is_ok() && heard.is_done);
    let script = format!(
        "{}C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: dW1h\nS: 334 UGFzc3dvcmQ6\nC: cC9hIHNzKzE=\nS: 235 ok",
        hello("LOGIN")
    );
    let (outcome, heard) = sign_in(script, &password()).await;
    assert!(outcome.is_ok() && heard.is_done);
}

#[tokio::test]
async fn a_token_that_is_refused_is_refused_with_the_words_after_the_question() {
    let script = format!(
        "{}C: AUTH XOAUTH2 dXNlcj11bWFAYWNtZS5leGFtcGxlAWF1dGg9QmVhcmVyIHR0dAEB
        S: 334 eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIn0=
        C:
        S: 535-5.7.8 Username and Password not accepted.
        S: 535 5.7.8 https://support.google.com/mail/?p=BadCredentials - gsmtp",
        hello("LOGIN PLAIN XOAUTH2")
    );
    let (outcome, heard) = sign_in(script, &token(3)).await;
    let fault = outcome.unwrap_err();
    assert_eq!((fault.stage, fault.reply().unwrap().code), (Stage::SignIn, 535));
    assert!(heard.is_done);
}

#[tokio::test]
async fn a_token_that_is_too_long_for_a_command_waits_for_the_question() {
    let script = format!("{}C: AUTH XOAUTH2\nS: 334 \nC: dXNlcj1\nS: 235 2.7.0 Accepted", hello("XOAUTH2"));
    let (outcome, heard) = sign_in(script, &token(2500)).await;
    assert!(outcome.is_ok());
    assert!(heard.text.contains("AUTH XOAUTH2\r\n"), "{heard:?}");
}

#[tokio::test]
async fn without_a_way_to_sign_in_that_fits_nothing_is_tried() {
    for (offered, sign_in_with) in [("CRAM-MD5 XOAUTH2", password()), ("PLAIN LOGIN", token(3)), ("", password())] {
        let (outcome, heard) = sign_in(format!("{}SILENCE", hello(offered)), &sign_in_with).await;
        let fault = outcome.unwrap_err();
        assert_eq!(fault.stage, Stage::SignIn);
        assert!(matches!(&fault.cause, Cause::NoMechanism(words) if words == offered), "{fault:?}");
        assert!(!heard.text.contains("AUTH"), "{heard:?}");
    }
}

#[tokio::test]
async fn a_question_after_the_password_is_called_off() {
    let script = format!("{}C: AUTH PLAIN\nS: 334 Again?\nC: *\nS: 501 5.7.0 Cancelled", hello("PLAIN"));
    let (outcome, heard) = sign_in(script, &password()).await;
    assert_eq!(outcome.unwrap_err().reply().unwrap().code, 501);
    assert!(heard.is_done);
}

#[tokio::test]
async fn a_server_that_repeats_the_password_does_not_get_it_into_our_words() {
    let script = format!(
        "{}C: AUTH PLAIN\nS: 535-5.7.8 Wrong password “p/a ss+1”\nS: 535 5.7.8 AHVtYQBwL2Egc3MrMQ== cC9hIHNzKzE=",
        hello("PLAIN")
    );
    let (outcome, _) = sign_in(script, &password()).await;
    let fault = outcome.unwrap_err();
    assert_eq!(fault.to_string(), "sign-in: 535 5.7.8 Wrong password “…” … …");
    assert!(!format!("{fault:?}").contains("ss+1"));
}

#[tokio::test]
async fn a_refusal_not_now_and_one_for_good_are_told_apart_by_their_reply() {
    for words in ["454 4.7.0 Too many login attempts, please try again later.", "535 5.7.8 No"] {
        let (outcome, _) = sign_in(format!("{}C: AUTH PLAIN\nS: {words}", hello("PLAIN")), &password()).await;
        let fault = outcome.unwrap_err();
        assert_eq!((fault.stage, fault.reply().unwrap().to_string()), (Stage::SignIn, words.to_owned()));
    }
}
