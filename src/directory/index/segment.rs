//! One segment of the index: which of its documents match, exactly.

use std::sync::Arc;

use tantivy::{SegmentReader, Term, schema::IndexRecordOption};

use super::{
    bits::{Among, Bits},
    column::{Column, Ids},
    cores::on_all_cores,
    frequent::Frequent,
    question::{Group, Question},
    remembered::Remembered,
    schema::{Fields, term_of},
    search::{Asked, By, Contacts},
};
use crate::directory::criteria::attribute::{Attribute, Kept};

/// One evaluation's view of a segment.
pub struct Segment<'index> {
    pub reader: &'index SegmentReader,
    pub fields: &'index Fields,
    remembered: &'index Remembered,
    /// All but those that were deleted, where any were.
    living: Option<Arc<Bits>>,
    /// Of each group of the question; taken or not is not applied yet. What is hidden comes last.
    pub sets: Vec<Arc<Bits>>,
    /// The documents that match.
    pub found: Among,
    /// The documents that would match but for exactly one group.
    nearly: Bits,
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

impl<'index> Segment<'index> {
    /// Finds the documents of a segment that match; those of `hidden` do not.
    pub fn find(
        reader: &'index SegmentReader,
        fields: &'index Fields,
        remembered: &'index Remembered,
        question: &Question,
        hidden: Option<&Contacts>,
    ) -> tantivy::Result<Self> {
        let living = living(reader, remembered)?;
        let (found, nearly) = (Among::of(Bits::none(0)), Bits::none(0));
        let mut segment = Self { reader, fields, remembered, living, sets: Vec::new(), found, nearly };
        segment.sets = on_all_cores(reader.max_doc().into(), &question.groups, |group| segment.set(group))?;
        if let Some(hidden) = hidden {
            segment.sets.push(Arc::new(segment.documents_of(hidden)?));
        }
        segment.combine(question);
        Ok(segment)
    }

    /// Works out which documents match, and which do but for one group.
    fn combine(&mut self, question: &Question) {
        let sets = self.sets.iter().zip(&question.groups).map(|(set, group)| (&**set, group.is_taken));
        let (mut found, mut nearly) = Bits::in_all_and_nearly_all(self.reader.max_doc(), sets);
        for bits in [&mut found, &mut nearly] {
            self.sets[question.groups.len()..].iter().for_each(|hidden| bits.drop(hidden));
            if let Some(living) = &self.living {
                bits.keep(living);
            }
        }
        (self.found, self.nearly) = (Among::of(found), nearly);
    }

    /// The documents in all groups but one.
    pub fn without(&self, question: &Question, aside: usize) -> Bits {
        let mut bits = self.nearly.clone();
        match question.groups[aside].is_taken {
            true => bits.drop(&self.sets[aside]),
            false => bits.keep(&self.sets[aside]),
        }
        bits.add(self.found.bits());
        bits
    }

    /// How many documents match but for this group.
    pub fn count_but_for(&self, question: &Question, aside: usize) -> u64 {
        match question.groups[aside].is_taken {
            true => self.nearly.count_outside(&self.sets[aside]),
            false => self.nearly.count_common(&self.sets[aside]),
        }
    }

    /// The documents that have one of the values of a group.
    pub fn set(&self, group: &Group) -> tantivy::Result<Arc<Bits>> {
        self.remembered.set(self.reader.segment_id(), group.key, || match group.attribute.kept {
            Kept::One { .. } => {
                let column = self.column(group.attribute)?;
                Ok(column.with(&self.taken(&column, group)))
            }
            Kept::Many { asks, .. } => self.union(group, asks),
        })
    }

    /// Whether any document that matches has one of the values of a group. Unlike its set the answer takes no room, so it is remembered
    /// for every value that people type.
    pub fn has_any(&self, question: &Question, group: &Group) -> tantivy::Result<bool> {
        let deleted = self.reader.num_deleted_docs();
        let key = (self.reader.segment_id(), deleted, question.key_without(None), group.key);
        self.remembered.held(key, || {
            let holders = match group.attribute.kept {
                Kept::One { takes, .. } => {
                    let (column, takes) = (self.column(group.attribute)?, takes(&group.values));
                    let taken: Vec<bool> = column.keys.iter().map(|key| takes(key)).collect();
                    if !taken.contains(&true) {
                        return Ok(false);
                    }
                    column.with(&taken)
                }
                Kept::Many { asks, .. } => self.union(group, asks)?,
            };
            Ok(self.found.bits().count_common(&holders) > 0)
        })
    }

    /// The documents that have all the terms of one of the values.
    fn union(&self, group: &Group, asks: fn(&str) -> Vec<String>) -> tantivy::Result<Bits> {
        let mut union = Bits::none(self.reader.max_doc());
        for value in &group.values {
            self.add_holders(group.attribute, &asks(value), &mut union)?;
        }
        Ok(union)
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

    pub fn column(&self, attribute: &'static Attribute) -> tantivy::Result<Arc<Column>> {
        self.remembered.column(self.reader.segment_id(), attribute.code, || Column::read(self.reader, attribute))
    }

    /// How many documents have each value of a column, or are of each kind, among those in all groups but one.
    pub fn counts(&self, column: &Column, asked: &Asked, question: &Question) -> Arc<Vec<u32>> {
        let make = || {
            let others = asked.aside.map(|own| Among::of(self.without(question, own)));
            let among = others.as_ref().unwrap_or(&self.found);
            match asked.by {
                By::Value => column.count_values(among),
                By::Kind => column.count_kinds(among),
            }
        };
        if self.sets.len() > question.groups.len() {
            return Arc::new(make()); // what one workspace hides is not worth remembering
        }
        let rest = question.key_without(asked.aside);
        self.remembered.counts(
            (self.reader.segment_id(), self.reader.num_deleted_docs(), asked.attribute.code, asked.by, rest),
            make,
        )
    }

    /// The most frequent terms of an attribute.
    pub fn frequent(&self, attribute: &'static Attribute) -> tantivy::Result<Arc<Frequent>> {
        let read = || Frequent::read(self.reader, self.fields, attribute);
        self.remembered.frequent(self.reader.segment_id(), attribute.code, read)
    }

    pub fn ids(&self) -> tantivy::Result<Arc<Ids>> {
        self.remembered.ids(self.reader.segment_id(), || Ids::read(self.reader))
    }

    pub fn documents_of(&self, contacts: &Contacts) -> tantivy::Result<Bits> {
        let mut bits = Bits::none(self.reader.max_doc());
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
