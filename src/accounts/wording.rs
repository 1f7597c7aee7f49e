//! Reading the fields that account forms share.

use crate::{
    email::{Email, EmailFault},
    fields::FieldErrors,
    server::form::Form,
};

/// One line that must not be empty; `missing` asks for it.
pub fn filled<'form>(
    form: &'form Form,
    field: &str,
    characters_max: usize,
    missing: &str,
    errors: &mut FieldErrors,
) -> &'form str {
    match form.line(field, characters_max) {
        Ok("") => errors.add(field, missing),
        Ok(text) => return text,
        Err(fault) => errors.add(field, fault),
    }
    ""
}

/// An email address.
pub fn email(form: &Form, field: &str, errors: &mut FieldErrors) -> Option<Email> {
    match form.text(field).parse::<Email>() {
        Ok(email) => Some(email),
        Err(EmailFault::Empty) => {
            errors.add(field, "Type your email address.");
            None
        }
        Err(fault) => {
            errors.add(field, format!("This is not an email address yet: {fault}."));
            None
        }
    }
}
