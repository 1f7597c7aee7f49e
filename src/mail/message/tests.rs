use super::Message;

fn read(text: &str) -> Message {
    Message::read(text.replace('\n', "\r\n").as_bytes())
}

#[test]
fn a_message_with_two_senders_has_no_known_sender() {
    let one = "From: Jo Quill <jo@acme.example>\nFrom: Ann <ann@acme.example>\n\nHi";
    assert_eq!(read(one).from, None);
    assert_eq!(read("From: jo@acme.example, ann@acme.example\n\nHi").from, None);
    let from = read("From: jo@acme.example (Jo Quill)\n\nHi").from.unwrap();
    assert_eq!((from.address.as_str(), from.name.as_deref()), ("jo@acme.example", Some("Jo Quill")));
}

#[test]
fn ids_are_read_wherever_they_are_the_newest_first() {
    let message = read(
        "In-Reply-To: Your message of Sat, 28 Nov 2026\n <b@acme.example>\nReferences: <a@acme.example>\n <b@acme.example> <c@acme.example>\nMessage-ID: <d@acme.example>\n\nHi",
    );
    assert_eq!(message.references, ["b@acme.example", "c@acme.example", "a@acme.example"]);
    assert_eq!(message.message_id.as_deref(), Some("d@acme.example"));
    assert_eq!(read("Message-ID: bare@acme.example\n\nHi").message_id.as_deref(), Some("bare@acme.example"));
}

#[test]
fn a_date_is_one_that_exists_in_its_zone() {
    let at = |date: &str| read(&format!("Date: {date}\n\nHi")).date.map(crate::server::clock::Instant::micros);
    let noon = at("Sat, 28 Nov 2026 12:00:00 +0000");
    assert!(noon.is_some());
    assert_eq!(at("Sat, 28 Nov 2026 07:00:00 EST"), noon);
    assert_eq!(at("Sat, 28 Nov 2026 17:30 +0530"), noon);
    for none in ["31 Feb 2026 12:00:00 +0000", "tomorrow", "", "28 Nov 2026 25:00:00 +0000"] {
        assert_eq!(at(none), None, "{none}");
    }
}

#[test]
fn of_alternatives_the_text_is_read_and_html_where_there_is_none() {
    let both = "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nplain\n--b\nContent-Type: text/html\n\n<p>rich</p>\n--b--\n";
    let message = read(both);
    assert_eq!((message.text.trim(), message.html.as_deref().map(str::trim)), ("plain", Some("<p>rich</p>")));
    let html = "Content-Type: text/html\n\n<style>p{}</style><p>One<br>two &amp; three</p><blockquote type=cite><p>old</p></blockquote><div class=\"gmail_quote\">older</div>end";
    assert_eq!(read(html).text, "One\ntwo & three\n> old\n> older\nend\n");
    let hotmail = "Content-Type: text/html\n\n<div>New<p>words</div><hr id=\"stopSpelling\"><p>old</p>";
    assert_eq!(read(hotmail).text, "New\nwords\n> old\n");
    let outlook = "Content-Type: text/html\n\n<p>New</p><div id=\"divRplyFwdMsg\">From: Jo</div><p>old</p>";
    assert_eq!(read(outlook).text, "New\n> From: Jo\n> old\n");
}

#[test]
fn files_beside_the_text_are_named_with_their_place() {
    let mixed = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHi\n--b\nContent-Type: application/pdf; name=\"=?utf-8?q?Pr=C3=A9is=2Epdf?=\"\nContent-Disposition: attachment\n\nxx\n--b\nContent-Type: message/rfc822\n\nSubject: inner\n\nInner\n--b--\n";
    let message = read(mixed);
    let file = message.attachments().next().unwrap();
    assert_eq!((file.section.as_str(), file.name.as_deref(), file.bytes), ("2", Some("Préis.pdf"), 2));
    assert_eq!(message.text.trim(), "Hi");
    assert_eq!(message.parts.len(), 3, "a returned message is one part");
}

#[test]
fn a_part_is_found_by_its_number_and_decoded() {
    let mixed = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHi\r\n--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n\
                 --c\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--c--\r\n--b--\r\n";
    let part = |number: &str| super::part_of(mixed.as_bytes(), number);
    assert_eq!(part("1").as_deref(), Some(&b"Hi"[..]));
    assert_eq!(part("2.1").as_deref(), Some(&b"hello"[..]));
    for none in ["3", "0", "2.2", "1.2", "2.1.1", "", "x", "99999999999999999999"] {
        assert_eq!(part(none), None, "{none}");
    }
    let bare = b"Content-Transfer-Encoding: quoted-printable\r\n\r\na=3Db";
    assert_eq!(super::part_of(bare, "1").as_deref(), Some(&b"a=b"[..]));
    assert_eq!(super::part_bytes(b"Content-Transfer-Encoding: Base64\r\n\r\n", b"aGk=").as_slice(), b"hi");
}
