//! What `fairlead` can be told on the command line.

mod admin;
mod backup;
mod credits;
mod demo;
mod doctor;
mod import;
mod little_memory;
mod mail;
mod output;
mod password_link;
mod person;
mod restore;
mod secrets;
mod source;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use rustix::fs::Mode;

use self::output::{Unread, remark};
use crate::{
    accounts, app,
    server::{config::Config, served_at, telemetry},
};

/// What a shell reports for a program that the system ended for writing where nothing reads: 128 and the number of SIGPIPE.
const UNREAD: u8 = 141;

/// A cold email agent whose lead credits can be trusted.
#[derive(Debug, Parser)]
#[command(name = "fairlead", version)]
struct Command {
    /// `serve` when none is given.
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Run the web server and its workers (the default).
    Serve,
    /// Run the workers only.
    Work,
    /// Grant credits, show a balance, prove the ledger.
    #[command(subcommand)]
    Credits(credits::Credit),
    /// Make the account of EMAIL an operator: it may import leads and set up this instance.
    Admin {
        email: String,
    },
    /// Print a link with which the owner of the account of EMAIL can choose a new password (once, within an hour).
    PasswordLink {
        email: String,
    },
    Import(import::Import),
    Demo(demo::Demo),
    Doctor(doctor::Doctor),
    /// Check an HTTP source of contacts.
    #[command(subcommand)]
    Source(source::Source),
    /// Read messages as answers are read.
    #[command(subcommand)]
    Mail(mail::Mail),
    Backup(backup::Backup),
    Restore(restore::Restore),
    #[command(subcommand)]
    Person(person::Person),
    /// Encrypt stored secrets with another secret key.
    #[command(subcommand)]
    Secrets(secrets::Secrets),
}

impl What {
    /// How many threads take turns at what does not block.
    fn threads(&self) -> usize {
        match self {
            // Pages and jobs share them; on a small machine one slow job must not stop the pages.
            Self::Serve | Self::Work => std::thread::available_parallelism().map_or(4, usize::from).max(4),
            // Each holds memory of its own, and a command does one or two things at a time.
            _ => 2,
        }
    }
}

/// Runs the command that the arguments of this process name to its end, and says what went wrong.
pub fn run() -> ExitCode {
    match run_to_end(Command::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<Unread>() => ExitCode::from(UNREAD),
        Err(error) if error.is::<doctor::AtFault>() => ExitCode::FAILURE,
        Err(error) => {
            remark(format_args!("fairlead: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run_to_end(command: Command) -> anyhow::Result<()> {
    // Whatever this process makes is for its user alone: files 600, folders 700.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    let what = command.what.unwrap_or(What::Serve);
    if matches!(what, What::Import(_)) {
        little_memory::give_back_at_once();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(what.threads()).enable_all().build()?;
    if let What::Mail(mail) = what {
        // It reads files alone.
        return mail.run();
    }
    if let What::Doctor(doctor) = what {
        // It says itself what is wrong with the configuration.
        return runtime.block_on(doctor.run());
    }
    let config = Config::from_environment()?;
    telemetry::start_logging(config.log_json);
    match what {
        // asks somebody else: no data of this instance is needed
        What::Source(source) => runtime.block_on(source.run()),
        // These look after the database as a file, before anything opens it.
        What::Backup(backup) => runtime.block_on(backup.run(&config)),
        What::Restore(restore) => runtime.block_on(restore.run(served_at::recall(config))),
        What::Serve => runtime.block_on(execute(What::Serve, config)),
        what => runtime.block_on(execute(what, served_at::recall(config))),
    }
}

async fn execute(what: What, config: Config) -> anyhow::Result<()> {
    let app = app::open(config).await?;
    match what {
        What::Credits(what) => {
            let done = credits::run(&app, what).await;
            app::finish(&app).await;
            done
        }
        What::Admin { email } => {
            let done = admin::run(&app, &email).await;
            app::finish(&app).await;
            done
        }
        What::PasswordLink { email } => {
            let done = password_link::run(&app, &email).await;
            app::finish(&app).await;
            done
        }
        What::Person(what) => {
            accounts::record_command(&app, "Ran fairlead person").await?;
            let done = person::run(&app, &what).await;
            app::finish(&app).await;
            done
        }
        What::Source(source) => source.run().await,
        What::Backup(backup) => backup.run(&app.config).await,
        What::Restore(restore) => restore.run((*app.config).clone()).await,
        What::Secrets(what) => {
            accounts::record_command(&app, "Ran fairlead secrets").await?;
            let done = secrets::run(&app, &what).await;
            app::finish(&app).await;
            done
        }
        What::Doctor(doctor) => doctor.run().await,
        What::Mail(mail) => mail.run(),
        What::Serve => app::serve(app).await,
        What::Import(import) => {
            accounts::record_command(&app, "Ran fairlead import").await?;
            let done = import.run(&app).await;
            app::finish(&app).await;
            done
        }
        What::Demo(demo) => {
            accounts::record_command(&app, "Ran fairlead demo").await?;
            let done = demo.run(&app).await;
            app::finish(&app).await;
            done
        }
        What::Work => {
            app::work(&app).await?;
            app::ended().await;
            app::finish(&app).await;
            Ok(())
        }
    }
}
