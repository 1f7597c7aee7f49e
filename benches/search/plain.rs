//! The same contacts and clicks in tantivy, used as its documentation proposes: a field per column, a boolean query, the
//! count, terms aggregations and the first documents from its store. A filter set aside is a search of its own.

use std::{ops::Bound, path::Path};

use fairlead::bench::SIZE_MAX;
use serde_json::{Value, json};
use tantivy::{
    Index, IndexReader, IndexWriter, TantivyDocument, Term,
    aggregation::{AggregationCollector, agg_req::Aggregations},
    collector::{Count, TopDocs},
    query::{AllQuery, BooleanQuery, Occur, Query, RangeQuery, TermQuery},
    schema::{FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextOptions},
};

use crate::rows::{Ask, MANY, Row};

/// Memory for documents that are not yet written out, in bytes.
const WRITER_BYTES: usize = 256 << 20;

pub struct Plain {
    schema: Schema,
    reader: IndexReader,
}

/// What a click was answered.
pub struct Answered {
    pub total: u64,
    pub rows: usize,
}

/// The counted columns: all values of each.
const COUNTED: [&str; 7] = ["seniority", "department", "size_class", "revenue", "industry", "country", "email_status"];

impl Plain {
    pub fn build(folder: &Path, rows: impl Iterator<Item = Row>) -> anyhow::Result<Self> {
        let _ = std::fs::remove_dir_all(folder);
        std::fs::create_dir_all(folder)?;
        let schema = schema();
        let index = Index::create_in_dir(folder, schema.clone())?;
        let mut writer: IndexWriter = index.writer(WRITER_BYTES)?;
        let field = |name: &str| schema.get_field(name);
        let (id, min, max, department) = (field("id")?, field("size_min")?, field("size_max")?, field("department")?);
        let many = [field(MANY[0].0)?, field(MANY[1].0)?, field(MANY[2].0)?, field(MANY[3].0)?];
        let shown = ["first_name", "last_name", "company_name"].map(field);
        for row in rows {
            let mut document = TantivyDocument::new();
            document.add_u64(id, row.contact.id.0 as u64);
            for (name, value) in row.columns() {
                if !value.is_empty() {
                    document.add_text(schema.get_field(name)?, value);
                }
            }
            if let Some((least, most)) = row.size {
                document.add_i64(min, least);
                document.add_i64(max, most);
            }
            row.departments.iter().for_each(|one| document.add_text(department, one));
            for (field, terms) in many.iter().zip(&row.terms) {
                terms.iter().for_each(|term| document.add_text(*field, term));
            }
            let [first, last, company] = &shown;
            for (field, value) in
                [(first, &row.contact.first_name), (last, &row.contact.last_name), (company, &row.contact.company)]
            {
                document.add_text(field.clone()?, value);
            }
            writer.add_document(document)?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        Ok(Self { schema, reader: index.reader()? })
    }

    /// The total, the counts of all values and the first 25.
    pub fn answer(&self, asked: &[Ask]) -> anyhow::Result<Answered> {
        let searcher = self.reader.searcher();
        let (own, rest): (Vec<&str>, Vec<&str>) =
            COUNTED.into_iter().partition(|column| asked.iter().any(|ask| ask.is_any && column_of(ask) == *column));
        let query = self.query(asked, None)?;
        let first = TopDocs::with_limit(25).order_by_score();
        let (total, first, _) = searcher.search(&query, &(Count, first, aggregations(&rest)?))?;
        for column in own {
            let query = self.query(asked, Some(column))?;
            searcher.search(&query, &aggregations(&[column])?)?;
        }
        let mut rows = 0;
        for (_, address) in first {
            let document: TantivyDocument = searcher.doc(address)?;
            rows += usize::from(document.len() > 0);
        }
        Ok(Answered { total: total as u64, rows })
    }

    fn query(&self, asked: &[Ask], aside: Option<&str>) -> anyhow::Result<BooleanQuery> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = vec![(Occur::Must, Box::new(AllQuery))];
        let asked = asked.iter().filter(|ask| !(ask.is_any && Some(column_of(ask)) == aside));
        for ask in asked {
            let occur = if ask.is_taken { Occur::Must } else { Occur::MustNot };
            let query = self.alternatives(ask)?;
            if ask.is_taken && matches!(clauses[..], [(Occur::Must, ref only)] if only.is::<AllQuery>()) {
                clauses.clear();
            }
            clauses.push((occur, Box::new(query)));
        }
        Ok(BooleanQuery::new(clauses))
    }

    fn alternatives(&self, ask: &Ask) -> anyhow::Result<BooleanQuery> {
        let mut any: Vec<Box<dyn Query>> = Vec::new();
        let term = |name: &str, value: &str| -> anyhow::Result<Box<dyn Query>> {
            let term = Term::from_field_text(self.schema.get_field(name)?, value);
            Ok(Box::new(TermQuery::new(term, IndexRecordOption::Basic)))
        };
        for terms in &ask.terms {
            let all: anyhow::Result<Vec<_>> = terms.iter().map(|one| term(ask.attribute, one)).collect();
            any.push(Box::new(BooleanQuery::intersection(all?)));
        }
        for value in &ask.values {
            any.push(term(column_of(ask), value)?);
        }
        for sector in &ask.sectors {
            any.push(term("sector", sector)?);
        }
        let (min, max) = (self.schema.get_field("size_min")?, self.schema.get_field("size_max")?);
        for (least, most) in &ask.ranges {
            let bound = |field: Field, value: i64| Bound::Included(Term::from_field_i64(field, value));
            let from = RangeQuery::new(bound(min, *least), Bound::Unbounded);
            let most = if *most >= SIZE_MAX { i64::MAX } else { *most };
            let to = RangeQuery::new(Bound::Unbounded, bound(max, most));
            any.push(Box::new(BooleanQuery::intersection(vec![Box::new(from), Box::new(to)])));
        }
        Ok(BooleanQuery::union(any))
    }
}

/// The column that an attribute's values stand in.
fn column_of(ask: &Ask) -> &'static str {
    match ask.attribute {
        "size" => "size_class",
        other => other,
    }
}

fn aggregations(columns: &[&str]) -> anyhow::Result<AggregationCollector> {
    let asked: serde_json::Map<String, Value> = columns
        .iter()
        .map(|column| ((*column).to_owned(), json!({ "terms": { "field": column, "size": 500 } })))
        .collect();
    let asked: Aggregations = serde_json::from_value(Value::Object(asked))?;
    Ok(AggregationCollector::from_aggs(asked, Default::default()))
}

fn schema() -> Schema {
    let mut schema = Schema::builder();
    schema.add_u64_field("id", INDEXED | FAST | STORED);
    let counted = || (STRING | STORED).set_fast("raw");
    for column in ["seniority", "department", "size_class", "revenue", "industry", "country", "email_status"] {
        schema.add_text_field(column, counted());
    }
    for column in ["sector", "region", "city", "hq_country", "hq_region", "hq_city", "exact_title"] {
        schema.add_text_field(column, STRING | STORED);
    }
    for (column, _) in MANY {
        schema.add_text_field(column, STRING);
    }
    for column in ["first_name", "last_name", "company_name"] {
        schema.add_text_field(column, TextOptions::from(STORED));
    }
    schema.add_i64_field("size_min", INDEXED | FAST);
    schema.add_i64_field("size_max", INDEXED | FAST);
    schema.build()
}
