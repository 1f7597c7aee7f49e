//! Messages that are made to hurt: what is read of them is bounded, and so is the time.

use std::fmt::Write;

use super::{DEPTH_MAX, FIELDS_MAX, Message, PARTS_MAX, TEXT_BYTES_MAX, html_to_text};

/// A message with everything out of bounds is read without a panic, and what is kept is within them.
fn check(raw: &[u8]) -> Message {
    let message = Message::read(raw);
    assert!(message.parts.len() <= PARTS_MAX);
    assert!(message.text.len() <= TEXT_BYTES_MAX + 1);
    assert!(message.fields.names().count() <= FIELDS_MAX);
    assert!(message.references.len() <= 50);
    message
}

#[test]
fn parts_in_parts_in_parts_end_somewhere() {
    let mut raw = String::new();
    for depth in 0..100 {
        let _ = write!(raw, "Content-Type: multipart/mixed; boundary=b{depth}\r\n\r\n--b{depth}\r\n");
    }
    let message = check(raw.as_bytes());
    assert!(message.is_cut && message.parts.len() <= DEPTH_MAX);
    let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(100);
    assert_eq!(check(nested.as_bytes()).parts.len(), 1);
    let digests = "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n".repeat(100);
    assert!(check(digests.as_bytes()).parts.len() <= PARTS_MAX);
}

#[test]
fn ten_thousand_parts_are_twenty() {
    let mut raw = "Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_owned();
    for number in 0..10_000 {
        let _ = write!(raw, "--b\r\nContent-Type: text/plain\r\n\r\ntext {number}\r\n");
    }
    let message = check(raw.as_bytes());
    assert!(message.is_cut);
    assert!(message.text.starts_with("text 0"));
}

#[test]
fn a_header_of_a_megabyte_is_cut_and_the_body_is_read() {
    let long = format!("Subject: {}\r\nFrom: jo@acme.example\r\n\r\nHi", "x".repeat(1_000_000));
    let message = check(long.as_bytes());
    assert!(message.fields.is_cut && message.subject.is_empty());
    assert_eq!(message.text, "Hi");
    let many = format!("From: jo@acme.example\r\n{}\r\nHi", "X-A: b\r\n".repeat(200_000));
    assert_eq!(check(many.as_bytes()).from.map(|from| from.address).as_deref(), Some("jo@acme.example"));
    let folded = format!("References: {}\r\n\r\nHi", "<a@b.example>\r\n ".repeat(50_000));
    assert_eq!(check(folded.as_bytes()).references.len(), 1);
    let ids: String = (0..3_000).map(|number| format!("<{number}@b.example>\r\n ")).collect();
    assert_eq!(check(format!("References: {ids}\r\n\r\nHi").as_bytes()).references.len(), 50);
}

#[test]
fn encoded_words_and_charsets_that_lie_are_some_text() {
    for subject in [
        "=?utf-8?B?////?=",
        "=?utf-16?Q?=D8=00?=",
        "=?x-none?Q?abc?=",
        "=?utf-8?Q?=?=",
        "=?iso-2022-jp?B?GyRC?=",
        "=?utf-7?Q?+AAAA?=",
        "=??Q??=",
        "=?utf-8?Q?",
        "=?utf-8?B?=?utf-8?B?=?utf-8?B?",
    ] {
        let raw = format!(
            "From: {subject} <jo@acme.example>\r\nTo: {subject}\r\nSubject: {subject}\r\nContent-Type: text/plain; name=\"{subject}\"\r\n\r\nHi"
        );
        assert_eq!(check(raw.as_bytes()).text, "Hi", "{subject}");
    }
    let words = format!("Subject: {}\r\n\r\nHi", "=?utf-8?Q?=?= ".repeat(4_000));
    check(words.as_bytes());
    for charset in [
        "utf-16",
        "utf-16le",
        "utf-7",
        "iso-2022-kr",
        "hz-gb-2312",
        "gb18030",
        "replacement",
        "x",
        "",
        "utf-8; x=y",
        "\"",
        "\u{fffd}",
    ] {
        for encoding in ["base64", "quoted-printable", "8bit", "x-uuencode", ""] {
            let mut raw =
                format!("Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n")
                    .into_bytes();
            raw.extend((0..=255_u8).chain([b'=', b'\r', b'\n', 0xff]).cycle().take(5_000));
            check(&raw);
        }
    }
}

#[test]
fn addresses_types_and_dates_without_an_end_are_some_value() {
    for value in [
        "(".repeat(50_000),
        "<".repeat(50_000),
        "\"".repeat(50_001),
        "a:".repeat(20_000),
        "jo@acme.example, ".repeat(3_000),
        "multipart/mixed; boundary=".repeat(1_000),
        "text/plain; ".repeat(4_000) + "a*0*=x; a*1*=%",
        "multipart/mixed; boundary=\"\"".to_owned(),
        "\\".repeat(50_001),
        "99999999999999999999 Nov 99999999999 99:99:99 +99999".to_owned(),
    ] {
        for name in [
            "From",
            "To",
            "Content-Type",
            "Content-Disposition",
            "Date",
            "Message-ID",
            "References",
            "Return-Path",
            "Subject",
        ] {
            check(format!("{name}: {value}\r\n\r\nHi").as_bytes());
        }
    }
}

#[test]
fn html_without_an_end_is_some_text() {
    let attributes: String = (0..25_000).map(|number| format!(" a{number:x}")).collect();
    for html in [
        "<div>".repeat(20_000),
        "<blockquote type=cite>".repeat(4_000) + "x",
        "</div>".repeat(16_000),
        format!("<p{attributes}>x"),
        "<".repeat(100_000),
        "&".repeat(100_000),
        "&#x110000;&#0;&lt".repeat(6_000),
        "<!--".repeat(25_000),
        "<style>".repeat(14_000),
        "<script>x".repeat(11_000),
        "<head>".to_owned() + &"x".repeat(90_000),
        "<pre>".to_owned() + &"\n".repeat(90_000),
    ] {
        assert!(html_to_text(&html).len() <= TEXT_BYTES_MAX + 10);
        check(format!("Content-Type: text/html\r\n\r\n{html}").as_bytes());
    }
}
