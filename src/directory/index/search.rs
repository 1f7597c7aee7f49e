//! Evaluating a question on the index: exact, a set of documents per segment.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use tantivy::Searcher;

use super::{
    column::Column,
    cores::on_all_cores,
    frequent::each_term,
    question::{Group, Question},
    remembered::Remembered,
    schema::{EMPLOYER, Fields},
    segment::Segment,
};
use crate::directory::{
    ContactId, Quality,
    criteria::attribute::{Attribute, Kept},
};

/// The matching documents of every segment.
pub struct Matches<'index> {
    pub question: &'index Question,
    segments: Vec<Segment<'index>>,
    pub total: u64,
}

/// What is to be counted.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub attribute: &'static Attribute,
    /// The group that is set aside.
    pub aside: Option<usize>,
    pub by: By,
}

/// By what people are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    /// The values as they are kept.
    Value,
    /// What values have in common: [`Column::sum_parts`].
    Kind,
}

/// The counts of each segment.
type Counts = Vec<(Arc<Column>, Arc<Vec<u32>>)>;

/// For each part that people count by, how many it would leave, and how many of them are new.
pub type PartCounts = BTreeMap<Arc<str>, (u64, u64)>;

/// Contacts to look for among the matches, or to leave out of them.
#[derive(Debug, Clone)]
pub struct Contacts {
    /// Ascending.
    pub(crate) ids: Arc<Vec<u32>>,
}

impl Contacts {
    /// In any order.
    pub fn of(ids: &[ContactId]) -> Self {
        let mut ids: Vec<u32> = ids.iter().filter_map(|id| u32::try_from(id.0).ok()).collect();
        ids.sort_unstable();
        ids.dedup();
        Self { ids: Arc::new(ids) }
    }
}

/// A number spread over all 64 bits (the finalizer of SplitMix64).
fn scattered(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Finds the documents that match; those of `hidden` do not.
pub fn matches<'index>(
    searcher: &'index Searcher,
    fields: &'index Fields,
    remembered: &'index Remembered,
    question: &'index Question,
    hidden: Option<&Contacts>,
) -> tantivy::Result<Matches<'index>> {
    let hidden = hidden.filter(|hidden| !hidden.ids.is_empty());
    let segments = on_all_cores(searcher.num_docs(), searcher.segment_readers(), |reader| {
        Segment::find(reader, fields, remembered, question, hidden)
    })?;
    let total = segments.iter().map(|segment| segment.found.count()).sum();
    Ok(Matches { question, segments, total })
}

impl Matches<'_> {
    /// The contacts behind the documents, in no order.
    pub fn ids(&self) -> tantivy::Result<Vec<ContactId>> {
        let mut ids = Vec::with_capacity(self.total as usize);
        for segment in &self.segments {
            let held = segment.ids()?;
            segment.found.bits().each(|document| ids.push(ContactId(i64::from(held.of[document as usize]))));
        }
        Ok(ids)
    }

    /// Up to `number` different contacts from all over the directory: each is the first match after a point that `seed` chooses. So
    /// one seed has the same contacts again, also when a few others came to the matches or left them.
    pub fn spread(&self, number: u64, seed: u64) -> tantivy::Result<Vec<ContactId>> {
        let room: u64 = self.segments.iter().map(|segment| segment.found.bits().room()).sum();
        let mut found: Vec<u64> = Vec::new();
        for nth in 0..number.min(self.total) {
            let mut point = scattered(seed.wrapping_add(nth)) % room.max(1);
            while let Some(place) = self.first_from(point).or_else(|| self.first_from(0)) {
                if !found.contains(&place) {
                    found.push(place);
                    break;
                }
                point = place + 1;
            }
        }
        found.into_iter().map(|place| self.contact(place)).collect()
    }

    /// The first match at `point` or after it, counting the rooms of all segments on.
    fn first_from(&self, point: u64) -> Option<u64> {
        let mut before = 0;
        for segment in &self.segments {
            let bits = segment.found.bits();
            let here = u32::try_from(point.saturating_sub(before)).ok().and_then(|from| bits.first_from(from));
            if let Some(document) = here {
                return Some(before + u64::from(document));
            }
            before += bits.room();
        }
        None
    }

    fn contact(&self, place: u64) -> tantivy::Result<ContactId> {
        let mut before = 0;
        for segment in &self.segments {
            let room = segment.found.bits().room();
            if place < before + room {
                let ids = segment.reader.fast_fields().u64("id")?.first_or_default_col(0);
                return Ok(ContactId(ids.get_val((place - before) as u32) as i64));
            }
            before += room;
        }
        Err(tantivy::TantivyError::InternalError("a match is in no segment".into()))
    }

    /// How many match when each of these groups is set aside, the others not.
    pub fn totals_without(&self, groups: &[usize]) -> tantivy::Result<Vec<u64>> {
        let more = self.each_segment(|segment| {
            Ok(groups.iter().map(|aside| segment.count_but_for(self.question, *aside)).collect::<Vec<u64>>())
        })?;
        let total = |place: usize| self.total + more.iter().map(|more| more[place]).sum::<u64>();
        Ok((0..groups.len()).map(total).collect())
    }

    /// How many would match with another quality of addresses.
    pub fn total_with_quality(&self, quality: Quality) -> tantivy::Result<u64> {
        let (own, group) = (self.question.groups.len() - 1, Group::of_quality(quality));
        let totals = self.each_segment(|segment| {
            let rest = segment.without(self.question, own);
            Ok(rest.count_common(&*segment.set(&group)?))
        })?;
        Ok(totals.iter().sum())
    }

    /// How many match another question as well.
    pub fn count_common(&self, other: &Question) -> tantivy::Result<u64> {
        let mut common = 0;
        for segment in &self.segments {
            let mut bits = segment.found.bits().clone();
            for group in &other.groups {
                let set = segment.set(group)?;
                if group.is_taken { bits.keep(&set) } else { bits.drop(&set) }
            }
            common += bits.count();
        }
        Ok(common)
    }

    /// How many of these contacts match.
    pub fn count_among(&self, contacts: &Contacts) -> tantivy::Result<u64> {
        if contacts.ids.is_empty() {
            return Ok(0);
        }
        let mut among = 0;
        for segment in &self.segments {
            among += segment.documents_of(contacts)?.count_common(segment.found.bits());
        }
        Ok(among)
    }

    /// How many would be left with at most `people` of one company. Those whose company is not known all stay.
    pub fn total_per_company(&self, people: u32) -> tantivy::Result<u64> {
        let people = u64::from(people);
        let mut columns = Vec::new();
        for segment in &self.segments {
            let column = segment.column(&EMPLOYER)?;
            let counts = column.count_values(&segment.found);
            columns.push((column, counts));
        }
        let mut total = 0;
        let mut tallied: HashMap<&str, u64> = HashMap::new();
        for (column, counts) in &columns {
            for (employer, here) in column.values.iter().zip(counts).filter(|(_, here)| **here > 0) {
                if employer.is_empty() {
                    total += u64::from(*here);
                } else if columns.len() == 1 {
                    total += u64::from(*here).min(people);
                } else {
                    *tallied.entry(employer).or_default() += u64::from(*here);
                }
            }
        }
        Ok(total + tallied.into_values().map(|here| here.min(people)).sum::<u64>())
    }

    /// How many people have each value of an attribute, as it is kept. Values that nobody has are left out.
    pub fn by_value(
        &self,
        attribute: &'static Attribute,
        aside: Option<usize>,
    ) -> tantivy::Result<HashMap<String, u64>> {
        let counts = self.counts(&[Asked { attribute, aside, by: By::Value }])?;
        let mut tallied: HashMap<String, u64> = HashMap::new();
        for (column, counts) in counts.iter().flatten() {
            for (value, here) in column.values.iter().zip(counts.iter()).filter(|(_, here)| **here > 0) {
                match tallied.get_mut(value) {
                    Some(count) => *count += u64::from(*here),
                    None => drop(tallied.insert(value.clone(), u64::from(*here))),
                }
            }
        }
        Ok(tallied)
    }

    /// How many people each part of each of these attributes would leave, the group of its own filter set aside, and how
    /// many of them that group does not take already.
    pub fn by_part(&self, attributes: &[&'static Attribute]) -> tantivy::Result<Vec<PartCounts>> {
        let own = |attribute: &&'static Attribute| self.question.own_group(attribute);
        let leaving = attributes.iter().map(|attribute| (*attribute, own(attribute)));
        let taken = attributes.iter().filter(|attribute| own(attribute).is_some()).map(|attribute| (*attribute, None));
        let asked: Vec<Asked> =
            leaving.chain(taken).map(|(attribute, aside)| Asked { attribute, aside, by: By::Kind }).collect();
        let counts = self.counts(&asked)?;
        let (leaving, taken) = counts.split_at(attributes.len());
        let mut taken = taken.iter();
        let summed = attributes.iter().zip(leaving).map(|(attribute, leaving)| {
            let mut parts = PartCounts::new();
            for (name, people) in summed(leaving) {
                let sums = parts.entry(name).or_default();
                *sums = (sums.0 + people, sums.1 + people);
            }
            for (name, people) in own(attribute).and_then(|_| taken.next()).into_iter().flat_map(summed) {
                parts.entry(name).or_default().1 -= people;
            }
            parts
        });
        Ok(summed.collect())
    }

    /// What was asked for, segment by segment, on all cores.
    fn counts(&self, asked: &[Asked]) -> tantivy::Result<Vec<Counts>> {
        let pieces: Vec<(&Asked, &Segment<'_>)> =
            asked.iter().flat_map(|asked| self.segments.iter().map(move |segment| (asked, segment))).collect();
        let counted = on_all_cores(self.documents(), &pieces, |(asked, segment)| {
            let column = segment.column(asked.attribute)?;
            let counts = segment.counts(&column, asked, self.question);
            Ok((column, counts))
        })?;
        let mut counted = counted.into_iter();
        Ok(asked.iter().map(|_| counted.by_ref().take(self.segments.len()).collect()).collect())
    }

    fn each_segment<Output: Send>(
        &self,
        work: impl Fn(&Segment<'_>) -> tantivy::Result<Output> + Sync + Send,
    ) -> tantivy::Result<Vec<Output>> {
        on_all_cores(self.documents(), &self.segments, work)
    }

    /// Documents in the index, deleted ones too.
    fn documents(&self) -> u64 {
        self.segments.iter().map(|segment| u64::from(segment.reader.max_doc())).sum()
    }

    /// How many people would be left by each of these groups in place of the group set aside, and how many of them the
    /// group set aside does not take already.
    pub fn with_each(&self, groups: &[Group], aside: Option<usize>) -> tantivy::Result<Vec<(u64, u64)>> {
        let mut counted = vec![(0, 0); groups.len()];
        for segment in &self.segments {
            let rest = aside.map_or_else(|| segment.found.bits().clone(), |own| segment.without(self.question, own));
            let mut fresh = rest.clone();
            if let Some(own) = aside {
                fresh.drop(&segment.sets[own]);
            }
            for (group, (leaves, adds)) in groups.iter().zip(&mut counted) {
                let bits = segment.set(group)?;
                *leaves += rest.count_common(&bits);
                *adds += fresh.count_common(&bits);
            }
        }
        Ok(counted)
    }

    /// Terms of an attribute that begin with `start`, with the number of documents that have them, the most frequent
    /// first. While `start` is at most a letter, a term counts in the segments where it is among the most frequent ones.
    pub fn frequent_terms(
        &self,
        attribute: &'static Attribute,
        start: &str,
        most: usize,
    ) -> tantivy::Result<Vec<String>> {
        let mut frequent: HashMap<String, u64> = HashMap::new();
        let mut add = |term: &str, documents: u64| match frequent.get_mut(term) {
            Some(sum) => *sum += documents,
            None => drop(frequent.insert(term.to_owned(), documents)),
        };
        for segment in &self.segments {
            match segment.frequent(attribute)?.beginning_with(start) {
                Some(terms) => terms.into_iter().for_each(|(term, documents)| add(term, *documents)),
                None => each_term(segment.reader, segment.fields, attribute, start, &mut add)?,
            }
        }
        let mut frequent: Vec<(String, u64)> = frequent.into_iter().collect();
        frequent.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        Ok(frequent.into_iter().take(most).map(|(value, _)| value).collect())
    }

    /// Whether anyone who matches has one of the values of a group.
    pub fn has_any(&self, group: &Group) -> tantivy::Result<bool> {
        for segment in &self.segments {
            if segment.has_any(self.question, group)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether any contact has a value of the attribute.
    pub fn is_told(&self, attribute: &'static Attribute) -> tantivy::Result<bool> {
        if matches!(attribute.kept, Kept::Many { .. }) {
            return Ok(!self.frequent_terms(attribute, "", 1)?.is_empty());
        }
        for segment in &self.segments {
            if segment.column(attribute)?.values.iter().any(|value| !value.is_empty()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads what completes the fields of these attributes while little has been typed.
    pub fn read_frequent(&self, attributes: &[&'static Attribute]) -> tantivy::Result<()> {
        let pieces: Vec<_> = attributes
            .iter()
            .flat_map(|attribute| self.segments.iter().map(move |segment| (segment, *attribute)))
            .collect();
        on_all_cores(self.documents(), &pieces, |(segment, attribute)| segment.frequent(attribute)).map(drop)
    }
}

/// The parts that anybody of these counts is of.
fn summed(counts: &Counts) -> impl Iterator<Item = (Arc<str>, u64)> {
    let parts = counts.iter().flat_map(|(column, counts)| column.sum_parts(counts));
    parts.filter(|(_, people)| *people > 0).map(|(name, people)| (Arc::clone(name), people))
}
