//! What the readers of IMAP responses make of any bytes.
#![no_main]

mod mail;
mod server;

libfuzzer_sys::fuzz_target!(|said: &[u8]| mail::imap::read(said));
