use super::Message;

fn read(text: &str) -> Message {
    Message::read(text.replace('\n', "\r\n").as_bytes())
}

#[test]
fn a_message_with_two_senders_is_of_nobody() {
    let one = "From: Jo Quill <jo@acme.example>\nFrom: Ann <ann@acme.example>\n\nHi";
    assert_eq!(read(one).from, None);
    assert_eq!(read("From: jo@acme.example, ann@acme.example\n\nHi").from, None);
    let from = read("From: jo@acme.example (Jo Quill)\n\nHi").from.unwrap();
    assert_eq!((from.address.as_str(), from.name.as_deref()), ("jo@acme.example", Some("Jo Quill")));
}
