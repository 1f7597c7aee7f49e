//! Replies of SMTP servers.

#[path = "../../../src/mail/smtp/reply.rs"]
mod reply;

use reply::{Lines, NoReply, Reader, Reply};

/// Most of a server's words that is kept, in characters.
const WORDS_MAX: usize = 300;

/// Reads what a server said in pieces of a size that it chooses: how it was cut changes nothing.
pub fn read(said: &[u8]) {
    let Some((size, said)) = said.split_first() else { return };
    let in_pieces = replies(said.chunks(usize::from(*size).max(1)));
    assert_eq!(in_pieces, replies(std::iter::once(said)));
    for reply in in_pieces.0 {
        assert!((200..600).contains(&reply.code));
        assert!(reply.words.chars().count() <= WORDS_MAX && !reply.words.contains(char::is_control));
        assert!(!reply.to_string().contains('\n'));
    }
}

/// The replies until something is none, and what that was.
fn replies<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Reply>, Option<String>) {
    let (mut reader, mut found) = (Reader::default(), Vec::new());
    for piece in pieces {
        reader.feed(piece);
        loop {
            match reader.next() {
                Ok(Some(lines)) => found.push(Lines::reply(&lines, str::to_owned)),
                Ok(None) => break,
                Err(NoReply(words)) => return (found, Some(words)),
            }
        }
    }
    (found, None)
}
