//! The command line of she-ood.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
