//! The program `fairlead`.

fn main() -> std::process::ExitCode {
    fairlead::run()
}
