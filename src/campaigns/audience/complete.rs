//! Values that complete what is typed into a field of the audience form.
//!
//! Proposed are, in this order: what the text names (“USA”, “SaaS”), what people of this audience have, what people of the
//! whole directory have, and what the list of the vocabulary knows. What adds no people now is greyed, not hidden: otherwise
//! it would look as if it did not exist.

use std::collections::HashMap;

use super::{count::whole, keyword::as_keyword};
use crate::{
    accounts::Member,
    directory::{Asking, Counted, Criteria, Directory, Filter, Mode, VALUE_LENGTH_MAX, fold, meant_by},
    server::{app::App, error::AppError, gate::Purpose},
    ui::{Completion, count_text},
};

/// Values that are proposed.
const PROPOSED: usize = 12;
/// Of them, values of the list that no one has.
const LISTED: usize = 5;

/// Values that complete what is typed into the field that the form names, with what they would leave or add.
///
/// # Errors
/// When the index does not answer.
pub async fn completions(app: &App, member: &Member, form: &[(String, String)]) -> Result<Vec<Completion>, AppError> {
    let text = |name: &str| form.iter().find(|(field, _)| field == name).map_or("", |(_, text)| text.trim());
    let Some(filter) = Filter::of(text("complete_field")) else { return Ok(Vec::new()) };
    let typed: String = text("complete_typed").chars().take(VALUE_LENGTH_MAX).collect();
    let criteria = Criteria::read(form).criteria;
    let asking = app.of::<Directory>().asked_by(member.user.0, Purpose::Live("values")).await?;
    Proposals { asking, criteria, filter, typed }.all().await
}

struct Proposals {
    asking: Asking,
    criteria: Criteria,
    filter: &'static Filter,
    typed: String,
}

impl Proposals {
    async fn all(self) -> Result<Vec<Completion>, AppError> {
        let here = self.asking.complete(&self.criteria, self.filter, &self.typed).await?;
        let values = self.values(&here).await?;
        let counts = self.counts(here, &values).await?;
        let missing: Vec<String> = values.iter().filter(|value| counts[*value].leaves == 0).cloned().collect();
        let everywhere = self.everywhere(missing).await?;
        let mut proposed: Vec<Completion> =
            values.iter().map(|value| self.completion(&counts[value], everywhere.get(value).copied())).collect();
        if let Some(keyword) = self.as_keyword().await? {
            // Behind what the word means, in front of what only begins like it.
            let named = self.named().len();
            let place = if named > 0 { named } else { PROPOSED - 1 };
            proposed.insert(place.min(proposed.len()), keyword);
        }
        proposed.truncate(PROPOSED);
        Ok(proposed)
    }

    /// What is proposed, in its order, each once.
    async fn values(&self, here: &[Counted]) -> Result<Vec<String>, AppError> {
        let typed = fold(&self.typed);
        let mut values = self.named();
        let same = |one: &&Counted| !typed.is_empty() && fold(&one.value) == typed;
        values.extend(here.iter().filter(same).map(|one| one.value.clone()));
        values.extend(here.iter().map(|one| one.value.clone()));
        if !typed.is_empty() && here.len() < PROPOSED {
            let all = self.asking.complete(&Criteria::everybody(), self.filter, &self.typed).await?;
            values.extend(all.into_iter().map(|one| one.value));
            values.extend(self.listed(&typed));
        }
        let mut seen = std::collections::HashSet::new();
        let key = |value: &String| self.filter.typed().map_or_else(|| fold(value), |typed| (typed.key)(value));
        values.retain(|value| seen.insert(key(value)));
        values.truncate(PROPOSED);
        Ok(values)
    }

    fn is_of_industries(&self) -> bool {
        self.filter.attribute.code == "industry"
    }

    /// What the text is another name of.
    fn named(&self) -> Vec<String> {
        let Some(typed) = self.filter.typed().filter(|typed| typed.is_fixed && !self.typed.is_empty()) else {
            return Vec::new();
        };
        let known = (typed.known)();
        let read = (typed.read)(&self.typed).unwrap_or_default();
        let mut named: Vec<String> = read.into_iter().filter(|value| known.contains(&value.as_str())).collect();
        if let Some(meant) = meant_by(&self.typed).filter(|_| self.is_of_industries() && named.is_empty()) {
            named.extend(meant.industries.iter().map(|name| (*name).to_owned()));
        }
        named
    }

    /// What the list of the vocabulary has, whether anyone has it or not.
    fn listed(&self, typed: &str) -> Vec<String> {
        let known = self.filter.typed().map(|one| (one.known)()).unwrap_or_default();
        let begins =
            |name: &&str| fold(name).split(' ').any(|word| word.starts_with(typed)) || fold(name).starts_with(typed);
        known.into_iter().filter(begins).take(LISTED).map(str::to_owned).collect()
    }

    /// What each value would leave and add.
    async fn counts(&self, here: Vec<Counted>, values: &[String]) -> Result<HashMap<String, Counted>, AppError> {
        let mut counts: HashMap<String, Counted> = here.into_iter().map(|one| (one.value.clone(), one)).collect();
        let others: Vec<String> = values.iter().filter(|value| !counts.contains_key(*value)).cloned().collect();
        let counted = self.asking.count_values(&self.criteria, self.filter, others).await?;
        counts.extend(counted.into_iter().map(|one| (one.value.clone(), one)));
        Ok(counts)
    }

    /// How many people of the whole directory have each of these values.
    async fn everywhere(&self, values: Vec<String>) -> Result<HashMap<String, u64>, AppError> {
        if values.is_empty() {
            return Ok(HashMap::new());
        }
        let held = self.asking.holders(values.iter().map(|value| (self.filter, value.clone())).collect()).await?;
        Ok(values.into_iter().zip(held.into_iter().map(Option::unwrap_or_default)).collect())
    }

    fn completion(&self, one: &Counted, everywhere: Option<u64>) -> Completion {
        let is_used = !self.criteria.values(self.filter.field).is_empty();
        let note = match (everywhere, self.filter.mode) {
            (Some(0), _) => "no one yet".to_owned(),
            (Some(all), _) => format!("0 of {}", count_text(whole(all))),
            (None, Mode::Any) if is_used => format!("adds {}", count_text(whole(one.adds))),
            (None, _) => count_text(whole(one.leaves)),
        };
        Completion { value: one.value.clone(), note, is_faint: everywhere.is_some(), field: String::new() }
    }

    /// A word of no list of industries as a keyword, when companies have it.
    async fn as_keyword(&self) -> Result<Option<Completion>, AppError> {
        if !self.is_of_industries() || self.typed.is_empty() {
            return Ok(None);
        }
        let is_industry = self.named().iter().any(|name| fold(name) == fold(&self.typed));
        if is_industry {
            return Ok(None);
        }
        let found = as_keyword(&self.asking, &self.criteria, self.filter, &self.typed).await?;
        Ok(found.map(|(field, people)| Completion {
            value: self.typed.clone(),
            note: format!("as a keyword: {}", count_text(people)),
            is_faint: false,
            field: field.to_owned(),
        }))
    }
}
