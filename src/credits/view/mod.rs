//! What the pages of credits are made of.

mod balance_figures;
mod holds;
mod lots;
mod movements;
mod sections;
mod statement;
mod workspaces;

pub use balance_figures::BalanceFigures;
pub use holds::{MayRelease, OpenHolds};
pub use lots::Lots;
pub use movements::Movements;
pub use sections::{CreditsSection, SectionTabs};
pub use statement::{StatementPage, StatementPageData};
pub use workspaces::{WorkspacePage, WorkspacePageData, WorkspacesPage};
