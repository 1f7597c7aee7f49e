//! HTML as text: blocks on lines of their own, what is quoted behind `>` as in plain text.

use std::{cell::RefCell, fmt::Write};

use html5ever::{
    LocalName,
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts, states::RawKind,
    },
};

use super::TEXT_BYTES_MAX;

/// Elements whose content is not shown.
const HIDDEN: [&str; 6] = ["head", "style", "script", "title", "template", "noscript"];
/// Elements that begin and end a line.
const BLOCKS: [&str; 24] = [
    "address",
    "article",
    "blockquote",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "header",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "table",
    "tr",
    "ul",
];
/// What programs call the element around the mail that is answered.
const QUOTES: [&str; 12] = [
    "gmail_quote",      // Gmail
    "gmail_extra",      // Gmail, older
    "gmail_attr",       // Gmail: “… wrote:”
    "yahoo_quoted",     // Yahoo
    "moz-cite-prefix",  // Thunderbird: “… wrote:”
    "protonmail_quote", // Proton
    "tutanota_quote",   // Tuta
    "zmail_extra",      // Zoho
    "gmx_quote",        // GMX, WEB.DE
    "quote",            // GMX, WEB.DE: the name attribute
    "moz-forward-container",
    "quoted-mail",
];
/// Elements after which only the mail that is answered comes, in Outlook.
const QUOTES_FOLLOW: [&str; 4] =
    ["divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container", "stopspelling"];

/// The text of `html`, within [`TEXT_BYTES_MAX`].
pub fn html_to_text(html: &str) -> String {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    let tokenizer = Tokenizer::new(Writer::default(), TokenizerOpts::default());
    // It stops before the end only for a sink that asks for it.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let mut state = tokenizer.sink.0.into_inner();
    state.end_if_begun();
    state.text
}

#[derive(Default)]
struct Writer(RefCell<State>);

#[derive(Default)]
struct State {
    text: String,
    line: String,
    /// Open elements that hold others: the name, and whether it quotes.
    open: Vec<(LocalName, bool)>,
    quotes: usize,
    quotes_follow: bool,
    hidden: usize,
    preformatted: usize,
}

impl TokenSink for Writer {
    type Handle = ();

    fn process_token(&self, token: Token, _line_number: u64) -> TokenSinkResult<()> {
        let mut state = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(text) => state.add(&text),
            Token::TagToken(tag) => return state.tag(&tag),
            _ => (),
        }
        TokenSinkResult::Continue
    }
}

impl State {
    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name = &*tag.name;
        let is_start = tag.kind == TagKind::StartTag;
        if HIDDEN.contains(&name) {
            self.hidden = if is_start { self.hidden + 1 } else { self.hidden.saturating_sub(1) };
            return match name {
                "style" | "noscript" if is_start => TokenSinkResult::RawData(RawKind::Rawtext),
                "script" if is_start => TokenSinkResult::RawData(RawKind::ScriptData),
                "title" if is_start => TokenSinkResult::RawData(RawKind::Rcdata),
                _ => TokenSinkResult::Continue,
            };
        }
        match name {
            // Programs leave the head open.
            "body" => self.hidden = 0,
            "br" => self.end_line(),
            "td" | "th" if is_start => self.add(" "),
            "pre" => {
                self.preformatted = if is_start { self.preformatted + 1 } else { self.preformatted.saturating_sub(1) }
            }
            _ => (),
        }
        if BLOCKS.contains(&name) && !self.line.is_empty() {
            self.end_line();
        }
        if matches!(name, "div" | "blockquote" | "hr") {
            if is_start { self.open(tag) } else { self.close(&tag.name) }
        }
        TokenSinkResult::Continue
    }

    fn open(&mut self, tag: &Tag) {
        let attribute = |name: &str| tag.attrs.iter().find(|found| &*found.name.local == name);
        let words = |name: &str| attribute(name).map(|found| found.value.to_ascii_lowercase()).unwrap_or_default();
        // Outlook writes `x_` before the names of what it quotes.
        let is_named = |name: &str, of: &[&str]| {
            words(name).split_whitespace().any(|word| of.contains(&word.trim_start_matches("x_")))
        };
        if is_named("id", &QUOTES_FOLLOW) {
            self.end_if_begun();
            self.quotes_follow = true;
        }
        let is_cited = &*tag.name == "blockquote" && is_named("type", &["cite"]);
        let is_quote = is_cited || ["class", "id", "name"].iter().any(|name| is_named(name, &QUOTES));
        if is_quote {
            self.end_if_begun();
            self.quotes += 1;
        }
        // A line has no end.
        if &*tag.name != "hr" {
            self.open.push((tag.name.clone(), is_quote));
        }
    }

    fn close(&mut self, name: &LocalName) {
        // An end without its start, as in forgotten tags, must not search all that is open each time.
        let depth = self.open.iter().rev().take(32).position(|(open, _)| open == name);
        for _ in 0..depth.map_or(0, |depth| depth + 1) {
            if let Some((_, true)) = self.open.pop() {
                self.end_if_begun();
                self.quotes -= 1;
            }
        }
    }

    fn add(&mut self, text: &str) {
        if self.hidden > 0 {
            return;
        }
        for letter in text.chars() {
            match letter {
                '\n' if self.preformatted > 0 => self.end_line(),
                letter if letter.is_whitespace() && letter != '\u{a0}' => {
                    if !self.line.is_empty() && !self.line.ends_with(' ') {
                        self.line.push(' ');
                    }
                }
                '\0' | '\u{200b}' | '\u{feff}' | '\u{ad}' => (),
                letter => self.line.push(letter),
            }
        }
    }

    fn end_if_begun(&mut self) {
        if !self.line.is_empty() {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        if self.text.len() + self.line.len() < TEXT_BYTES_MAX {
            let line = self.line.trim_matches([' ', '\u{a0}']);
            let mark = if self.quotes > 0 || self.quotes_follow { "> " } else { "" };
            let _ = writeln!(self.text, "{mark}{line}");
        }
        self.line.clear();
    }
}
