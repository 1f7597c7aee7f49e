//! Starting the server, and ending it so that nothing is lost.

use std::{
    fs::DirBuilder,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use tokio::net::TcpListener;

use super::{journal, protection, router};
use crate::{
    accounts::SecurityLog,
    billing::{self, provider::Provider},
    campaigns,
    credits::Ledger,
    directory::{self, Directory},
    server::{
        app::App,
        assets::Assets,
        clock::Clock,
        config::Config,
        connections,
        db::{DATABASE_FILE, Db},
        dns::Dns,
        http_client::HttpClient,
        jobs::Jobs,
        live::Live,
        served_at, telemetry,
    },
    suppression,
};

/// How long open connections, and then background work, may each take to end after SIGTERM: under 10 seconds in all, if no mail server is
/// about to answer.
const SHUTDOWN_TIME_MAX: Duration = Duration::from_secs(4);

/// Bits of a file's mode: what its group and others may, and the mark of a folder like /tmp.
const OTHERS: u32 = 0o077;
const STICKY: u32 = 0o1000;

/// How long the last group of movements may take then.
const GROUP_COMMIT_TIME_MAX: Duration = Duration::from_millis(900);

/// Opens everything an instance needs: the data folder, the database, the index.
///
/// # Errors
/// What cannot be opened, in words for the operator.
pub async fn open(config: Config) -> anyhow::Result<App> {
    prepare_data_folder(&config)?;
    let db = open_database(&config).await?;
    let directory = Directory::open(&config.data.join("index")).context("the search index cannot be opened")?;
    let clock = config.clock_file.clone().map_or(Clock::System, Clock::following);
    let suppression = suppression::load_keys(&db, &config.encryption_keys(), clock.now()).await?;
    Ok(App {
        owned: Arc::new(super::owned(&config, &db, directory, suppression)),
        assets: Arc::new(Assets::find(config.site.as_deref())),
        dns: Dns::configured(config.dns),
        http: HttpClient::new(config.networks.clone()),
        config: Arc::new(config),
        db,
        clock,
        live: Live::new(),
        jobs: Jobs::default(),
        wake: Arc::default(),
        metrics: None,
    })
}

/// Opens the database, and brings its schema up to date.
///
/// # Errors
/// Why it cannot be used, in words for the operator.
pub async fn open_database(config: &Config) -> anyhow::Result<Db> {
    let protection = protection(config.keys());
    match &config.database_url {
        Some(url) => Db::postgres(url, protection).await.context("DATABASE_URL: the Postgres database cannot be used"),
        None => {
            let file = config.data.join(DATABASE_FILE);
            Db::sqlite(&file, protection)
                .await
                .with_context(|| format!("the database {} cannot be used", file.display()))
        }
    }
}

fn prepare_data_folder(config: &Config) -> anyhow::Result<()> {
    let folder = &config.data;
    let advice =
        || format!("FAIRLEAD_DATA: the folder {} cannot be written. Example: FAIRLEAD_DATA=./data", folder.display());
    DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(advice)?;
    let probe = folder.join(".write-probe");
    std::fs::write(&probe, b"").with_context(advice)?;
    std::fs::remove_file(&probe).with_context(advice)?;
    close_to_others(folder).with_context(|| format!("FAIRLEAD_DATA: {} cannot be closed to others", folder.display()))
}

/// Takes from others what earlier versions let them read. What is made from now on is closed by the process's mask.
fn close_to_others(path: &Path) -> std::io::Result<()> {
    let metadata = std::fs::symlink_metadata(path)?;
    let mode = metadata.permissions().mode();
    // A folder that everyone writes to, such as /tmp, is not ours.
    if metadata.is_symlink() || mode & STICKY != 0 {
        return Ok(());
    }
    if mode & OTHERS != 0 {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & !OTHERS & 0o7777))?;
    }
    if metadata.is_dir() {
        for entry in std::fs::read_dir(path)? {
            close_to_others(&entry?.path())?;
        }
    }
    Ok(())
}

/// Serves pages and runs the workers until SIGTERM or Ctrl-C; then stops claiming, finishes, and closes the database.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(mut app: App) -> anyhow::Result<()> {
    let metrics = telemetry::start_metrics()?;
    telemetry::start_upkeep(&app.jobs, &metrics);
    app.metrics = Some(metrics);
    let listen = app.config.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("FAIRLEAD_LISTEN: {listen} cannot be listened on. Example: FAIRLEAD_LISTEN=127.0.0.1:3000")
    })?;
    served_at::remember(&app.config).context("FAIRLEAD_DATA: the address of the server cannot be written down")?;
    if app.assets.files.is_none() {
        tracing::warn!("the browser files were not found; pages work without them. Run: make build");
    }
    if app.config.is_production() {
        crate::accounts::close_demo_user(&app).await?;
    }
    work(&app).await?;
    let routes = router(app.clone())?;
    tracing::info!("Fairlead serves {} on {}", app.config.public_url, app.db.kind());
    let shutdown = app.jobs.shutdown.clone();
    let serving = connections::serve(listener, routes, &shutdown);
    let told = async {
        ended().await;
        shutdown.cancel();
    };
    tokio::select! {
        ((), ()) = async { tokio::join!(serving, told) } => {}
        () = overdue(&app) => tracing::warn!("some connections did not end in time"),
    }
    finish(&app).await;
    Ok(())
}

/// Compares the database with the journal of opt-outs, and starts every background loop.
///
/// # Errors
/// When the journal cannot be read or written.
pub async fn work(app: &App) -> anyhow::Result<()> {
    journal::catch_up(app).await?;
    journal::start(app);
    let jobs = &app.jobs;
    billing::start(app);
    crate::credits::start(app);
    crate::proof::start(app);
    crate::accounts::start_sweeping(app);
    crate::accounts::notifications::start_digests(app);
    crate::accounts::start_writing(app);
    crate::accounts::start_sending(app);
    jobs.tracker.spawn(app.live.clone().follow_others(app.db.clone(), jobs.shutdown.clone()));
    app.of::<Directory>().follow(jobs, &app.db, &app.clock);
    directory::imports::worker::start(app);
    directory::imports::ranks::start(app);
    campaigns::start(app);
    crate::outreach::start(app);
    crate::insights::start(app);
    Ok(())
}

/// Lets the jobs end their current round, then closes the database.
pub async fn finish(app: &App) {
    app.jobs.shutdown.cancel();
    app.jobs.tracker.close();
    if tokio::time::timeout(SHUTDOWN_TIME_MAX, app.jobs.tracker.wait()).await.is_err() {
        tracing::warn!("some background work did not end in time; it resumes at the next start");
    }
    // A mail server that has a mail may take half a minute to say so: without its reply, its outcome is unknown.
    app.of::<crate::outreach::sending::Sessions>().end().await;
    if let Err(error) = app.of::<SecurityLog>().write(&app.db).await {
        tracing::warn!(%error, "the last events of the security log could not be written");
    }
    // After those who hand jobs in; what they handed in is written.
    let ended = tokio::time::timeout(GROUP_COMMIT_TIME_MAX, async {
        app.of::<Ledger>().end().await;
        app.of::<crate::outreach::unsubscribe::OptOuts>().end().await;
        if let Some(payments) = app.of::<Option<Provider>>() {
            payments.end().await;
        }
    });
    if ended.await.is_err() {
        tracing::warn!("a group commit did not end in time; what it had not committed did not happen");
    }
    let _ = tokio::time::timeout(Duration::from_secs(1), app.db.close()).await;
}

async fn overdue(app: &App) {
    app.jobs.shutdown.cancelled().await;
    tokio::time::sleep(SHUTDOWN_TIME_MAX).await;
}

/// Resolves at SIGTERM or Ctrl-C.
pub async fn ended() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminate => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
