//! Enrolments, the scheduler, and the way of a mail until its outcome.
