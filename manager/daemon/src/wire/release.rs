//! Which release this is: on the appliance that of the whole system, as updates replace all of it; elsewhere this program's own.
//!
//! Source: os-release(5).

use anyhow::Context;
use semver::Version;
use std::fs;

const OS_RELEASE: &str = "/etc/os-release";

/// The version that runs.
///
/// # Errors
/// When what the system says is none.
pub(super) fn version() -> anyhow::Result<Version> {
    // Where there is no such file this is no appliance.
    let text = fs::read_to_string(OS_RELEASE).unwrap_or_default();
    let version = of_appliance(&text).unwrap_or(env!("CARGO_PKG_VERSION"));
    Version::parse(version).with_context(|| format!("reading the version {version:?} of {OS_RELEASE}"))
}

fn of_appliance(os_release: &str) -> Option<&str> {
    let value = |name: &str| {
        let line = os_release
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.map(|value| value.trim_matches('"'))
    };
    value("VERSION_ID").filter(|_| value("ID") == Some("hearth"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_appliance_speaks_for_hearth() {
        let appliance = "NAME=\"Hearth\"\nID=hearth\nVERSION_ID=\"0.2.0\"\n";
        assert_eq!(of_appliance(appliance), Some("0.2.0"));
        assert_eq!(of_appliance("ID=debian\nVERSION_ID=\"13\"\n"), None);
        assert_eq!(of_appliance(""), None);
    }
}
