//! How long a text is, under the field that it is typed into.

use leptos::prelude::*;

use super::{browser, plural};

/// How fast people read.
const WORDS_A_MINUTE: usize = 230;

/// What precedes the first letter of a link in a text.
const OPENING: [char; 5] = ['(', '<', '[', '"', '“'];

/// “84 words · about 22 seconds to read · 1 link”. A search inside words would make the browser half larger, so a link begins a word.
pub fn measure(text: &str) -> String {
    let (mut words, mut links) = (0_usize, 0_usize);
    for word in text.split_whitespace() {
        let word = word.trim_start_matches(OPENING);
        words += 1;
        links += usize::from(word.starts_with("https://") || word.starts_with("http://"));
    }
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let seconds = (words * 60).div_ceil(WORDS_A_MINUTE);
    format!(
        "{} · about {} to read · {}",
        plural(count(words), "word", "words"),
        plural(count(seconds), "second", "seconds"),
        plural(count(links), "link", "links")
    )
}

/// Follows the text area of that id, whose text was `measured` when the page was rendered.
#[island]
pub fn TextMeasure(#[prop(into)] area: String, measured: String) -> impl IntoView {
    let shown = RwSignal::new(measured);
    Effect::new(move |_| browser::on_text_change(&area, move |text| shown.set(measure(&text))));
    view! { <p class="small soft">{move || shown.get()}</p> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_measured() {
        assert_eq!(measure("One two (https://x.example)"), "3 words · about 1 second to read · 1 link");
        assert_eq!(measure(""), "0 words · about 0 seconds to read · 0 links");
    }
}
