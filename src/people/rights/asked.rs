//! Which person is meant, as it was typed.

use crate::{
    email::Email,
    fields::FieldErrors,
    server::{
        error::AppError,
        form::Form,
        query::{FromQuery, address},
    },
};

/// An address is never longer than this (RFC 5321).
const ADDRESS_CHARACTERS_MAX: usize = 254;

/// The person that a page is about: `?q=` of its address, or `q` of its form.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub typed: String,
    /// `None` while nothing that is an address was typed.
    pub email: Option<Email>,
    pub errors: FieldErrors,
}

impl Asked {
    pub fn of(form: &Form) -> Self {
        let typed: String = form.text("q").chars().take(ADDRESS_CHARACTERS_MAX).collect();
        if typed.is_empty() {
            return Self::default();
        }
        match typed.parse() {
            Ok(email) => Self { typed, email: Some(email), errors: FieldErrors::default() },
            Err(fault) => {
                let errors = FieldErrors::one("q", format!("Write the whole address: {fault}."));
                Self { typed, email: None, errors }
            }
        }
    }

    /// The page at `path` about this person.
    pub fn page(&self, path: &str) -> String {
        address(path, [("q", self.typed.clone())])
    }

    /// Whether the address was typed once more, as erasing wants it.
    pub fn is_confirmed(&self, form: &Form) -> bool {
        let again = form.text("confirmation").parse::<Email>().ok();
        again.is_some() && again == self.email
    }
}

impl FromQuery for Asked {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        Ok(Self::of(query))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erasing_wants_the_same_address_once_more_in_any_spelling_of_its_case() {
        let form = |again: &str| Form::of(&[("q", "Uma@Acme.example"), ("confirmation", again)]);
        for (again, is_confirmed) in [
            ("uma@acme.example", true),
            (" UMA@acme.example ", true),
            ("bo@acme.example", false),
            ("uma", false),
            ("", false),
        ] {
            let form = form(again);
            assert_eq!(Asked::of(&form).is_confirmed(&form), is_confirmed, "{again}");
        }
        let nothing = Form::of(&[("q", "uma"), ("confirmation", "uma")]);
        assert!(!Asked::of(&nothing).is_confirmed(&nothing));
        assert!(Asked::of(&nothing).errors.of("q").is_some_and(|fault| fault.contains("no @")));
    }
}
