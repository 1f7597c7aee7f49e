//! The command line.

mod commands;

use clap::Parser;

fn main() -> std::process::ExitCode {
    let command = commands::Command::parse();
    match commands::run(command) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fairlead: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
