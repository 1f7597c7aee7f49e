//! Where a mail server is, and how the conversation with it is kept private.

/// How the conversation with a server is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS before anything of value is said; a server that does not offer it is left (RFC 3207).
    StartTls,
    /// In the open: only to a server on this machine, which whoever runs the program names.
    None,
}

/// A server by name, or by address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub security: Security,
}
