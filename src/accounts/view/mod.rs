//! The pages of accounts.

mod audit;
mod confirmation;
mod join;
mod outbox;
mod password;
mod profile;
mod security;
mod sign_in;
mod sign_up;
mod team;

pub use audit::{AuditPage, AuditPageData};
pub use confirmation::{ConfirmPage, ConfirmationSentPage, LinkGonePage};
pub use join::{InvitationGonePage, JoinPage, JoinPageData, NoWorkspacePage};
pub use outbox::OutboxPage;
pub use password::{ForgotPasswordPage, LinkSentPage, NoMailPage, PasswordLinkGonePage, ResetPasswordPage};
pub use profile::{Profile, ProfilePage};
pub use security::{SecurityPage, SecurityQuery};
pub use sign_in::SignInPage;
pub use sign_up::{NewPerson, SignUpClosedPage, SignUpPage, SignUpTyped};
pub use team::{OpenInvitation, TeamPage, TeamPageData, TeamTabs};

use crate::fields::FieldErrors;

/// The errors of a form for the summary on top of it.
fn summary(errors: &FieldErrors) -> Vec<(String, String)> {
    errors.iter().map(|(field, message)| (field.to_owned(), message.to_owned())).collect()
}

/// `address` with the page to go to afterwards, when it is not the usual one.
fn with_next(address: &str, next: &str) -> String {
    if next.is_empty() || next == super::next::START {
        return address.to_owned();
    }
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("{address}?next={next}")
}
