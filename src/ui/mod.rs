//! The design system: one small file per component.
//!
//! Components take plain values and know no noun of the product. They are rendered on the server; the few pieces that
//! move in the browser are islands (`Live`, `FollowForm`, `TokenField`, `FileIntoField`, `TextMeasure`): these and what they use come first, all else
//! is not compiled for the browser. Looks live in `style/components/`, one file per component.
//! Every component has an example in [`gallery`], shown at `/ui` in development.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(not(feature = "hydrate"))]
#[path = "browser_absent.rs"]
mod browser;
#[cfg(feature = "hydrate")]
mod calls;
mod count;
mod file_into_field;
mod follow_form;
#[cfg(feature = "hydrate")]
mod followed;
#[cfg(feature = "hydrate")]
mod form_fields;
#[cfg(feature = "hydrate")]
mod form_in_place;
pub mod live;
#[cfg(feature = "hydrate")]
mod morph;
mod text;
mod text_measure;
mod token_field;

pub use count::plural;
pub use text::OptionalText;

cfg_if::cfg_if! {
    if #[cfg(feature = "ssr")] {
        mod button;
        mod chart;
        mod choice;
        mod confirm;
        mod copy_field;
        mod empty_state;
        mod field;
        mod figure;
        mod file_field;
        mod form_errors;
        pub mod format;
        mod frame;
        mod gallery;
        mod help_link;
        mod icon;
        mod navigation;
        mod notice;
        mod notice_board;
        mod page;
        mod page_header;
        mod pagination;
        mod panel;
        mod progress_bar;
        mod select;
        mod steps;
        mod table;
        mod tabs;
        mod tag;
        mod timestamp;

        pub use button::{Button, ButtonKind, LinkButton};
        pub use chart::{Bar, StackedBars};
        pub use choice::{Checkbox, CheckboxGroup, Choice, RadioGroup};
        pub use confirm::Confirm;
        pub use copy_field::{CopyButton, CopyField};
        pub use count::count_text;
        pub use empty_state::EmptyState;
        pub use field::{Field, TextArea};
        pub use figure::Figure;
        pub use file_field::FileField;
        pub use file_into_field::FileIntoField;
        pub use follow_form::{FollowForm, Followed};
        pub use form_errors::{ErrorList, FormErrors};
        pub use format::{credits_text, money_text, unit_price_text};
        pub use frame::{AssetNames, Flash, Frame, FrameData, Section, Viewer};
        pub use gallery::Gallery;
        pub use help_link::HelpLink;
        pub use icon::Icon;
        pub use live::Live;
        pub use notice::{Notice, Tone};
        pub use notice_board::FrameNotice;
        pub use page::{FrameLoader, Page, Shown, leave_flash};
        pub use page_header::PageHeader;
        pub use pagination::{OlderPages, Pagination};
        pub use panel::Panel;
        pub use progress_bar::ProgressBar;
        pub use select::Select;
        pub use steps::{Step, StepState, Steps};
        pub use table::{SortHeader, SortState, Table};
        pub use tabs::{Tab, Tabs};
        pub use tag::Tag;
        pub use text_measure::{TextMeasure, measure};
        pub use timestamp::TimeStamp;
        pub use token_field::{
            state::{Completion, Mark, Offer, Parting, Told},
            view::TokenField,
        };
    }
}
