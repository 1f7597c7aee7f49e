//! Nothing of value is said in the open.

use super::{
    scripted::{Authority, Scripted, dial, patient, this_machine},
    *,
};
use crate::mail::sign_in::Secret;

const START_TLS: &str = "
    S: 220 mail.acme.example ESMTP
    C: EHLO leads.acme.example
    S: 250-mail.acme.example
    S: 250-AUTH PLAIN LOGIN
    S: 250 STARTTLS
    C: STARTTLS
";

fn password() -> SignIn {
    SignIn::Password { user: "uma".into(), password: Secret::new("p/a ss+1") }
}

/// Opens a session that must fail, and returns what the server heard in the open.
async fn refused(script: &str, acceptor: Option<tokio_rustls::TlsAcceptor>, tls: &Tls) -> (Fault, Heard) {
    let server = Scripted::start(Security::StartTls, acceptor, script).await;
    let fault = fault_of_open(&server, tls, Some(&password())).await;
    let heard = server.heard().await;
    assert!(!heard.text.contains("AUTH"), "{heard:?}");
    (fault, heard)
}

#[tokio::test]
async fn the_password_is_said_only_in_tls_and_to_what_is_offered_there() {
    let authority = Authority::new();
    let script = format!(
        "{START_TLS}
        S: 220 2.0.0 Ready
        TLS
        C: EHLO leads.acme.example
        S: 250-mail.acme.example
        S: 250 AUTH LOGIN
        C: AUTH LOGIN
        S: 334 VXNlcm5hbWU6
        C: dW1h
        S: 334 UGFzc3dvcmQ6
        C: cC9hIHNzKzE=
        S: 235 2.7.0 Welcome"
    );
    let acceptor = authority.acceptor("localhost", false);
    let server = Scripted::start(Security::StartTls, Some(acceptor), script).await;
    let (networks, tls) = (this_machine(), authority.trusted());
    let session = Session::open(dial(&networks, &tls, patient()), &server.server, Some(&password())).await.unwrap();
    assert!(session.is_open());
    drop(session);
    assert!(server.heard().await.is_done);
}

#[tokio::test]
async fn a_server_without_tls_gets_no_password() {
    let script = "
        S: 220 mail.acme.example ESMTP
        C: EHLO leads.acme.example
        S: 250-mail.acme.example
        S: 250 AUTH PLAIN LOGIN
        SILENCE";
    let (fault, heard) = refused(script, None, &Tls::trusting([])).await;
    assert!(matches!((fault.stage, &fault.cause), (Stage::Tls, Cause::NoTls)), "{fault:?}");
    assert_eq!(heard.text, "EHLO leads.acme.example\r\n");
}

#[tokio::test]
async fn a_server_that_takes_its_offer_of_tls_back_gets_no_password() {
    for words in ["454 4.7.0 TLS not available due to local problem", "502 5.5.1 Error: command not implemented"] {
        let (fault, _) = refused(&format!("{START_TLS}S: {words}\nSILENCE"), None, &Tls::trusting([])).await;
        assert_eq!((fault.stage, fault.reply().unwrap().to_string()), (Stage::Tls, words.to_owned()));
    }
}

#[tokio::test]
async fn a_certificate_that_is_wrong_ends_the_conversation() {
    let (authority, other) = (Authority::new(), Authority::new());
    let cases = [
        (authority.acceptor("localhost", false), other.trusted(), "no authority that this machine trusts"),
        (authority.acceptor("localhost", true), authority.trusted(), "has expired"),
        (authority.acceptor("*.hoster.example", false), authority.trusted(), "for *.hoster.example, not localhost"),
    ];
    for (acceptor, tls, words) in cases {
        let script = format!("{START_TLS}S: 220 Ready\nTLS\nC: EHLO");
        let (fault, heard) = refused(&script, Some(acceptor.clone()), &tls).await;
        assert!(matches!(&fault.cause, Cause::Tls(fault) if fault.contains(words)), "{words}: {fault:?}");
        assert_eq!((fault.stage, heard.is_done), (Stage::Tls, false));

        let server = Scripted::start(Security::Tls, Some(acceptor), "S: 220 hello").await;
        let fault = fault_of_open(&server, &tls, Some(&password())).await;
        assert!(matches!(&fault.cause, Cause::Tls(fault) if fault.contains(words)), "{words}: {fault:?}");
    }
}

#[tokio::test]
async fn whatever_comes_before_tls_ends_the_conversation() {
    // At once with the reply, where it would be read as an answer to what is said in private.
    let script = format!("{START_TLS}S: 220 Ready\nS: 250 AUTH PLAIN\nSILENCE");
    let (fault, heard) = refused(&script, None, &Tls::trusting([])).await;
    assert!(matches!((fault.stage, &fault.cause), (Stage::Tls, Cause::Unreadable(_))), "{fault:?}");
    assert!(heard.text.ends_with("STARTTLS\r\n"), "not even a handshake was begun: {heard:?}");
    // And instead of the server's part of the handshake.
    let script = format!("{START_TLS}S: 220 Ready\nBYTES\nS: 250 AUTH PLAIN\nSILENCE");
    let (fault, _) = refused(&script, None, &Tls::trusting([])).await;
    assert_eq!(fault.to_string(), "TLS: the server does not speak TLS here");
}

#[tokio::test]
async fn a_port_that_does_not_speak_tls_is_named() {
    let server = Scripted::in_the_open("S: 220 mail.acme.example ESMTP\nSILENCE").await;
    let there = crate::mail::server::Server { security: Security::Tls, ..server.server.clone() };
    let (networks, tls) = (this_machine(), Tls::trusting([]));
    let fault = Session::open(dial(&networks, &tls, patient()), &there, Some(&password())).await.err().unwrap();
    assert_eq!(fault.to_string(), "TLS: the server does not speak TLS here");
}

#[tokio::test]
async fn a_server_that_is_silent_in_the_handshake_is_left() {
    let server = Scripted::start(Security::StartTls, None, format!("{START_TLS}S: 220 Ready\nSILENCE")).await;
    let (networks, tls) = (this_machine(), Tls::trusting([]));
    let times = Times { handshake: MOMENT, ..patient() };
    let fault = Session::open(dial(&networks, &tls, times), &server.server, Some(&password())).await.err().unwrap();
    assert!(matches!((fault.stage, fault.cause), (Stage::Tls, Cause::Slow)));
}

#[tokio::test]
async fn an_address_inside_the_operators_network_is_not_reached() {
    let server = Scripted::in_the_open("S: 220 hello").await;
    let networks = crate::server::connect::Networks::default();
    let fault =
        Session::open(dial(&networks, &Tls::trusting([]), patient()), &server.server, None).await.err().unwrap();
    assert!(matches!((fault.stage, fault.cause), (Stage::Connect, Cause::Connect(_))));
}
