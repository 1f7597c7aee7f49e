//! The document around every page.

use leptos::prelude::*;

#[derive(Debug, Clone, Default)]
pub struct AssetNames {
    pub css: String,
    pub js: String,
    pub wasm: String,
}

#[derive(Debug, Clone)]
pub struct Viewer {
    pub email: String,
    pub workspace: String,
    pub available: i64,
    pub held: i64,
    pub operator: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Section {
    #[default]
    Public,
    Campaigns,
    Credits,
    Profile,
    Help,
    Admin,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Tone {
    #[default]
    Info,
    Good,
    Warning,
    Bad,
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Flash {
    pub tone: Tone,
    pub text: String,
}

#[derive(Debug, Clone, Default)]
pub struct FrameData {
    pub title: String,
    pub nonce: String,
    pub assets: AssetNames,
    pub viewer: Option<Viewer>,
    pub section: Section,
    pub flash: Option<Flash>,
    pub development: bool,
}

#[component]
pub fn Frame(data: FrameData, children: Children) -> impl IntoView {
    view! { <html lang="en"><head><title>{data.title}</title></head><body>{children()}</body></html> }
}
