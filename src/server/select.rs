//! Several questions to the database in one statement.
//!
//! A statement costs a turn of a thread (SQLite) or of the network (Postgres), whatever it reads, and a page asks many
//! small questions. A [`Select`] is one of them with the type of its answer; [`together`] sends any number of them as one
//! statement, in which the rows of each travel as one JSON array. One statement also sees one moment, without a transaction.

use std::{borrow::Cow, fmt::Write};

use serde::de::DeserializeOwned;
use sqlx::Row;

use super::{clock::Instant, db::Tx};
use crate::on;

/// One `select` and what its rows become.
pub struct Select<T> {
    columns: Cow<'static, str>,
    text: Cow<'static, str>,
    parameters: Vec<Parameter>,
    read: Reader<T>,
}

/// Makes what was asked for of the JSON that the rows travelled as.
type Reader<T> = Box<dyn FnOnce(&str) -> sqlx::Result<T> + Send>;

/// A value of a statement.
#[derive(Debug, Clone)]
pub enum Parameter {
    Id(uuid::Uuid),
    OptionalId(Option<uuid::Uuid>),
    Number(i64),
    Text(String),
}

impl From<uuid::Uuid> for Parameter {
    fn from(id: uuid::Uuid) -> Self {
        Self::Id(id)
    }
}

impl From<Option<uuid::Uuid>> for Parameter {
    fn from(id: Option<uuid::Uuid>) -> Self {
        Self::OptionalId(id)
    }
}

impl From<i64> for Parameter {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<String> for Parameter {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Instant> for Parameter {
    fn from(at: Instant) -> Self {
        Self::Number(at.micros())
    }
}

impl<R: DeserializeOwned + 'static> Select<Vec<R>> {
    /// Rows of `text`, whose columns are named in `columns`, separated by commas. Marked with a word behind the name are
    /// `flag` (a boolean) and `json`; SQLite does not know them from numbers and texts. Ids and bytes are hexadecimal.
    pub fn rows(columns: impl Into<Cow<'static, str>>, text: impl Into<Cow<'static, str>>) -> Self {
        let read = |json: &str| serde_json::from_str(json).map_err(|error| sqlx::Error::Decode(error.into()));
        Self { columns: columns.into(), text: text.into(), parameters: Vec::new(), read: Box::new(read) }
    }

    /// The first row alone.
    pub fn first(self) -> Select<Option<R>> {
        self.map(|rows| rows.into_iter().next())
    }
}

impl Select<bool> {
    /// Whether `text` has rows.
    pub fn exists(text: &str) -> Self {
        #[derive(serde::Deserialize)]
        struct Row {
            found: bool,
        }
        Select::<Vec<Row>>::rows("found flag", format!("select exists ({text}) as found"))
            .map(|rows| rows.first().is_some_and(|row| row.found))
    }
}

impl<T: 'static> Select<T> {
    /// The value of the next parameter: `$1`, `$2` …
    pub fn bind(mut self, value: impl Into<Parameter>) -> Self {
        self.parameters.push(value.into());
        self
    }

    /// Makes something else of what was read.
    pub fn map<U>(self, make: impl FnOnce(T) -> U + Send + 'static) -> Select<U> {
        self.try_map(|read| Ok(make(read)))
    }

    /// Like [`map`](Self::map), where it may turn out that rows contradict each other.
    pub fn try_map<U>(self, make: impl FnOnce(T) -> sqlx::Result<U> + Send + 'static) -> Select<U> {
        let Self { columns, text, parameters, read } = self;
        Select { columns, text, parameters, read: Box::new(|json| make(read(json)?)) }
    }

    /// Asks this alone.
    ///
    /// # Errors
    /// The database's, and when a row is not what was expected.
    pub async fn read(self, tx: &mut Tx) -> sqlx::Result<T> {
        together(tx, self).await
    }
}

/// Reads all of `selects` in one statement.
///
/// # Errors
/// The database's, and when a row is not what was expected.
pub async fn together<S: Selects>(tx: &mut Tx, selects: S) -> sqlx::Result<S::Read> {
    let mut statement = Statement { is_postgres: tx.is_postgres(), text: "select ".into(), parameters: Vec::new() };
    selects.add_to(&mut statement);
    let Statement { text, parameters, .. } = statement;
    let columns: Vec<String> = on!(tx, c => {
        let mut query = sqlx::query(sqlx::AssertSqlSafe(text));
        for parameter in parameters {
            query = match parameter {
                Parameter::Id(id) => query.bind(id),
                Parameter::OptionalId(id) => query.bind(id),
                Parameter::Number(number) => query.bind(number),
                Parameter::Text(text) => query.bind(text),
            };
        }
        let row = query.fetch_one(c).await?;
        (0..row.len()).map(|index| row.try_get(index)).collect::<sqlx::Result<_>>()
    })?;
    selects.read(&mut columns.into_iter())
}

/// The statement that several become.
pub struct Statement {
    is_postgres: bool,
    text: String,
    parameters: Vec<Parameter>,
}

impl Statement {
    fn add<T>(&mut self, select: &Select<T>) {
        if !self.text.ends_with("select ") {
            self.text.push_str(", ");
        }
        if self.is_postgres {
            self.text.push_str("(select cast(coalesce(json_agg(q), '[]') as text) from (");
        } else {
            self.text.push_str("(select json_group_array(json_object(");
            for (index, column) in select.columns.split(',').enumerate() {
                let separator = if index == 0 { "" } else { ", " };
                self.text.push_str(separator);
                push_column(&mut self.text, column.trim());
            }
            self.text.push_str(")) from (");
        }
        push_numbered(&mut self.text, &select.text, self.parameters.len());
        self.text.push_str(") q)");
        self.parameters.extend(select.parameters.iter().cloned());
    }
}

/// The name and value of one column, as SQLite's `json_object` takes them.
fn push_column(text: &mut String, column: &str) {
    let (name, mark) = column.split_once(' ').unwrap_or((column, ""));
    // Writing into a string does not fail.
    let _ = match mark {
        "flag" => write!(text, "'{name}', json(case q.{name} when 1 then 'true' when 0 then 'false' end)"),
        "json" => write!(text, "'{name}', json(q.{name})"),
        _ => write!(text, "'{name}', case typeof(q.{name}) when 'blob' then hex(q.{name}) else q.{name} end"),
    };
}

/// `select` with its parameters numbered behind the `taken` ones before it.
fn push_numbered(text: &mut String, select: &str, taken: usize) {
    let mut parts = select.split('$');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        let _ = match number.parse::<usize>() {
            Ok(number) => write!(text, "${}{rest}", number + taken),
            Err(_) => write!(text, "${part}"),
        };
    }
}

/// A [`Select`], or a tuple of such.
pub trait Selects {
    /// What is read: a tuple of the same shape.
    type Read;

    fn add_to(&self, statement: &mut Statement);

    /// Takes as many of the statement's columns as it added.
    fn read(self, columns: &mut dyn Iterator<Item = String>) -> sqlx::Result<Self::Read>;
}

impl<T> Selects for Select<T> {
    type Read = T;

    fn add_to(&self, statement: &mut Statement) {
        statement.add(self);
    }

    fn read(self, columns: &mut dyn Iterator<Item = String>) -> sqlx::Result<T> {
        (self.read)(&columns.next().unwrap_or_default())
    }
}

/// Nothing is asked.
impl Selects for () {
    type Read = ();

    fn add_to(&self, _: &mut Statement) {}

    fn read(self, _: &mut dyn Iterator<Item = String>) -> sqlx::Result<()> {
        Ok(())
    }
}

macro_rules! tuples {
    ($($name:ident $index:tt),+) => {
        impl<$($name: Selects),+> Selects for ($($name,)+) {
            type Read = ($($name::Read,)+);

            fn add_to(&self, statement: &mut Statement) {
                $(self.$index.add_to(statement);)+
            }

            fn read(self, columns: &mut dyn Iterator<Item = String>) -> sqlx::Result<Self::Read> {
                Ok(($(self.$index.read(columns)?,)+))
            }
        }
    };
}

tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::server::db::test_databases;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Row {
        id: uuid::Uuid,
        number: i64,
        missing: Option<i64>,
        yes: bool,
        list: Vec<i64>,
    }

    const ID: uuid::Uuid = uuid::uuid!("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");

    fn numbers(from: i64) -> Select<Vec<Row>> {
        Select::rows(
            "id, number, missing, yes flag, list json",
            "select w.id, x.number, cast(null as bigint) as missing, 1 = 1 as yes, s.data as list
             from workspaces w, sessions s, (select 3 as number union all select 2 union all select 1) x
             where w.id = $1 and x.number >= $2 order by x.number",
        )
        .bind(ID)
        .bind(from)
    }

    #[tokio::test]
    async fn the_answers_of_one_statement_are_those_of_each_question_alone() {
        for test in test_databases().await {
            let mut tx = test.db.write().await.unwrap();
            on!(&mut tx, c => sqlx::query("insert into workspaces (id, name, created_at) values ($1, $2, 0)")
                .bind(ID).bind("“It’s” $1").execute(c).await.map(drop))
            .unwrap();
            on!(&mut tx, c => sqlx::query("insert into sessions (id_hash, data, created_at, expires_at) values ($1, $2, 0, 0)")
                .bind(vec![1_u8; 32]).bind(sqlx::types::Json([7, 8])).execute(c).await.map(drop))
            .unwrap();
            let name = || {
                Select::<Vec<serde_json::Value>>::rows("name", "select name from workspaces where id = $1")
                    .bind(ID)
                    .first()
                    .map(|row| row.unwrap()["name"].as_str().unwrap().to_owned())
            };
            let (two, none, named) = together(&mut tx, (numbers(2), numbers(9), name())).await.unwrap();
            let row = |number| Row { id: ID, number, missing: None, yes: true, list: vec![7, 8] };
            assert_eq!((two, none, named), (vec![row(2), row(3)], vec![], "“It’s” $1".to_owned()));
            assert_eq!(numbers(3).read(&mut tx).await.unwrap(), [row(3)]);
            assert_eq!(name().read(&mut tx).await.unwrap(), "“It’s” $1");
        }
    }

    #[tokio::test]
    async fn a_row_that_is_not_what_was_expected_is_an_error() {
        for test in test_databases().await {
            let mut tx = test.db.read().await.unwrap();
            let odd = Select::<Vec<Row>>::rows("id", "select 'x' as id").read(&mut tx).await;
            assert!(matches!(odd, Err(sqlx::Error::Decode(_))), "{odd:?}");
        }
    }
}
