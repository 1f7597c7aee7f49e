//! Mailboxes of Google and Microsoft sign in with their permission (OAuth 2): no password is stored.

mod answer;
mod fault;
mod provider;
mod state;
