//! Evaluating criteria on the index: exact, a set of documents per segment.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tantivy::{
    Searcher, SegmentReader, Term,
    index::SegmentId,
    postings::TermInfo,
    schema::{Field, IndexRecordOption},
};

use crate::leads::{ContactId, Criteria, Quality, SizeRange};

use super::{
    docs::{Bits, Docs},
    terms::{Plan, Wanted, quality_terms, size_of_term},
};

/// Bytes of remembered document sets.
const REMEMBERED_BYTES_MAX: usize = 24 << 20;

/// Document sets by segment and term.
type Sets = HashMap<(SegmentId, String), Arc<Bits>>;

/// Document sets of frequent terms, with their bytes in all; remembered while their segment lives.
#[derive(Debug, Default)]
pub struct Remembered(Mutex<(usize, Sets)>);

impl Remembered {
    fn recall(&self, segment: SegmentId, key: &str) -> Option<Arc<Bits>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.1.get(&(segment, key.to_owned())).cloned()
    }

    fn remember(&self, segment: SegmentId, key: &str, bits: &Arc<Bits>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.0 + bits.bytes() > REMEMBERED_BYTES_MAX {
            *held = (0, HashMap::new());
        }
        if held.1.insert((segment, key.to_owned()), Arc::clone(bits)).is_none() {
            held.0 += bits.bytes();
        }
    }

    /// Forgets everything: segments have changed.
    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (0, HashMap::new());
    }
}

/// The fields of the index.
#[derive(Debug, Clone, Copy)]
pub struct Fields {
    pub id: Field,
    pub term: Field,
    pub size: Field,
}

/// One evaluation's view of a segment.
pub struct Segment<'index> {
    reader: &'index SegmentReader,
    fields: Fields,
    remembered: &'index Remembered,
}

/// The matching documents of every segment, with and without the asked quality.
pub struct Matches<'index> {
    segments: Vec<(Segment<'index>, Bits)>,
    pub total: u64,
    pub left_out: u64,
}

/// Finds the documents that match.
pub fn matches<'index>(
    searcher: &'index Searcher,
    fields: Fields,
    remembered: &'index Remembered,
    criteria: &Criteria,
) -> tantivy::Result<Matches<'index>> {
    let plan = Plan::of(criteria);
    let mut found = Matches { segments: Vec::new(), total: 0, left_out: 0 };
    for reader in searcher.segment_readers() {
        let segment = Segment { reader, fields, remembered };
        let mut bits = segment.evaluate(&plan)?;
        let any = segment.quality(Quality::Any)?;
        let reachable = bits.count_common(&any);
        let asked = segment.quality(criteria.quality)?;
        bits.keep(&asked);
        let taken = bits.count();
        found.total += taken;
        found.left_out += reachable - taken;
        found.segments.push((segment, bits));
    }
    Ok(found)
}

impl Matches<'_> {
    /// The contacts behind the documents, in no order.
    pub fn ids(&self) -> tantivy::Result<Vec<ContactId>> {
        let mut ids = Vec::with_capacity(self.total as usize);
        for (segment, bits) in &self.segments {
            let column = segment.reader.fast_fields().u64("id")?.first_or_default_col(0);
            ids.extend(bits.iter().map(|document| ContactId(column.get_val(document) as i64)));
        }
        Ok(ids)
    }

    /// The contacts at these places (ascending) of all matches.
    pub fn at(&self, places: &[u64]) -> tantivy::Result<Vec<ContactId>> {
        let mut ids = Vec::with_capacity(places.len());
        let (mut before, mut places) = (0, places.iter().copied().peekable());
        for (segment, bits) in &self.segments {
            let column = segment.reader.fast_fields().u64("id")?.first_or_default_col(0);
            let count = bits.count();
            if places.peek().is_some_and(|place| *place < before + count) {
                for (place, document) in (before..).zip(bits.iter()) {
                    if places.next_if_eq(&place).is_some() {
                        ids.push(ContactId(column.get_val(document) as i64));
                    }
                }
            }
            before += count;
        }
        Ok(ids)
    }
}

impl Segment<'_> {
    fn evaluate(&self, plan: &Plan) -> tantivy::Result<Bits> {
        let documents = self.reader.max_doc();
        let mut bits = Bits::all(documents);
        for group in &plan.include {
            let mut union = Bits::none(documents);
            for wanted in group {
                self.docs(wanted)?.add_to(&mut union);
            }
            bits.keep(&union);
        }
        for wanted in &plan.exclude {
            self.docs(wanted)?.drop_from(&mut bits);
        }
        if let Some(alive) = self.reader.alive_bitset() {
            let mut living = Bits::none(documents);
            alive.iter_alive().for_each(|document| living.set(document));
            bits.keep(&living);
        }
        Ok(bits)
    }

    /// The documents whose address a quality takes.
    fn quality(&self, quality: Quality) -> tantivy::Result<Arc<Bits>> {
        let key = format!("quality {}", quality.code());
        if let Some(bits) = self.remembered.recall(self.reader.segment_id(), &key) {
            return Ok(bits);
        }
        let mut bits = Bits::none(self.reader.max_doc());
        for term in quality_terms(quality) {
            self.term(&term)?.add_to(&mut bits);
        }
        let bits = Arc::new(bits);
        self.remembered.remember(self.reader.segment_id(), &key, &bits);
        Ok(bits)
    }

    fn docs(&self, wanted: &Wanted) -> tantivy::Result<Docs> {
        match wanted {
            Wanted::Size(range) => self.sized(*range),
            Wanted::Terms(terms) => {
                let Some((first, rest)) = terms.split_first() else { return Ok(Docs::none()) };
                rest.iter().try_fold(self.term(first)?, |docs, term| Ok(docs.and(&self.term(term)?)))
            }
        }
    }

    fn term(&self, term: &str) -> tantivy::Result<Docs> {
        if let Some(bits) = self.remembered.recall(self.reader.segment_id(), term) {
            return Ok(Docs::Many(bits));
        }
        let info = self
            .reader
            .inverted_index(self.fields.term)?
            .get_term_info(&Term::from_field_text(self.fields.term, term))?;
        let Some(info) = info else { return Ok(Docs::none()) };
        if info.doc_freq.saturating_mul(32) < self.reader.max_doc() {
            let mut few = Vec::with_capacity(info.doc_freq as usize);
            self.each(self.fields.term, &info, |document| few.push(document))?;
            return Ok(Docs::Few(few));
        }
        let mut bits = Bits::none(self.reader.max_doc());
        self.each(self.fields.term, &info, |document| bits.set(document))?;
        let bits = Arc::new(bits);
        self.remembered.remember(self.reader.segment_id(), term, &bits);
        Ok(Docs::Many(bits))
    }

    /// The documents with a size inside the range: the union of all size terms inside it.
    fn sized(&self, range: SizeRange) -> tantivy::Result<Docs> {
        let key = format!("size {range}");
        if let Some(bits) = self.remembered.recall(self.reader.segment_id(), &key) {
            return Ok(Docs::Many(bits));
        }
        let index = self.reader.inverted_index(self.fields.size)?;
        let mut bits = Bits::none(self.reader.max_doc());
        let mut terms = index.terms().range().ge(format!("{:08}", range.min)).into_stream()?;
        while terms.advance() {
            let Some(size) = size_of_term(terms.key()) else { continue };
            if range.max.is_some_and(|max| size.min > max) {
                break;
            }
            if size.is_inside(range) {
                self.each(self.fields.size, terms.value(), |document| bits.set(document))?;
            }
        }
        let bits = Arc::new(bits);
        self.remembered.remember(self.reader.segment_id(), &key, &bits);
        Ok(Docs::Many(bits))
    }

    fn each(&self, field: Field, info: &TermInfo, mut visit: impl FnMut(u32)) -> tantivy::Result<()> {
        let index = self.reader.inverted_index(field)?;
        let mut postings = index.read_block_postings_from_terminfo(info, IndexRecordOption::Basic)?;
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
}
