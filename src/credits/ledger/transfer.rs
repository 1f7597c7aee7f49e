//! One movement of credits: a row that never changes (see "The ledger" in the credit rules).

use serde::{Deserialize, Serialize, Serializer, ser::SerializeSeq};
use sha2::{Digest, Sha256};

use crate::{
    accounts::{UserId, WorkspaceId},
    credits::{CampaignId, Credits, HoldId, LotId, OrderId, RequestId},
    server::{clock::Instant, hexadecimal, secret_keys::Keys},
};

/// Where credits can be. The sum over all buckets is zero, because every movement takes from one and gives to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    Outside,
    Available,
    Held,
    Spent,
    Expired,
}

/// What a movement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum TransferKind {
    Grant,
    Hold,
    Capture,
    Release,
    Refund,
    Expiry,
    /// Credits that leave a lot for a refund, a dispute or a correction.
    #[sqlx(rename = "take_back")]
    #[serde(rename = "take_back")]
    Revoke,
    /// What is left of an expired lot, on its way to a refund lot (C12).
    Move,
}

impl TransferKind {
    /// Every kind, for filters.
    pub const ALL: [Self; 8] =
        [Self::Grant, Self::Hold, Self::Capture, Self::Release, Self::Refund, Self::Expiry, Self::Revoke, Self::Move];

    /// Which bucket gives and which takes.
    pub fn buckets(self) -> (Bucket, Bucket) {
        match self {
            Self::Grant => (Bucket::Outside, Bucket::Available),
            Self::Hold => (Bucket::Available, Bucket::Held),
            Self::Capture => (Bucket::Held, Bucket::Spent),
            Self::Release => (Bucket::Held, Bucket::Available),
            Self::Refund => (Bucket::Spent, Bucket::Available),
            Self::Expiry => (Bucket::Available, Bucket::Expired),
            Self::Revoke | Self::Move => (Bucket::Available, Bucket::Outside),
        }
    }

    /// The word in the database and in URLs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Hold => "hold",
            Self::Capture => "capture",
            Self::Release => "release",
            Self::Refund => "refund",
            Self::Expiry => "expiry",
            Self::Revoke => "take_back",
            Self::Move => "move",
        }
    }

    /// The word for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Grant => "Added",
            Self::Hold => "Held",
            Self::Capture => "Spent",
            Self::Release => "Released",
            Self::Refund => "Refunded",
            Self::Expiry => "Expired",
            Self::Revoke => "Taken back",
            Self::Move => "Moved",
        }
    }
}

/// Who caused a movement, for people.
pub(crate) fn actor_text(kind: &str, name: Option<String>) -> String {
    match (kind, name) {
        ("operator", _) => "Operator".into(),
        (_, Some(name)) => name,
        ("user", None) => "Former member".into(),
        _ => "Fairlead".into(),
    }
}

/// A stored movement, whole.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow, Serialize)]
pub struct Transfer {
    pub workspace_id: WorkspaceId,
    pub seq: i64,
    pub kind: TransferKind,
    pub from_bucket: Bucket,
    pub to_bucket: Bucket,
    pub amount: Credits,
    pub lot_id: LotId,
    pub hold_id: Option<HoldId>,
    pub campaign_id: Option<CampaignId>,
    pub request_id: Option<RequestId>,
    pub order_id: Option<OrderId>,
    pub lead_count: Option<i64>,
    pub actor_kind: String,
    pub actor_id: Option<UserId>,
    pub reason: String,
    pub price_version: i64,
    pub reverses_seq: Option<i64>,
    pub available_after: Credits,
    pub held_after: Credits,
    pub idempotency_key: String,
    pub created_at: Instant,
    #[serde(serialize_with = "hexadecimal::serialize")]
    pub previous_hash: Vec<u8>,
    #[serde(serialize_with = "hexadecimal::serialize")]
    pub hash: Vec<u8>,
    /// The key that the hash was made with; none where it is from before there were keys.
    pub key_id: Option<String>,
}

impl Transfer {
    /// What it did to the available credits: more, fewer, or nothing (a capture takes from the held ones).
    pub fn available_change(&self) -> i64 {
        match (self.from_bucket, self.to_bucket) {
            (Bucket::Available, _) => -self.amount.get(),
            (_, Bucket::Available) => self.amount.get(),
            _ => 0,
        }
    }

    /// Signs the row with the current key, after the row whose hash is `last_hash`.
    pub fn chain(&mut self, last_hash: &mut Vec<u8>, keys: &Keys) {
        self.key_id = Some(keys.current().id().to_owned());
        self.previous_hash = std::mem::take(last_hash);
        self.hash = self.content_hash(keys).unwrap_or_default();
        last_hash.clone_from(&self.hash);
    }

    /// The hash over the previous row's hash and every field of this one, as a JSON array in this order: an HMAC with the
    /// row's key, or SHA-256 where it names none. Nothing when the key is not known.
    pub fn content_hash(&self, keys: &Keys) -> Option<Vec<u8>> {
        // Nothing here fails to serialise: texts, numbers and ids; and the text is written to memory.
        let content = serde_json::to_vec(&Content(self)).unwrap_or_default();
        match &self.key_id {
            Some(id) => Some(keys.named(id)?.sign("movement", &[&self.previous_hash, &content]).to_vec()),
            None => Some(Sha256::new().chain_update(&self.previous_hash).chain_update(content).finalize().to_vec()),
        }
    }
}

/// What the hash of a movement covers.
struct Content<'a>(&'a Transfer);

impl Serialize for Content<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let t = self.0;
        let mut fields = serializer.serialize_seq(None)?;
        fields.serialize_element(&t.workspace_id)?;
        fields.serialize_element(&t.seq)?;
        fields.serialize_element(&t.kind)?;
        fields.serialize_element(&t.from_bucket)?;
        fields.serialize_element(&t.to_bucket)?;
        fields.serialize_element(&t.amount)?;
        fields.serialize_element(&t.lot_id)?;
        fields.serialize_element(&t.hold_id)?;
        fields.serialize_element(&t.campaign_id)?;
        fields.serialize_element(&t.request_id)?;
        fields.serialize_element(&t.order_id)?;
        fields.serialize_element(&t.lead_count)?;
        fields.serialize_element(&t.actor_kind)?;
        fields.serialize_element(&t.actor_id)?;
        fields.serialize_element(&t.reason)?;
        fields.serialize_element(&t.price_version)?;
        fields.serialize_element(&t.reverses_seq)?;
        fields.serialize_element(&t.available_after)?;
        fields.serialize_element(&t.held_after)?;
        fields.serialize_element(&t.idempotency_key)?;
        fields.serialize_element(&t.created_at)?;
        fields.end()
    }
}
