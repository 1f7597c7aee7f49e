//! Sharing the work of a question among the processor's cores.

use rayon::prelude::*;

/// Directories of so many documents are worked on by all cores: for smaller ones waking the others takes longer.
const ALL_CORES_FROM: u64 = 200_000;

/// Does the work on each of the items, of so many documents in all. The outcomes stand in the order of the items.
pub fn on_all_cores<'items, Item: Sync, Output: Send>(
    documents: u64,
    items: &'items [Item],
    work: impl Fn(&'items Item) -> tantivy::Result<Output> + Sync + Send,
) -> tantivy::Result<Vec<Output>> {
    match documents < ALL_CORES_FROM {
        true => items.iter().map(work).collect(),
        false => items.par_iter().map(work).collect(),
    }
}

/// Does work that calls [`on_all_cores`] several times on one of those cores, so that no thread waits for them each time.
/// It should be short: questions of others wait for the same cores.
pub fn among_cores<Output: Send>(documents: u64, work: impl FnOnce() -> Output + Send) -> Output {
    if documents < ALL_CORES_FROM { work() } else { rayon::scope(|_| work()) }
}
