//! The `ironhelm` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    ironhelm_cli::main()
}
