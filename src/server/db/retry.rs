//! Retries changes that met a transient conflict.

use super::is_contention;

/// Attempts in all.
const ATTEMPTS_MAX: u32 = 5;

/// An error that may be a transient conflict: others wrote the same rows at the same moment.
pub trait Contention {
    fn is_contention(&self) -> bool;
}

impl Contention for sqlx::Error {
    fn is_contention(&self) -> bool {
        is_contention(self)
    }
}

impl Contention for anyhow::Error {
    fn is_contention(&self) -> bool {
        self.downcast_ref::<sqlx::Error>().is_some_and(is_contention)
    }
}

/// Makes a change and retries it on a transient conflict, up to five attempts. Each attempt opens and commits a transaction of its own, and
/// does nothing outside it.
///
/// # Errors
/// Those of the change: any other error at once, a conflict after the last attempt.
pub async fn retried<T, E, F>(mut change: impl FnMut() -> F) -> Result<T, E>
where
    E: Contention,
    F: Future<Output = Result<T, E>>,
{
    for _ in 1..ATTEMPTS_MAX {
        match change().await {
            Err(error) if error.is_contention() => {}
            outcome => return outcome,
        }
    }
    change().await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[derive(Debug, PartialEq)]
    enum Fault {
        Others,
        Ours,
    }

    impl Contention for Fault {
        fn is_contention(&self) -> bool {
            *self == Self::Others
        }
    }

    /// What comes of a change whose attempts end so, and how many there were.
    async fn tried(mut ends: Vec<Result<u8, Fault>>) -> (Result<u8, Fault>, usize) {
        let (count, all) = (Cell::new(0), ends.len());
        ends.reverse();
        let outcome = retried(|| {
            count.set(count.get() + 1);
            std::future::ready(ends.pop().expect("no attempt beyond those"))
        })
        .await;
        assert!(count.get() <= all);
        (outcome, count.get())
    }

    #[tokio::test]
    async fn a_change_is_made_again_while_only_others_are_in_its_way() {
        let others = || Err(Fault::Others);
        assert_eq!(tried(vec![Ok(1)]).await, (Ok(1), 1));
        assert_eq!(tried(vec![others(), others(), Ok(2)]).await, (Ok(2), 3));
        assert_eq!(tried(vec![others(), Err(Fault::Ours), Ok(3)]).await, (Err(Fault::Ours), 2));
        assert_eq!(
            tried(vec![others(), others(), others(), others(), others(), Ok(4)]).await,
            (Err(Fault::Others), 5),
            "not for ever"
        );
    }
}
