//! What is left to chance in a mail: always the same for the same person and step, so that a preview is exact.

use sha2::{Digest, Sha256};

use crate::{
    accounts::WorkspaceId,
    outreach::ids::{StepId, VariantId},
};

/// Decides for one recipient of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// The seed of a step's mail to `recipient` (the key of the address).
    pub fn of(workspace: WorkspaceId, step: StepId, recipient: &[u8]) -> Self {
        let hash = Sha256::new().chain_update(workspace.0.as_bytes()).chain_update(step.0.as_bytes());
        Self(hash.chain_update(recipient).finalize().into())
    }

    /// A number from 0 to `bound`, not included, for the decision called `word`.
    pub(super) fn below(&self, bound: u64, word: &str, number: u64) -> u64 {
        let hash = Sha256::new().chain_update(self.0).chain_update(word).chain_update(number.to_be_bytes()).finalize();
        let mut first = [0; 8];
        first.copy_from_slice(&hash[..8]);
        let scaled = u128::from(u64::from_be_bytes(first)) * u128::from(bound);
        u64::try_from(scaled >> 64).unwrap_or(0)
    }
}

/// Which variant the recipient gets, each as often as its weight says. Nothing only if there is none.
pub fn choose_variant(variants: &[(VariantId, i64)], seed: &Seed) -> Option<VariantId> {
    let weight = |given: i64| u64::try_from(given).unwrap_or(0);
    let total: u64 = variants.iter().map(|(_, given)| weight(*given)).sum();
    let mut left = seed.below(total, "variant", 0);
    let chosen = variants.iter().find(|(_, given)| match left.checked_sub(weight(*given)) {
        Some(rest) => {
            left = rest;
            false
        }
        None => true,
    });
    chosen.map(|(variant, _)| *variant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(number: u32) -> Seed {
        Seed::of(WorkspaceId(uuid::Uuid::nil()), StepId(uuid::Uuid::nil()), &number.to_be_bytes())
    }

    #[test]
    fn each_variant_is_chosen_as_often_as_its_weight_says() {
        let (a, b) = (VariantId(uuid::Uuid::from_u128(1)), VariantId(uuid::Uuid::from_u128(2)));
        let chosen = (0..10_000).filter(|number| choose_variant(&[(a, 1), (b, 3)], &seed(*number)) == Some(b)).count();
        assert!((7_300..7_700).contains(&chosen), "{chosen}");
        assert_eq!(choose_variant(&[(a, 1), (b, 3)], &seed(5)), choose_variant(&[(a, 1), (b, 3)], &seed(5)));
        assert_eq!(choose_variant(&[], &seed(1)), None);
        assert_eq!(choose_variant(&[(a, 0), (b, 1)], &seed(1)), Some(b));
    }
}
