//! The command `theoria`.

use std::process::ExitCode;

fn main() -> ExitCode {
    theoria::cli::main()
}
