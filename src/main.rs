//! The program `fairlead`.

/// A page is rendered in thousands of small pieces of memory; glibc's allocator took a quarter of the time of one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    fairlead::run()
}
