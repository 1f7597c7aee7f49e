//! How a contact file is to be read.
//!
//! A file can be read in many ways: encoding, delimiter, quotes, where the table begins, with names of columns or without.
//! [`recognise`] looks at a [`sample`] of it and takes the way in which it makes most sense: [`detect`] by how much its letters look
//! like words, [`rate`] by how well its columns keep their kind. [`charset`] and [`dialect`] name what is possible, [`text`] and
//! [`records`] read the whole file so, in bounded memory.

mod charset;
mod detect;
mod dialect;
#[cfg(test)]
mod dialect_tests;
mod dos;
mod kind;
mod languages;
mod letters;
mod rate;
mod record;
mod records;
mod sample;
mod split;
mod table;
#[cfg(test)]
mod tests;
mod text;

pub use charset::Charset;
pub use dialect::{Delimiter, Dialect, Quoting};
pub use kind::Kind;
pub use rate::{Reading, Wish};
pub use record::Record;
pub use records::{ROW_BYTES_MAX, Records, RowFault};
pub use sample::Sample;
pub use table::misplaced;
pub use text::TextSource;

/// What a file turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Recognised {
    pub charset: Charset,
    /// Another encoding is nearly as likely.
    pub charset_doubtful: bool,
    pub reading: Reading,
}

/// The best way to read a file, as far as `wish` leaves it open; nothing for one without rows. `known` counts the headings among
/// some cells that it knows.
pub fn recognise(sample: &Sample, wish: Wish, known: &dyn Fn(&[String]) -> usize) -> Option<Recognised> {
    let detected = match wish.charset {
        Some(charset) => detect::Detected { charset, doubtful: false },
        None => detect::detect(sample),
    };
    let texts = rate::Texts::of(sample, detected.charset);
    let reading = rate::best(&texts, wish, known)?;
    Some(Recognised { charset: detected.charset, charset_doubtful: detected.doubtful, reading })
}
