//! The message itself: bytes as RFC 5322 wants them, the same bytes for the same input.
//!
//! Written here and not with a builder, because the order of the fields, the encoding and the folding decide how a mail is
//! treated, and because nothing in it may name the program that made it.

use std::fmt;

use super::{header::Head, render::breaks_a_header, transfer};
use crate::server::clock::Instant;

/// One mail, ready to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub date: Instant,
    /// Name and address.
    pub from: (String, String),
    /// Where answers go; `None`: to the sender.
    pub reply_to: Option<String>,
    /// The address alone.
    pub to: String,
    pub subject: String,
    /// Ids are without their angle brackets.
    pub message_id: String,
    pub in_reply_to: Option<String>,
    /// The conversation so far, oldest first.
    pub references: Vec<String>,
    pub unsubscribe_url: Option<String>,
    /// The whole text, closing lines included.
    pub body: String,
}

/// Why no message can be made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComposeFault {
    /// An address with letters beyond ASCII before the `@`: only servers that speak SMTPUTF8 take it.
    NeedsSmtpUtf8,
    BadAddress,
    /// A field of this name has characters that could begin another one, or is too long for a line.
    BadHeader(&'static str),
}

impl fmt::Display for ComposeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeedsSmtpUtf8 => f.write_str("the address needs SMTPUTF8"),
            Self::BadAddress => f.write_str("the address is none"),
            Self::BadHeader(field) => write!(f, "{field} cannot be written"),
        }
    }
}

impl std::error::Error for ComposeFault {}

/// The longest line (RFC 5322 section 2.1.1), and the most ids that References keeps.
const LINE_MAX: usize = 998;
const REFERENCES_MAX: usize = 20;

impl Message {
    /// The bytes of the mail, with lines that end in CRLF.
    ///
    /// # Errors
    /// What cannot be written down. Values that were rendered and addresses that were checked can.
    pub fn compose(&self) -> Result<Vec<u8>, ComposeFault> {
        let mut head = Head::default();
        head.field("Date").word(&date(self.date)?);
        let from = wire_address(&self.from.1)?;
        head.field("From");
        match readable("From", self.from.0.trim())? {
            "" => head.word(&from),
            name => head.phrase(name).word(&format!("<{from}>")),
        };
        if let Some(reply_to) = &self.reply_to {
            head.field("Reply-To").word(&wire_address(reply_to)?);
        }
        head.field("To").word(&wire_address(&self.to)?);
        head.field("Subject").text(readable("Subject", self.subject.trim())?);
        head.field("Message-ID").word(&bracketed("Message-ID", &self.message_id)?);
        if let Some(id) = &self.in_reply_to {
            head.field("In-Reply-To").word(&bracketed("In-Reply-To", id)?);
        }
        if !self.references.is_empty() {
            head.field("References");
            for id in kept(&self.references) {
                head.word(&bracketed("References", id)?);
            }
        }
        if let Some(url) = &self.unsubscribe_url {
            head.field("List-Unsubscribe").word(&bracketed("List-Unsubscribe", url)?);
            head.field("List-Unsubscribe-Post").word("List-Unsubscribe=One-Click");
        }
        let (encoding, body) = transfer::encode(self.body.trim_end());
        head.field("MIME-Version").word("1.0");
        head.field("Content-Type").word("text/plain; charset=utf-8");
        head.field("Content-Transfer-Encoding").word(encoding);
        let mut bytes = head.finished();
        bytes.extend_from_slice(body.as_bytes());
        Ok(bytes)
    }
}

/// A Message-ID (without angle brackets) that shows nothing but the domain it comes from.
pub fn message_id(random: [u8; 16], domain: &str) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut bits = u128::from_be_bytes(random);
    let digits: String = (0..26)
        .map(|_| {
            let digit = ALPHABET[(bits & 31) as usize];
            bits >>= 5;
            char::from(digit)
        })
        .collect();
    format!("{digits}@{}", wire_domain(domain).unwrap_or_else(|| domain.to_owned()))
}

/// Longest id that is named in a mail. Longer ones are no ids of mail programs.
const ID_BYTES_MAX: usize = 500;

/// Whether a Message-ID of another program (without angle brackets) can be named in a mail of ours.
pub fn is_message_id(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'<' && byte != b'>';
    (1..=ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(is_plain)
}

/// The subject of a mail that continues the conversation that began with `first`.
pub fn reply_subject(first: &str) -> String {
    let is_reply = first.get(..3).is_some_and(|begin| begin.eq_ignore_ascii_case("re:"));
    if is_reply { first.to_owned() } else { format!("Re: {first}") }
}

/// `Sun, 29 Nov 2026 16:27:08 +0000` (RFC 5322 section 3.3).
fn date(at: Instant) -> Result<String, ComposeFault> {
    let stamp = jiff::Timestamp::from_microsecond(at.0).map_err(|_| ComposeFault::BadHeader("Date"))?;
    Ok(stamp.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string())
}

/// The address as it travels: its domain in ASCII.
fn wire_address(address: &str) -> Result<String, ComposeFault> {
    let (name, domain) = address.rsplit_once('@').ok_or(ComposeFault::BadAddress)?;
    if !name.is_ascii() {
        return Err(ComposeFault::NeedsSmtpUtf8);
    }
    let is_atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
    if name.is_empty() || address.len() > 320 || !name.bytes().all(is_atom) {
        return Err(ComposeFault::BadAddress);
    }
    Ok(format!("{name}@{}", wire_domain(domain).ok_or(ComposeFault::BadAddress)?))
}

fn wire_domain(domain: &str) -> Option<String> {
    match url::Host::parse(domain) {
        Ok(url::Host::Domain(domain)) if domain.contains('.') => Some(domain),
        _ => None,
    }
}

fn readable<'a>(field: &'static str, text: &'a str) -> Result<&'a str, ComposeFault> {
    if text.chars().any(breaks_a_header) { Err(ComposeFault::BadHeader(field)) } else { Ok(text) }
}

/// An id or a link in angle brackets: one word, which no line may cut.
fn bracketed(field: &'static str, text: &str) -> Result<String, ComposeFault> {
    let fits = text.len() + field.len() + ": <>".len() <= LINE_MAX;
    if fits && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'<' && byte != b'>') {
        Ok(format!("<{text}>"))
    } else {
        Err(ComposeFault::BadHeader(field))
    }
}

/// The first id and the newest ones: where the conversation began and where it is.
fn kept(references: &[String]) -> impl Iterator<Item = &String> {
    let newest = references.len().saturating_sub(REFERENCES_MAX - 1).max(1);
    references.iter().take(1).chain(references.iter().skip(newest))
}

#[cfg(test)]
mod tests {
    use mail_parser::{HeaderValue, MessageParser, MimeHeaders};
    use proptest::prelude::*;

    use super::*;

    fn message(name: &str, subject: &str, body: &str) -> Message {
        Message {
            date: Instant(1_795_970_828_000_000),
            from: (name.to_owned(), "jo@acme.example".to_owned()),
            reply_to: None,
            to: "mara@bücher.example".to_owned(),
            subject: subject.to_owned(),
            message_id: message_id([7; 16], "acme.example"),
            in_reply_to: None,
            references: vec![],
            unsubscribe_url: Some("https://acme.example/u/abc".to_owned()),
            body: body.to_owned(),
        }
    }

    #[test]
    fn a_first_mail_is_written_as_designed() {
        let bytes = message("Jo Quill", "A question", "Hi Mara,\n\nJo").compose().unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "Date: Sun, 29 Nov 2026 16:47:08 +0000\r\n\
             From: Jo Quill <jo@acme.example>\r\n\
             To: mara@xn--bcher-kva.example\r\n\
             Subject: A question\r\n\
             Message-ID: <hyboqd4ahyboqd4ahyboqd4aha@acme.example>\r\n\
             List-Unsubscribe: <https://acme.example/u/abc>\r\n\
             List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\
             MIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: 7bit\r\n\
             \r\n\
             Hi Mara,\r\n\r\nJo\r\n"
        );
    }

    #[test]
    fn a_mail_is_one_text_whatever_it_says_of_parts_and_files() {
        let body = "--x\r\nContent-Type: application/pdf; name=\"offer.pdf\"\r\nContent-Disposition: attachment\r\n\r\nJVBERi0=\r\n--x--\n\n\
                    begin 644 offer.pdf\n#0V%T\n`\nend";
        let bytes = message("Jo", "multipart/mixed; boundary=x", body).compose().unwrap();
        let parsed = MessageParser::new().parse(&bytes).unwrap();
        assert_eq!((parsed.parts.len(), parsed.attachment_count()), (1, 0));
        assert!(parsed.content_type().unwrap().ctype() == "text" && parsed.body_text(0).unwrap().contains("offer.pdf"));
    }

    #[test]
    fn answers_go_where_the_sender_wants_them() {
        let mail = Message { reply_to: Some("team@bücher.example".into()), ..message("Jo", "A", "x") };
        let text = String::from_utf8(mail.compose().unwrap()).unwrap();
        assert!(text.contains("\r\nReply-To: team@xn--bcher-kva.example\r\n"), "{text}");
        let bad = Message { reply_to: Some("x\r\nBcc: y@z.example".into()), ..message("Jo", "A", "x") };
        assert_eq!(bad.compose(), Err(ComposeFault::BadAddress));
    }

    #[test]
    fn a_follow_up_names_the_first_mail_and_the_newest_ones() {
        let ids: Vec<String> = (0..30).map(|number| format!("{number}@acme.example")).collect();
        let follow_up =
            Message { in_reply_to: ids.last().cloned(), references: ids.clone(), ..message("", "Re: A", "x") };
        let bytes = follow_up.compose().unwrap();
        let parsed = MessageParser::new().parse(&bytes).unwrap();
        let HeaderValue::TextList(references) = parsed.references() else { panic!("{:?}", parsed.references()) };
        assert_eq!(
            (references.len(), references[0].as_ref(), references[1].as_ref()),
            (20, "0@acme.example", "11@acme.example")
        );
        assert_eq!(parsed.in_reply_to().as_text(), Some("29@acme.example"));
        assert_eq!(parsed.from().unwrap().first().unwrap().address(), Some("jo@acme.example"));
        assert_eq!((reply_subject("A"), reply_subject("RE: A")), ("Re: A".into(), "RE: A".into()));
    }

    #[test]
    fn what_could_break_a_header_is_refused() {
        assert_eq!(message("Jo\r\nBcc: x@y.example", "a", "b").compose(), Err(ComposeFault::BadHeader("From")));
        for end in ["\n", "\r", "\r\n", "\u{85}", "\u{2028}"] {
            let subject = format!("a{end}Bcc: x@y.example");
            assert_eq!(message("Jo", &subject, "c").compose(), Err(ComposeFault::BadHeader("Subject")), "{end:?}");
        }
        let to = |to: &str| Message { to: to.to_owned(), ..message("Jo", "a", "b") }.compose().err();
        assert_eq!(to("mära@acme.example"), Some(ComposeFault::NeedsSmtpUtf8));
        assert_eq!(to("mara@acme.example>\r\nBcc: x@y.example"), Some(ComposeFault::BadAddress));
        assert_eq!(to("mara"), Some(ComposeFault::BadAddress));
        let url = |url: String| Message { unsubscribe_url: Some(url), ..message("Jo", "a", "b") }.compose().err();
        assert_eq!(url("https://a.example/ x".into()), Some(ComposeFault::BadHeader("List-Unsubscribe")));
        assert_eq!(
            url(format!("https://a.example/{}", "x".repeat(990))),
            Some(ComposeFault::BadHeader("List-Unsubscribe"))
        );
    }

    #[test]
    fn nothing_names_the_program() {
        let bytes = message("Jo", "a", "b").compose().unwrap();
        assert!(!String::from_utf8(bytes).unwrap().to_lowercase().contains("fairlead"));
    }

    proptest! {
        #[test]
        fn what_is_composed_reads_as_it_was_meant(
            name in "[ -~äß😀\"\\\\]{0,80}",
            subject in prop_oneof!["[ -~äßя日😀]{0,200}", "[a-z]{0,1200}", "=\\?utf-8\\?q\\?x\\?="],
            body in prop_oneof!["[ -~\t\näя😀.]{0,600}", "(From |\\.|[a-z]{0,3}\n){0,20}", "[a-z]{0,5000}", "[я日]{1,300}"],
        ) {
            let written = message(&name, &subject, &body);
            let bytes = written.compose().unwrap();
            prop_assert_eq!(&bytes, &written.compose().unwrap());
            let text = String::from_utf8(bytes.clone()).unwrap();
            prop_assert!(text.is_ascii() && !text.replace("\r\n", "").contains(['\r', '\n']));
            let (head, _) = text.split_once("\r\n\r\n").unwrap();
            prop_assert!(text.lines().all(|line| line.len() <= 78), "{}", text);
            prop_assert!(head.lines().all(|line| !line.trim().is_empty()));
            let parsed = MessageParser::new().parse(&bytes).unwrap();
            prop_assert_eq!(parsed.subject().unwrap_or_default(), subject.trim());
            prop_assert_eq!(parsed.from().unwrap().first().unwrap().name().unwrap_or_default(), name.trim());
            prop_assert_eq!(parsed.body_text(0).unwrap().replace("\r\n", "\n"), format!("{}\n", body.trim_end()));
        }
    }
}
