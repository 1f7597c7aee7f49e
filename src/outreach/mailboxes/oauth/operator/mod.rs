//! `/admin/mail-sign-in`: the apps of this instance at Google and Microsoft.

pub mod pages;
mod view;
