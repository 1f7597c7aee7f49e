//! Evaluating a question on the index: exact, a set of documents per segment.

use std::{collections::HashMap, sync::Arc};

use tantivy::{Searcher, SegmentReader, Term, schema::IndexRecordOption};

use crate::leads::{
    ContactId, Quality,
    attribute::{Attribute, Kept},
};

use super::{
    bits::Bits,
    column::{Column, Ids},
    question::{Group, Question},
    remembered::Remembered,
    schema::{EMPLOYER, Fields, term_of},
};

/// One evaluation's view of a segment.
pub struct Segment<'index> {
    reader: &'index SegmentReader,
    fields: &'index Fields,
    remembered: &'index Remembered,
    /// All but those that were deleted, where any were.
    living: Option<Arc<Bits>>,
    /// Of each group of the question; taken or not is not applied yet. What is hidden comes last.
    sets: Vec<Arc<Bits>>,
    /// The documents that match.
    found: Bits,
    /// The documents that would match but for exactly one group.
    nearly: Bits,
}

/// The matching documents of every segment.
pub struct Matches<'index> {
    pub question: &'index Question,
    segments: Vec<Segment<'index>>,
    pub total: u64,
}

/// The parts of a segment's column with what each would leave and add.
pub struct CountedParts {
    column: Arc<Column>,
    sums: Vec<(u64, u64)>,
}

impl CountedParts {
    pub fn names(&self) -> impl Iterator<Item = (&str, (u64, u64))> {
        self.column.parts.names.iter().map(String::as_str).zip(self.sums.iter().copied())
    }
}

/// Contacts to look for among the matches, or to leave out of them.
#[derive(Debug, Clone)]
pub struct Contacts {
    /// Ascending.
    ids: Arc<Vec<u32>>,
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

/// Finds the documents that match; those of `hidden` do not.
pub fn matches<'index>(
    searcher: &'index Searcher,
    fields: &'index Fields,
    remembered: &'index Remembered,
    question: &'index Question,
    hidden: Option<&Contacts>,
) -> tantivy::Result<Matches<'index>> {
    let mut found = Matches { question, segments: Vec::new(), total: 0 };
    for reader in searcher.segment_readers() {
        let living = living(reader, remembered)?;
        let (sets, none) = (Vec::new(), Bits::none(0));
        let mut segment = Segment { reader, fields, remembered, living, sets, found: none.clone(), nearly: none };
        for group in &question.groups {
            segment.sets.push(segment.set(group)?);
        }
        if let Some(hidden) = hidden {
            segment.sets.push(Arc::new(segment.documents_of(hidden)?));
        }
        segment.find(question);
        found.total += segment.found.count();
        found.segments.push(segment);
    }
    Ok(found)
}

/// The documents that were not deleted, where any were.
fn living(reader: &SegmentReader, remembered: &Remembered) -> tantivy::Result<Option<Arc<Bits>>> {
    let Some(alive) = reader.alive_bitset() else { return Ok(None) };
    let mut key = *b"living \0\0\0\0\0\0\0\0\0";
    key[8..12].copy_from_slice(&reader.num_deleted_docs().to_le_bytes());
    let living = remembered.set(reader.segment_id(), key, || {
        let mut bits = Bits::none(reader.max_doc());
        alive.iter_alive().for_each(|document| bits.set(document));
        Ok(bits)
    })?;
    Ok(Some(living))
}

impl Matches<'_> {
    /// The contacts behind the documents, in no order.
    pub fn ids(&self) -> tantivy::Result<Vec<ContactId>> {
        let mut ids = Vec::with_capacity(self.total as usize);
        for segment in &self.segments {
            let held = segment.ids()?;
            segment.found.each(|document| ids.push(ContactId(i64::from(held.of[document as usize]))));
        }
        Ok(ids)
    }

    /// The contacts at these places of all matches, in the order of the places.
    pub fn at(&self, places: &[u64]) -> tantivy::Result<Vec<ContactId>> {
        let mut sorted = places.to_vec();
        sorted.sort_unstable();
        let (mut by_place, mut before) = (HashMap::with_capacity(places.len()), 0);
        for segment in &self.segments {
            let end = before + segment.found.count();
            let from = sorted.partition_point(|place| *place < before);
            let here = &sorted[from..sorted.partition_point(|place| *place < end)];
            if !here.is_empty() {
                let inside: Vec<u64> = here.iter().map(|place| place - before).collect();
                let ids = segment.reader.fast_fields().u64("id")?.first_or_default_col(0);
                let found =
                    segment.found.at(&inside).into_iter().map(|document| ContactId(ids.get_val(document) as i64));
                by_place.extend(here.iter().copied().zip(found));
            }
            before = end;
        }
        Ok(places.iter().filter_map(|place| by_place.get(place).copied()).collect())
    }

    /// How many match when one group is set aside.
    pub fn total_without(&self, aside: usize) -> u64 {
        self.total + self.segments.iter().map(|segment| segment.count_but_for(self.question, aside)).sum::<u64>()
    }

    /// How many would match with another quality of addresses.
    pub fn total_with_quality(&self, quality: Quality) -> tantivy::Result<u64> {
        let own = self.question.groups.len() - 1;
        let mut total = 0;
        for segment in &self.segments {
            let rest = segment.without(self.question, Some(own));
            total += rest.count_common(&*segment.set(&Group::of_quality(quality))?);
        }
        Ok(total)
    }

    /// How many match another question as well.
    pub fn count_common(&self, other: &Question) -> tantivy::Result<u64> {
        let mut common = 0;
        for segment in &self.segments {
            let mut bits = segment.found.clone();
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
        let mut among = 0;
        for segment in &self.segments {
            among += segment.documents_of(contacts)?.count_common(&segment.found);
        }
        Ok(among)
    }

    /// How many would be left with at most `people` of one company. Those whose company is not known all stay.
    pub fn total_per_company(&self, people: u32) -> tantivy::Result<u64> {
        let people = u64::from(people);
        let mut columns = Vec::new();
        for segment in &self.segments {
            let column = segment.column(&EMPLOYER)?;
            let counts = column.count(&segment.found);
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

    /// How many people have each value of an attribute, its own filter set aside; by value as it is kept. Values that
    /// nobody has are left out.
    pub fn values_of(
        &self,
        attribute: &'static Attribute,
        aside: Option<usize>,
    ) -> tantivy::Result<HashMap<Arc<str>, u64>> {
        let key = self.question.key_without(aside);
        let mut tallied: HashMap<Arc<str>, u64> = HashMap::new();
        for segment in &self.segments {
            let column = segment.column(attribute)?;
            let counts = segment.counts(&column, attribute, self.question, aside, key)?;
            for (value, here) in column.values.iter().zip(counts.iter()).filter(|(_, here)| **here > 0) {
                match tallied.get_mut(value.as_str()) {
                    Some(count) => *count += u64::from(*here),
                    None => drop(tallied.insert(value.as_str().into(), u64::from(*here))),
                }
            }
        }
        Ok(tallied)
    }

    /// The same summed up by the parts that people count by, for each segment.
    pub fn parts_of(&self, attribute: &'static Attribute, aside: Option<usize>) -> tantivy::Result<Vec<CountedParts>> {
        let key = self.question.key_without(aside);
        let mut counted = Vec::with_capacity(self.segments.len());
        for segment in &self.segments {
            let column = segment.column(attribute)?;
            let counts = segment.counts(&column, attribute, self.question, aside, key)?;
            let taken = aside.map(|own| segment.taken(&column, &self.question.groups[own]));
            let mut sums = vec![(0, 0); column.parts.names.len()];
            for (code, people) in counts.iter().enumerate().filter(|(_, people)| **people > 0) {
                let is_new = taken.as_ref().is_none_or(|taken| !taken[code]);
                for part in &column.parts.of[code] {
                    let (leaves, adds) = &mut sums[*part as usize];
                    *leaves += u64::from(*people);
                    *adds += if is_new { u64::from(*people) } else { 0 };
                }
            }
            counted.push(CountedParts { column, sums });
        }
        Ok(counted)
    }

    /// Documents in the index, deleted ones too.
    pub fn documents(&self) -> u64 {
        self.segments.iter().map(|segment| u64::from(segment.reader.max_doc())).sum()
    }

    /// How many people would be left by each of these groups in place of the group set aside, and how many of them the
    /// group set aside does not take already.
    pub fn with_each(&self, groups: &[Group], aside: Option<usize>) -> tantivy::Result<Vec<(u64, u64)>> {
        let mut counted = vec![(0, 0); groups.len()];
        for segment in &self.segments {
            let rest = segment.without(self.question, aside);
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
    /// first.
    pub fn frequent_terms(&self, attribute: &Attribute, start: &str, most: usize) -> tantivy::Result<Vec<String>> {
        let mut frequent: HashMap<String, u64> = HashMap::new();
        let begin = term_of(attribute, start);
        let prefix = term_of(attribute, "").len();
        for segment in &self.segments {
            let index = segment.reader.inverted_index(segment.fields.term)?;
            let mut terms = index.terms().range().ge(begin.as_bytes()).into_stream()?;
            while terms.advance() {
                let Some(value) = std::str::from_utf8(terms.key()).ok().filter(|term| term.starts_with(&begin)) else {
                    break;
                };
                *frequent.entry(value[prefix..].to_owned()).or_default() += u64::from(terms.value().doc_freq);
            }
        }
        let mut frequent: Vec<(String, u64)> = frequent.into_iter().collect();
        frequent.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        Ok(frequent.into_iter().take(most).map(|(value, _)| value).collect())
    }
}

impl Segment<'_> {
    /// Works out which documents match, and which do but for one group.
    fn find(&mut self, question: &Question) {
        let sets = self.sets.iter().zip(&question.groups).map(|(set, group)| (&**set, group.is_taken));
        let (mut found, mut nearly) = Bits::in_all_and_nearly_all(self.reader.max_doc(), sets);
        for bits in [&mut found, &mut nearly] {
            self.sets[question.groups.len()..].iter().for_each(|hidden| bits.drop(hidden));
            if let Some(living) = &self.living {
                bits.keep(living);
            }
        }
        (self.found, self.nearly) = (found, nearly);
    }

    /// The documents in all groups but one.
    fn without(&self, question: &Question, aside: Option<usize>) -> Bits {
        let Some(aside) = aside else { return self.found.clone() };
        let mut bits = self.nearly.clone();
        match question.groups[aside].is_taken {
            true => bits.drop(&self.sets[aside]),
            false => bits.keep(&self.sets[aside]),
        }
        bits.add(&self.found);
        bits
    }

    /// How many documents match but for this group.
    fn count_but_for(&self, question: &Question, aside: usize) -> u64 {
        match question.groups[aside].is_taken {
            true => self.nearly.count_outside(&self.sets[aside]),
            false => self.nearly.count_common(&self.sets[aside]),
        }
    }

    /// The documents that have one of the values of a group.
    fn set(&self, group: &Group) -> tantivy::Result<Arc<Bits>> {
        self.remembered.set(self.reader.segment_id(), group.key, || match group.attribute.kept {
            Kept::One { .. } => {
                let column = self.column(group.attribute)?;
                Ok(column.with(&self.taken(&column, group), self.reader.max_doc()))
            }
            Kept::Many { asks, .. } => {
                let mut union = Bits::none(self.reader.max_doc());
                for value in &group.values {
                    self.add_holders(group.attribute, &asks(value), &mut union)?;
                }
                Ok(union)
            }
        })
    }

    /// Which codes of the group's column it asks for.
    fn taken(&self, column: &Column, group: &Group) -> Arc<Vec<bool>> {
        self.remembered.taken(self.reader.segment_id(), group.key, || match group.attribute.kept {
            Kept::One { takes, .. } => {
                let takes = takes(&group.values);
                column.keys.iter().map(|key| takes(key)).collect()
            }
            Kept::Many { .. } => Vec::new(),
        })
    }

    /// Adds the documents that have all the terms.
    fn add_holders(&self, attribute: &Attribute, terms: &[String], union: &mut Bits) -> tantivy::Result<()> {
        match terms {
            [] => Ok(()),
            [term] => self.each_with(&term_of(attribute, term), |document| union.set(document)),
            [first, rest @ ..] => {
                let mut all = Bits::none(self.reader.max_doc());
                self.each_with(&term_of(attribute, first), |document| all.set(document))?;
                for term in rest {
                    let mut more = Bits::none(self.reader.max_doc());
                    self.each_with(&term_of(attribute, term), |document| more.set(document))?;
                    all.keep(&more);
                }
                all.each(|document| union.set(document));
                Ok(())
            }
        }
    }

    /// Calls `visit` with each document that has the term.
    fn each_with(&self, term: &str, mut visit: impl FnMut(u32)) -> tantivy::Result<()> {
        let index = self.reader.inverted_index(self.fields.term)?;
        let Some(info) = index.get_term_info(&Term::from_field_text(self.fields.term, term))? else { return Ok(()) };
        let mut postings = index.read_block_postings_from_terminfo(&info, IndexRecordOption::Basic)?;
        let mut rest = info.doc_freq as usize;
        while rest > 0 {
            let block = postings.docs();
            block.iter().for_each(|document| visit(*document));
            rest = rest.saturating_sub(block.len().max(1));
            if rest > 0 {
                postings.advance();
            }
        }
        Ok(())
    }

    fn column(&self, attribute: &'static Attribute) -> tantivy::Result<Arc<Column>> {
        self.remembered.column(self.reader.segment_id(), attribute.code, || Column::read(self.reader, attribute))
    }

    /// How many documents have each code of a column, among those in all groups but one. Where more than half of the
    /// segment is asked for, the others are counted and taken off.
    fn counts(
        &self,
        column: &Column,
        attribute: &'static Attribute,
        question: &Question,
        aside: Option<usize>,
        key: super::question::Key,
    ) -> tantivy::Result<Arc<Vec<u32>>> {
        let make = || {
            let others;
            let among = match aside {
                None => &self.found,
                Some(_) => {
                    others = self.without(question, aside);
                    &others
                }
            };
            self.tally(column, attribute, among)
        };
        if self.sets.len() > question.groups.len() {
            return Ok(Arc::new(make())); // what one workspace hides is not worth remembering
        }
        let key = (self.reader.segment_id(), self.reader.num_deleted_docs(), attribute.code, key);
        Ok(self.remembered.counts(key, make))
    }

    fn tally(&self, column: &Column, attribute: &'static Attribute, among: &Bits) -> Vec<u32> {
        let documents = self.reader.max_doc();
        if among.count() * 2 <= u64::from(documents) {
            return column.count(among);
        }
        let key = (self.reader.segment_id(), 0, attribute.code, super::question::Key::default());
        let all = self.remembered.counts(key, || column.count(&Bits::all(documents)));
        let mut rest = Bits::all(documents);
        rest.drop(among);
        all.iter().zip(column.count(&rest)).map(|(all, rest)| all - rest).collect()
    }

    fn ids(&self) -> tantivy::Result<Arc<Ids>> {
        self.remembered.ids(self.reader.segment_id(), || Ids::read(self.reader))
    }

    fn documents_of(&self, contacts: &Contacts) -> tantivy::Result<Bits> {
        let mut bits = Bits::none(self.reader.max_doc());
        if contacts.ids.is_empty() {
            return Ok(bits);
        }
        let held = self.ids()?;
        if held.is_sorted && contacts.ids.len() * 32 < held.of.len() {
            for document in contacts.ids.iter().filter_map(|id| held.of.binary_search(id).ok()) {
                bits.set(document as u32);
            }
        } else {
            for (document, id) in (0_u32..).zip(&held.of) {
                if contacts.ids.binary_search(id).is_ok() {
                    bits.set(document);
                }
            }
        }
        Ok(bits)
    }
}
