//! The audience of a campaign: the live count beside its form, and what the workspace has of it already.

pub mod island;
pub mod preview;

cfg_if::cfg_if! {
    if #[cfg(feature = "ssr")] {
        pub mod count;
        pub mod overlap;

        #[cfg(test)]
        mod preview_tests;
    }
}
