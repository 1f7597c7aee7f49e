//! The inbox: conversations with people who answered, and what members do about them.
//!
//! | file | what it is for |
//! |---|---|
//! | `asked.rs` | what the address of the list asks for: a view, filters, where it begins |
//! | `list.rs`, `list_view.rs` | the list, its counts, and the form for several conversations at once |
//! | `views.rs` | addresses of the list that have a name |
//! | `thread.rs` | one conversation: its mails, its lead, its notes |
//! | `thread_view.rs`, `mail_view.rs`, `side_view.rs` | its page |
//! | `change.rs`, `label.rs` | done, snoozed, assigned, unread; what it is called |
//! | `own_labels/` | labels of the workspace's own |
//! | `assigned.rs` | who looks after a conversation, and telling them |
//! | `settings.rs` | how long a member can undo a reply |
//! | `reply.rs`, `draft.rs` | a reply, the time to undo it, and one that is not sent yet |
//! | `standing.rs` | whether its person may be written to |
//! | `attachment/` | the files of a mail, fetched from its mailbox on click |
//! | `html.rs` | the HTML of a mail, made harmless |
//! | `snooze.rs` | wakes conversations whose time has come |
//! | `retention.rs` | deletes the words of old mails |
//!
//! A conversation is in one place: open, waiting for an answer, snoozed, automatic or done. The database computes it
//! (`threads.place`), so that every list and count reads one index.

mod asked;
mod assigned;
mod attachment;
mod change;
mod draft;
mod html;
mod label;
mod list;
mod list_view;
mod mail_view;
mod own_labels;
mod pages;
mod reply;
mod retention;
mod settings;
mod side_view;
mod snooze;
mod standing;
mod thread;
mod thread_view;
mod unmatch;
mod views;

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod page_tests;
#[cfg(test)]
mod reply_tests;
#[cfg(test)]
mod standing_tests;
#[cfg(test)]
pub(crate) mod testing;

pub use attachment::Fetching;
pub(super) use label::{Label, read as read_label};
pub use list::select_unread;
pub(super) use list_view::label_tag;

use axum::{Router, routing::get};

use crate::server::{app::App, path::to_page};

/// Starts to wake what was snoozed, and to delete the words of old mails.
pub fn start(app: &App) {
    snooze::start(app);
    retention::start(app);
}

/// The addresses of this folder.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/inbox", get(pages::list::show).post(pages::list::change_many))
        .route("/inbox/settings", get(pages::settings::show))
        .route("/inbox/settings/undo", get(to_page).post(pages::settings::save_undo))
        .route("/inbox/labels", get(pages::settings::to_settings).post(pages::settings::add))
        .route("/inbox/labels/{id}", get(pages::settings::to_settings).post(pages::settings::change))
        .route("/inbox/labels/{id}/removal", get(pages::settings::to_settings).post(pages::settings::remove))
        .route("/inbox/views", get(to_page).post(pages::list::save_view))
        .route("/inbox/views/{id}", get(pages::to_inbox).post(pages::list::remove_view))
        .route("/inbox/mails/{id}/html", get(pages::html::show))
        .route("/inbox/mails/{id}/attachments/{number}", get(pages::attachment::show))
        .route("/inbox/{id}", get(pages::thread::show).post(pages::thread::change_one))
        .route("/inbox/{id}/reply", get(to_page).post(pages::reply::send))
        .route("/inbox/{id}/undo", get(to_page).post(pages::reply::undo))
        .route("/inbox/{id}/notes", get(to_page).post(pages::thread::add_note))
        .route("/inbox/{id}/suppress", get(to_page).post(pages::suppress::suppress))
        .route("/inbox/{id}/opt-out", get(to_page).post(pages::suppress::take_back_opt_out))
        .route("/inbox/{id}/unmatch", get(to_page).post(pages::suppress::unmatch))
}
