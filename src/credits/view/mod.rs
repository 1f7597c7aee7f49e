//! What the pages of credits are made of.

mod alerts;
mod balance_figures;
mod holds;
mod lots;
mod movements;
mod sections;
mod statement;
mod workspaces;

pub use alerts::{AlertsPage, AlertsPageData};
pub use balance_figures::BalanceFigures;
pub use holds::OpenHolds;
pub use lots::Lots;
pub use movements::Movements;
pub use sections::{CreditsSection, SectionTabs};
pub use statement::{StatementPage, StatementPageData};
pub use workspaces::{WorkspacePage, WorkspacePageData, WorkspacesPage};
