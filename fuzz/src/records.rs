//! What the readers of published records, and of what receivers write about them, make of any bytes.
#![no_main]

mod mail;
mod server;

libfuzzer_sys::fuzz_target!(|said: &[u8]| mail::domain::read(said));
