//! Ids of outreach.

use crate::ids::id;

id! {
    /// An account that sends.
    MailboxId
}

id! {
    /// A mail of a sequence.
    StepId
}

id! {
    /// One of the texts that a step tries beside each other.
    VariantId
}

id! {
    /// One revision of a text.
    TextId
}

id! {
    /// A sequence that a workspace keeps to begin others with.
    SequenceTemplateId
}

id! {
    /// One mail to one person.
    SendId
}

id! {
    /// A conversation with one person.
    ThreadId
}

id! {
    /// A mail of a conversation.
    MailId
}
