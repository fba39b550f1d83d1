//! The command line of she-ood.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod cli;
mod listed;
mod parallel;

fn main() -> std::process::ExitCode {
    cli::run()
}
