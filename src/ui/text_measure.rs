//! How long a text is, under the field that it is typed into.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{browser, plural};

/// How fast people read.
const WORDS_A_MINUTE: usize = 230;

/// What a text has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    words: usize,
    links: usize,
}

impl Measure {
    pub fn of(text: &str) -> Self {
        let links = text.matches("http://").count() + text.matches("https://").count();
        Self { words: text.split_whitespace().count(), links }
    }

    /// “84 words · about 22 seconds to read · 1 link”.
    fn text(self) -> String {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let seconds = (self.words * 60).div_ceil(WORDS_A_MINUTE);
        format!(
            "{} · about {} to read · {}",
            plural(count(self.words), "word", "words"),
            plural(count(seconds), "second", "seconds"),
            plural(count(self.links), "link", "links")
        )
    }
}

/// Follows the text area of that id. Without JavaScript it shows what the page was rendered with.
#[island]
pub fn TextMeasure(#[prop(into)] area: String, measure: Measure) -> impl IntoView {
    let shown = RwSignal::new(measure);
    Effect::new(move |_| browser::on_text_change(&area, move |text| shown.set(Measure::of(&text))));
    view! { <p class="small soft">{move || shown.get().text()}</p> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_measured() {
        assert_eq!(Measure::of("One two https://x.example").text(), "3 words · about 1 second to read · 1 link");
        assert_eq!(Measure::of("").text(), "0 words · about 0 seconds to read · 0 links");
    }
}
