//! What the readers name of `src/server/`.
#![allow(dead_code, reason = "not every reader names all")]

pub mod clock {
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub struct Instant(pub i64);

    impl Instant {
        pub fn micros(self) -> i64 {
            self.0
        }
    }
}

pub mod connect {
    #[derive(Debug, thiserror::Error)]
    #[error("no connection")]
    pub struct ConnectFault;
}
