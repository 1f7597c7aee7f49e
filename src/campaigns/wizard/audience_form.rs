//! The audience form as it was typed, or as saved criteria fill it.

use super::frame::WizardStep;
use crate::{
    audiences::AudienceId, campaigns::AudiencePreview, credits::CampaignId, directory::Quality, fields::FieldErrors,
    ui::Told,
};

/// What the form shows.
#[derive(Debug, Clone, Default)]
pub struct AudienceForm {
    pub campaign: Option<CampaignId>,
    /// The id that a new campaign gets: saving again after going back saves the same draft.
    pub draft: Option<CampaignId>,
    pub name: String,
    /// The name under which the audience is saved for other campaigns.
    pub audience: String,
    pub fields: Vec<(String, String)>,
    pub errors: FieldErrors,
    /// How far the draft got, for the links to later steps.
    pub reached: Option<WizardStep>,
    /// Audiences of the workspace to begin with.
    pub saved: Vec<(AudienceId, String)>,
}

impl AudienceForm {
    /// The first value of a field.
    pub fn text(&self, name: &str) -> String {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// The values of a list, one per line of each field sent.
    pub fn lines(&self, name: &str) -> Vec<String> {
        let values = self.fields.iter().filter(|(field, _)| field == name);
        values
            .flat_map(|(_, value)| value.lines())
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect()
    }

    pub fn is_ticked(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }

    pub fn error(&self, name: &str) -> Option<String> {
        self.errors.of(name)
    }

    /// Whether one of these fields holds something, or has to be mended.
    pub fn uses(&self, fields: &[&str]) -> bool {
        fields.iter().any(|field| !self.lines(field).is_empty() || self.error(field).is_some())
    }

    pub fn quality(&self) -> String {
        let chosen = self.text("quality");
        if chosen.is_empty() { Quality::default().code().to_owned() } else { chosen }
    }
}

/// What is to be said about the values of a field.
pub fn told_of(preview: &AudiencePreview, field: &str) -> Told {
    let told = preview.told.iter().find(|(one, _)| one == field);
    told.and_then(|(_, json)| serde_json::from_str(json).ok()).unwrap_or_default()
}

/// What a folded part holds, if it holds anything.
pub fn content_of(preview: &AudiencePreview, key: &str) -> Option<String> {
    let content = preview.contents.iter().find(|(one, _)| one == key);
    content.map(|(_, text)| text.clone()).filter(|text| !text.is_empty())
}
