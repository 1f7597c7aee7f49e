//! `fairlead demo`: a user with credits, synthetic contacts, and a campaign that has sent for four days, to try the product with.

mod campaign;

use std::io::IsTerminal;

use anyhow::ensure;
use clap::Args;

use self::campaign::{Made, Simulation};
use super::output::{print, progress, remark};
use crate::{
    accounts::{self, DemoUser},
    credits::{Actor, Alone, Credits, Grant, Ledger, LotKind, Movement},
    directory::{Directory, demo},
    server::app::App,
    ui::{count_text, plural},
};

/// Given once to the demo workspace.
const CREDITS: i64 = 5_000;

/// Make a demo user with credits, synthetic contacts (on reserved domains, which take no mail), and a campaign that has sent for four
/// days into the built-in outbox.
#[derive(Debug, Args)]
pub struct Demo {
    /// How many synthetic contacts there shall be.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(0..=20_000_000))]
    contacts: u64,
    /// The same seed makes the same people.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Demo {
    /// Makes the contacts, the index over them, the user, and the campaign.
    pub async fn run(self, app: &App) -> anyhow::Result<()> {
        ensure!(
            !app.config.is_production(),
            "the demo user has a password that everyone knows: not with FAIRLEAD_ENV=production"
        );
        // What happened in the demo begins four days ago, with its user.
        let simulation = Simulation::before(app);
        self.fill_directory(simulation.app()).await?;
        let demo = accounts::demo_user(simulation.app()).await?;
        grant(simulation.app(), &demo).await?;
        tell(&simulation.make_campaign(&demo).await?)?;
        print(format_args!("Sign in at {}", app.config.public_url.join("/login")?))?;
        print(format_args!("  address:  {}", demo.email))?;
        print(format_args!("  password: {}", demo.password))
    }

    async fn fill_directory(&self, app: &App) -> anyhow::Result<()> {
        let shows_progress = std::io::stderr().is_terminal();
        let added = demo::generate(&app.db, &app.clock, self.contacts, self.seed, |done| {
            if shows_progress {
                progress(format_args!("\r{} contacts", count_text(done as i64)));
            }
        })
        .await?;
        if shows_progress {
            remark("");
        }
        app.of::<Directory>().catch_up(&app.db, &app.clock).await?;
        let (added, all) = (count_text(added as i64), count_text(app.of::<Directory>().len() as i64));
        print(format_args!("{added} contacts added, {all} in the directory"))
    }
}

/// Says what became of the campaign.
fn tell(made: &Made) -> anyhow::Result<()> {
    match made {
        Made::Campaign { leads, mails } => print(format_args!(
            "A campaign with {} sent {} in four days, into the outbox",
            plural(*leads, "lead", "leads"),
            plural(*mails, "mail", "mails")
        )),
        Made::Before => print("The demo campaign is there already"),
        Made::NoContacts => print("No demo campaign: the directory has no contact for it"),
        Made::ServerRuns => print(
            "No demo campaign: a server works on this data, or did two minutes ago, and would send in between. Stop it and run this again",
        ),
        Made::OthersSend => print("No demo campaign: other campaigns of this instance are sending"),
    }
}

async fn grant(app: &App, demo: &DemoUser) -> anyhow::Result<()> {
    let grant = Grant {
        kind: LotKind::Operator,
        credits: Credits::try_from(CREDITS)?,
        expires_at: None,
        order: None,
        reason: "Credits to try the demo with".into(),
        actor: Actor::Operator(None),
        key: "demo".into(),
    };
    let movement = Movement::Grant(grant);
    app.of::<Ledger>().post(Alone { workspace: demo.workspace, movement, at: app.clock.now() }).await?;
    Ok(())
}
