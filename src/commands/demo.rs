//! `fairlead demo`: a user with credits and synthetic contacts, to try the product with.

use anyhow::ensure;
use fairlead::{
    accounts::{self, DemoUser},
    app::App,
    credits::{self, Actor, Credits, Grant, LotKind},
};

/// Given once to the demo workspace.
const CREDITS: i64 = 5_000;

pub async fn run(app: &App) -> anyhow::Result<()> {
    ensure!(
        !app.config.is_production(),
        "the demo user has a password that everybody knows: not with FAIRLEAD_ENV=production"
    );
    let demo = accounts::demo_user(app).await?;
    grant(app, &demo).await?;
    println!("Sign in at {}", app.config.public_url.join("/login")?);
    println!("  address:  {}", demo.email);
    println!("  password: {}", demo.password);
    Ok(())
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
    let mut tx = app.db.write().await?;
    credits::grant(&mut tx, demo.workspace, grant, app.clock.now()).await?;
    Ok(tx.commit().await?)
}
