//! Proof of the instance's books: every night, or when the operator asks, all movements are replayed and each number that
//! is not what they say is kept with its place.

mod pages;
mod run;
mod view;

#[cfg(test)]
mod tests;

pub use pages::routes;
pub use run::{
    Checks, Findings, ProofCause, ProofRun, QUEUE, last_runs, prove, prove_instance, record_command, request_run,
    sealed, start,
};
pub use view::ProofPanel;

#[cfg(test)]
pub use run::prove_with;
