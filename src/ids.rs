//! Identifiers: UUIDv7 (RFC 9562), so that rows sort by when they were made.

/// A UUIDv7 that sorts after every earlier one of this process.
///
/// Its time comes from the system and not from the clock of the product: it only orders, cursors rely on that, and a
/// clock that tests and demonstrations set back would break it. What a row says about time is in its own columns.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn uuid_v7() -> uuid::Uuid {
    uuid::Uuid::now_v7()
}

/// Declares an id type that cannot be mistaken for another one.
macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, sqlx::Type)]
        #[sqlx(transparent)]
        #[serde(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl $name {
            /// A new id; later ones sort after earlier ones.
            pub fn new() -> Self {
                Self($crate::ids::uuid_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id! {
    /// A campaign: ledger, campaigns and outreach all name it.
    CampaignId
}

pub(crate) use id;
