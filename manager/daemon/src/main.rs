//! The `hearth` binary: `hearth serve` is the manager, every other command speaks to one.

fn main() -> std::process::ExitCode {
    hearth::cli::main()
}
