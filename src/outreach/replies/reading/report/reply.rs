//! The reply of a mail server inside a line of prose: its code and its enhanced code.

use crate::mail::smtp::Status;

/// What was found of a reply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// 4xx or 5xx.
    pub code: Option<u16>,
    pub status: Option<Status>,
}

impl Found {
    /// Reads the first reply in `words`, and the enhanced code after it; without a reply, the first enhanced code.
    pub fn read(words: &str) -> Self {
        let tokens = tokens(words);
        let reply = tokens.iter().position(|token| token.code().is_some());
        let after = reply.map_or(tokens.as_slice(), |at| &tokens[at..]);
        let status = after.iter().find_map(Token::status).or_else(|| tokens.iter().find_map(Token::status));
        Self { code: reply.and_then(|at| tokens[at].code()), status }
    }
}

/// A run of digits and dots, as in `550` and `5.1.1`.
struct Token<'a> {
    text: &'a str,
    before: Option<char>,
    after: Option<char>,
}

impl Token<'_> {
    fn code(&self) -> Option<u16> {
        let code = if self.text.len() == 3 { self.text.parse().ok()? } else { return None };
        // Those that servers use: prose has numbers too.
        let is_code = matches!(code, 421..=422 | 431..=432 | 441..=459 | 471 | 501..=504 | 510..=525 | 530..=542 | 550..=559 | 571 | 577);
        let begins =
            self.before.is_none_or(|c| c.is_whitespace() || matches!(c, '\'' | '"' | '#' | '(' | '<' | ':' | ';'));
        let ends =
            self.after.is_none_or(|c| c.is_whitespace() || matches!(c, '-' | '\'' | '"' | ')' | ',' | ';' | ':'));
        (is_code && begins && ends).then_some(code)
    }

    fn status(&self) -> Option<Status> {
        let is_apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '/' | '@' | '_'));
        let status = Status::parse(self.text.trim_end_matches('.')).filter(|status| status.class != 2)?;
        (is_apart(self.before) && is_apart(self.after)).then_some(status)
    }
}

fn tokens(words: &str) -> Vec<Token<'_>> {
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(start) = words[at..].find(is_part).map(|start| at + start) {
        let end = words[start..].find(|c| !is_part(c)).map_or(words.len(), |length| start + length);
        let (before, after) = (words[..start].chars().next_back(), words[end..].chars().next());
        tokens.push(Token { text: &words[start..end], before, after });
        at = end;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_found_in_prose_and_an_address_is_none() {
        let read = |words| {
            let found = Found::read(words);
            (found.code, found.status.map(|status| status.to_string()))
        };
        let both = |code, status: &str| (Some(code), Some(status.to_owned()));
        assert_eq!(read("550 5.1.1 User unknown"), both(550, "5.1.1"));
        assert_eq!(read("550-5.7.26 Your mail was not taken"), both(550, "5.7.26"));
        assert_eq!(read("host mx[198.51.100.10] said: 452 4.2.2 full"), both(452, "4.2.2"));
        assert_eq!(read("5.1.0 - Unknown address error 550-'5.1.1 <jo@acme.example> no'"), both(550, "5.1.1"));
        assert_eq!(read("Sorry, no mailbox here by that name. (#5.1.1)"), (None, Some("5.1.1".into())));
        assert_eq!(
            read("198.51.100.10 gave up after 432000 s; version 4.5.6-7, mx 10.4.2.1"),
            (None, Some("4.5.6".into()))
        );
        assert_eq!(read("tried for 500 seconds, 480 times"), (None, None));
        assert_eq!(read("554 Your server 5.6.7.8 is on our list"), (Some(554), None));
    }
}
