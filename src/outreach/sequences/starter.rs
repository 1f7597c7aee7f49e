//! Texts to begin with.

use super::form::{EditorForm, StepForm, VariantForm};

/// A first mail and its follow-ups.
pub struct Starter {
    /// In the address.
    pub word: &'static str,
    pub title: &'static str,
    pub summary: &'static str,
    subject: &'static str,
    mails: &'static [&'static str],
}

pub const STARTERS: [Starter; 3] = [
    Starter {
        word: "question",
        title: "One question",
        summary: "Short. Asks who to talk to, and nothing else.",
        subject: "{Question|A question} about {{company|your team}}",
        mails: &[
            "Hi {{first_name|there}},\n\nwho at {{company|your company}} looks after [your topic]?\n\nWe help teams like yours to [result in one line]. If that is you, is it worth ten minutes? If not, a name would help me a lot.",
            "Hi {{first_name|there}},\n\nmy mail may have come at a bad time. Is [your topic] something you are working on this quarter?\n\nA yes or no is enough.",
        ],
    },
    Starter {
        word: "reason",
        title: "A reason to write now",
        summary: "Begins with something you noticed, then what it means for them.",
        subject: "{{company|Your team}} and [the occasion]",
        mails: &[
            "Hi {{first_name|there}},\n\nI saw that [what you noticed]. Teams in {{industry|your industry}} often find that [problem that follows].\n\nWe [what you do] for [a customer they know], who [result with a number].\n\nWould a short call next week make sense?",
            "Hi {{first_name|there}},\n\nhere is how [the customer] did it, in three lines:\n\n[one]\n[two]\n[three]\n\nShall I send the details?",
            "Hi {{first_name|there}},\n\nI will not write again about this. If [the problem] comes up later, answer this mail and I am there.",
        ],
    },
    Starter {
        word: "offer",
        title: "Something useful first",
        summary: "Offers a small thing that costs them nothing.",
        subject: "An idea for {{company|you}}",
        mails: &[
            "Hi {{first_name|there}},\n\nI looked at {{domain|your website}} and wrote down {two|three} things that could [result].\n\nMay I send them? It takes five minutes to read, and you can do them without us.",
            "Hi {{first_name|there}},\n\nthe list is still here. Here is the first point:\n\n[point]\n\nShall I send the rest?",
        ],
    },
];

impl Starter {
    /// The starter of a word in the address.
    pub fn of_word(word: &str) -> Option<&'static Self> {
        STARTERS.iter().find(|starter| starter.word == word)
    }

    /// The form with these texts, to be changed and saved.
    pub fn form(&self, language: String) -> EditorForm {
        let mail = |(place, body): (usize, &&str)| {
            let subject = if place == 0 { self.subject } else { "" }.to_owned();
            let mut step = StepForm::blank();
            step.variants = vec![VariantForm { subject, body: (*body).to_owned(), ..VariantForm::blank() }];
            step
        };
        EditorForm { steps: self.mails.iter().enumerate().map(mail).collect(), language, ..EditorForm::default() }
    }

    /// How many mails it has.
    pub fn mails(&self) -> i64 {
        i64::try_from(self.mails.len()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::form::Action, *};

    #[test]
    fn every_starter_can_be_saved_as_it_is_and_needs_no_value() {
        for starter in &STARTERS {
            let draft = starter.form("en".into()).draft(Action::Save, &[]).unwrap();
            for variant in draft.steps.iter().flat_map(|step| &step.variants) {
                let template = super::super::template::Template::parse(&variant.subject, &variant.body).unwrap();
                assert!(template.required().is_empty(), "{}", starter.word);
            }
        }
    }
}
