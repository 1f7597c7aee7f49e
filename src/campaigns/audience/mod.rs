//! The audience of a campaign: the live count beside its form, and what the workspace has of it already.

pub mod island;
pub mod preview;

cfg_if::cfg_if! {
    if #[cfg(feature = "ssr")] {
        pub mod complete;
        pub mod contents;
        pub mod count;
        pub mod fields;
        mod keyword;
        pub mod name;
        mod nearest;
        pub mod overlap;

        #[cfg(test)]
        mod cases_tests;
        #[cfg(test)]
        mod preview_tests;
    }
}
