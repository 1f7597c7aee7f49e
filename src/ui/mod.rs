//! The design system: one small file per component.

mod frame;

pub use frame::{AssetNames, Flash, Frame, FrameData, Section, Tone, Viewer};
