//! What the pages of credits are made of.

mod alerts;
mod balance_figures;
mod caps;
mod holds;
mod lots;
mod movements;
mod outlook;
mod sections;
mod statement;
mod trail;
mod usage;
mod workspaces;

pub use alerts::{AlertsPage, AlertsPageData};
pub use balance_figures::BalanceFigures;
pub use caps::{CapLine, CapsPage, CapsPageData};
pub use holds::{MayRelease, OpenHolds};
pub use lots::Lots;
pub use movements::Movements;
pub use outlook::Outlook;
pub use sections::{CreditsSection, SectionTabs};
pub use statement::{StatementPage, StatementPageData};
pub use trail::{HoldPage, LotPage, MovementPage};
pub use usage::UsagePanel;
pub use workspaces::{WorkspacePage, WorkspacePageData, WorkspacesPage};
