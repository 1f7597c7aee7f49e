//! What the reader of messages makes of any bytes.
#![no_main]

mod mail;
mod server;

use mail::message::{DEPTH_MAX, FIELDS_MAX, Message, PARTS_MAX, TEXT_BYTES_MAX, html_to_text};

libfuzzer_sys::fuzz_target!(|raw: &[u8]| {
    let message = Message::read(raw);
    assert!(message.text.len() <= TEXT_BYTES_MAX);
    assert!(message.parts.len() <= PARTS_MAX && DEPTH_MAX < PARTS_MAX);
    assert!(message.fields.names().count() <= FIELDS_MAX);
    let _ = (message.report_type(), message.has_null_return_path(), message.attachments().count());
    if let Some(html) = &message.html {
        assert!(html_to_text(html).len() <= TEXT_BYTES_MAX);
    }
});
