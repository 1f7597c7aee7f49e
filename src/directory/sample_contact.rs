//! A contact before it is paid for.

/// A contact as it is shown before it is paid for: enough to judge the audience by, too little to write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleContact {
    /// Masked: `M•••• S.`
    pub name: String,
    pub title: String,
    /// Masked: `Ac••• In•`
    pub company: String,
    pub industry: String,
    /// As a text: `51–200`, empty when unknown.
    pub size: String,
    pub city: String,
    pub country: String,
}
