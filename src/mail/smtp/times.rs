//! How long a server may take (RFC 5321 section 4.5.3.2).

use std::time::Duration;

/// The limit of each wait. One limit is for a whole reply, however slowly its bytes arrive.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// Until TLS is agreed on.
    pub handshake: Duration,
    pub greeting: Duration,
    /// For the reply to any command but DATA.
    pub command: Duration,
    /// For the 354 to DATA.
    pub data: Duration,
    /// Until the server has taken a block of the message.
    pub block: Duration,
    /// For the reply to the final dot.
    pub dot: Duration,
    /// For the reply to QUIT, which changes nothing.
    pub quit: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(30),
            greeting: Duration::from_secs(60),
            command: Duration::from_secs(5 * 60),
            data: Duration::from_secs(2 * 60),
            block: Duration::from_secs(3 * 60),
            dot: Duration::from_secs(10 * 60),
            quit: Duration::from_secs(5),
        }
    }
}

impl Times {
    /// No wait longer than `limit`.
    pub fn at_most(limit: Duration) -> Self {
        let Self { handshake, greeting, command, data, block, dot, quit } = Self::default();
        Self {
            handshake: handshake.min(limit),
            greeting: greeting.min(limit),
            command: command.min(limit),
            data: data.min(limit),
            block: block.min(limit),
            dot: dot.min(limit),
            quit: quit.min(limit),
        }
    }
}
