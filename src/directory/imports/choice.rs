//! What people choose about how an uploaded file is read, before its import.
//!
//! The form of a draft says which reading its columns belong to (`read_as`), so that another choice is seen: then the file is
//! looked at anew, and so are its columns. Nothing is stored before the start.

use std::path::Path;

use super::{
    format::{Format, NAMED, UNNAMED},
    mapping::Mapping,
    reading::{Charset, Delimiter, Wish},
    upload,
};
use crate::{fields::FieldErrors, server::form::Form};

/// How a draft is to be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    pub format: Format,
    pub mapping: Mapping,
    pub errors: FieldErrors,
    /// Read in another way than the form shows: look at the first rows again.
    pub is_new: bool,
}

/// Reads the choices of a form about an uploaded file that is kept with `format`.
///
/// # Errors
/// When the disk does not give the file back.
pub async fn chosen(data: &Path, stored_as: &str, form: &Form, format: &Format) -> anyhow::Result<Chosen> {
    let stored = format.key();
    let shown = if form.has("read_as") { form.text("read_as") } else { &stored };
    let asked = asked_for(form, shown);
    let mut errors = FieldErrors::default();
    let surveyed = match asked == stored {
        true => None,
        false => match upload::survey_as(data, stored_as, wish(&asked, shown)).await? {
            Ok(survey) => Some((survey.format, survey.mapping)),
            Err(fault) => {
                errors.add("encoding", format!("It cannot be read this way. {fault}"));
                None
            }
        },
    };
    let (format, recognised) =
        surveyed.map_or_else(|| (format.clone(), None), |(format, mapping)| (format, Some(mapping)));
    let is_new = asked != shown;
    match recognised {
        Some(mapping) if is_new => Ok(Chosen { format, mapping, errors, is_new }),
        _ => {
            let (mapping, faults) = Mapping::parse(form, format.headings.len());
            let errors = if errors.is_empty() { faults } else { errors };
            Ok(Chosen { format, mapping, errors, is_new })
        }
    }
}

/// The key of the reading that the form asks for; what it does not say, or says in unknown words, stays as shown.
fn asked_for(form: &Form, shown: &str) -> String {
    let parts = parts(shown);
    let charset = Charset::from_code(form.text("encoding")).map_or(parts[0], |charset| charset.code());
    let delimiter = Delimiter::from_code(form.text("separator")).map_or(parts[1], |delimiter| delimiter.code());
    let names = Some(form.text("first_row")).filter(|word| [NAMED, UNNAMED].contains(word)).unwrap_or(parts[2]);
    format!("{charset}/{delimiter}/{names}")
}

fn parts(key: &str) -> [&str; 3] {
    let mut parts = key.splitn(3, '/');
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// What is asked for stays; what depends on it, and was not changed by hand, is recognised anew.
fn wish(asked: &str, shown: &str) -> Wish {
    let ([charset, delimiter, names], [shown_charset, shown_delimiter, shown_names]) = (parts(asked), parts(shown));
    let same_charset = charset == shown_charset;
    let same_delimiter = same_charset && delimiter == shown_delimiter;
    Wish {
        charset: Charset::from_code(charset),
        delimiter: Delimiter::from_code(delimiter).filter(|_| same_charset || delimiter != shown_delimiter),
        named: Some(names == NAMED).filter(|_| same_delimiter || names != shown_names),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::imports::Field;

    /// A file of Windows-1250 that was taken for Windows-1252.
    async fn choose(fields: &[(&str, &str)]) -> Chosen {
        let data = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(upload::folder(data.path())).unwrap();
        let file = upload::folder(data.path()).join("a.csv");
        std::fs::write(&file, b"Email;Firma\newa@x.example;Wis\xb3a\nola@x.example;\xa3\xf3d\x9f\n").unwrap();
        let wish = Wish { charset: Some(Charset::Windows1252), ..Wish::default() };
        let format = super::super::survey_as(&file, wish).unwrap().format;
        chosen(data.path(), "a.csv", &Form::of(fields), &format).await.unwrap()
    }

    #[tokio::test]
    async fn a_form_without_choices_changes_only_the_columns() {
        let same = choose(&[("column-0", "email"), ("column-1", "company")]).await;
        assert_eq!((same.format.charset, same.is_new), (Charset::Windows1252, false));
        assert!(same.errors.is_empty());
        assert_eq!(same.mapping.column(Field::Company), Some(1));
    }

    #[tokio::test]
    async fn another_encoding_is_shown_first_and_holds_when_the_form_comes_back() {
        let other = ("encoding", "windows-1250");
        let new = choose(&[("read_as", "windows-1252/semicolon/names"), other, ("separator", "semicolon")]).await;
        assert_eq!((new.format.charset, new.format.delimiter), (Charset::Windows1250, Delimiter::Semicolon));
        assert!(new.is_new && new.errors.is_empty());
        assert_eq!(new.mapping.column(Field::Email), Some(0));
        let key = new.format.key();
        let back = choose(&[("read_as", &key), other, ("separator", "semicolon"), ("column-1", "email")]).await;
        assert_eq!((back.format, back.is_new), (new.format, false));
        assert_eq!(back.mapping.column(Field::Email), Some(1), "the columns of the form are its own");
    }

    #[tokio::test]
    async fn the_separator_and_the_first_row_can_be_chosen() {
        let shown = ("read_as", "windows-1252/semicolon/names");
        let commas = choose(&[shown, ("encoding", "windows-1252"), ("separator", "comma")]).await;
        assert_eq!((commas.format.delimiter, commas.format.headings.len(), commas.is_new), (Delimiter::Comma, 1, true));
        let person = choose(&[shown, ("first_row", UNNAMED)]).await;
        assert_eq!((person.format.unnamed, person.format.rows_above()), (true, 0));
    }
}
