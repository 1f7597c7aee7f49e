//! What the reader of SMTP replies makes of any bytes.
#![no_main]

mod mail;
mod server;

libfuzzer_sys::fuzz_target!(|said: &[u8]| mail::smtp::read(said));
