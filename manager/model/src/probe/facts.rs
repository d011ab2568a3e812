//! Reads the answer to [`super::PROBE_FACTS`].

use super::{
    ProbeError, disks, network,
    sections::{Sections, clean, meminfo},
};
use crate::{
    facts::{Arch, Device, Facts},
    units::Bytes,
};
use std::collections::BTreeMap;

/// Most devices that are kept of one machine.
const MAX_DEVICES: usize = 128;

/// Sections without which nothing can be placed on a machine.
const REQUIRED: [&str; 6] = ["uname", "os-release", "cores", "meminfo", "df", "end"];

/// Reads what a machine says it is. Unknown lines are passed over. The engine is not asked here: it answers for itself, through its API.
///
/// # Errors
/// [`ProbeError`]: too long, cut off, or without the figures that placement needs.
pub fn parse_facts(answer: &[u8]) -> Result<Facts, ProbeError> {
    let sections = Sections::split(answer, &REQUIRED)?;
    let uname = sections.value("uname").ok_or_else(|| sections.unreadable("uname"))?;
    let mut words = uname.split_whitespace();
    let (Some(hostname), Some(kernel), Some(machine)) = (words.next(), words.next(), words.next()) else {
        return Err(sections.unreadable("uname"));
    };
    let cpu_cores = sections
        .value("cores")
        .and_then(|text| text.parse().ok())
        .filter(|cores| (1..=4096).contains(cores))
        .ok_or_else(|| sections.unreadable("cores"))?;
    let memory = meminfo(&sections, "MemTotal").ok_or_else(|| sections.unreadable("meminfo"))?;
    let disks = disks::disks(&sections);
    if disks.is_empty() {
        return Err(sections.unreadable("df"));
    }
    let os = os_release(&sections);
    let os_id = os.get("ID").cloned().unwrap_or_else(|| "unknown".to_owned());
    Ok(Facts {
        hostname: hostname.to_owned(),
        machine_id: sections.value("machine-id").filter(|id| is_machine_id(id)),
        model: model(&sections),
        arch: arch(machine, sections.value("bits").as_deref()),
        os_like: os
            .get("ID_LIKE")
            .map(|like| like.split_whitespace().map(str::to_owned).collect())
            .unwrap_or_default(),
        os_name: os.get("PRETTY_NAME").cloned().unwrap_or_else(|| os_id.clone()),
        os_version: os.get("VERSION_ID").cloned().unwrap_or_default(),
        os_id,
        kernel: kernel.to_owned(),
        cpu_model: cpu_model(&sections),
        cpu_cores,
        memory: Bytes(memory),
        disks,
        interfaces: network::interfaces(&sections),
        devices: devices(&sections),
        init: sections.value("init").unwrap_or_else(|| "unknown".to_owned()),
        virtualization: sections.value("virtualization").filter(|word| word != "none"),
        listening_ports: network::listening(&sections).into_iter().collect(),
        engine: None,
    })
}

/// `KEY=value` and `KEY="value"`. Source: os-release(5).
fn os_release(sections: &Sections) -> BTreeMap<String, String> {
    let pair = |line: &str| {
        let (key, value) = line.split_once('=')?;
        let value = value.trim();
        let unquoted = ['"', '\'']
            .into_iter()
            .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote))
            .unwrap_or(value);
        Some((clean(key), clean(unquoted)))
    };
    sections
        .lines("os-release")
        .filter_map(pair)
        .filter(|(_, value)| !value.is_empty())
        .take(100)
        .collect()
}

/// 32 lower-case hexadecimal digits, not all zero. Source: machine-id(5).
fn is_machine_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit()) && text.bytes().any(|b| b != b'0')
}

/// The architecture of the programs, which counts for images: a 64-bit kernel may carry a 32-bit system (Raspberry Pi OS).
fn arch(machine: &str, bits: Option<&str>) -> Option<Arch> {
    match (Arch::from_uname(machine), bits) {
        (Some(Arch::Arm64), Some("32")) => Some(Arch::Arm),
        (Some(Arch::Amd64), Some("32")) => None,
        (arch, _) => arch,
    }
}

/// The board's name, or maker and product; firmware that was never filled in says nothing.
fn model(sections: &Sections) -> Option<String> {
    const EMPTY: [&str; 9] = [
        "to be filled",
        "default string",
        "system product name",
        "system manufacturer",
        "not applicable",
        "not specified",
        "o.e.m.",
        "unknown",
        "n/a",
    ];
    let told = |name: &str| {
        let value = sections.value(name)?;
        let lowered = value.to_ascii_lowercase();
        (!EMPTY.iter().any(|empty| lowered.contains(empty))).then_some(value)
    };
    told("model").or_else(|| match (told("vendor"), told("product")) {
        (Some(vendor), Some(product)) if product.to_lowercase().starts_with(&vendor.to_lowercase()) => Some(product),
        (Some(vendor), Some(product)) => Some(format!("{vendor} {product}")),
        (vendor, product) => product.or(vendor),
    })
}

fn cpu_model(sections: &Sections) -> Option<String> {
    let lines = || {
        sections
            .lines("cpu")
            .filter_map(|line| line.split_once(':').map(|(key, value)| (key.trim(), clean(value))))
    };
    let named = lines().find(|(key, value)| {
        key.eq_ignore_ascii_case("model name") && !value.is_empty() && value != "-" && value != "unknown"
    });
    let part = || lines().find_map(|(key, value)| (key == "CPU part").then(|| arm_core(&value))?);
    named
        .map(|(_, value)| value.split_whitespace().collect::<Vec<_>>().join(" "))
        .or_else(part)
}

/// Arm's names for its cores, for systems without `lscpu`. Source: arch/arm64/include/asm/cputype.h of Linux.
fn arm_core(part: &str) -> Option<String> {
    let name = match part {
        "0xb76" => "ARM1176",
        "0xc07" => "Cortex-A7",
        "0xd03" => "Cortex-A53",
        "0xd04" => "Cortex-A35",
        "0xd05" => "Cortex-A55",
        "0xd07" => "Cortex-A57",
        "0xd08" => "Cortex-A72",
        "0xd09" => "Cortex-A73",
        "0xd0a" => "Cortex-A75",
        "0xd0b" => "Cortex-A76",
        "0xd0c" => "Neoverse-N1",
        "0xd0d" => "Cortex-A77",
        "0xd41" => "Cortex-A78",
        _ => return None,
    };
    Some(name.to_owned())
}

fn devices(sections: &Sections) -> Vec<Device> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for line in sections.lines("devices").take(MAX_DEVICES) {
        let (path, detail) = line.split_once(' ').unwrap_or((line, ""));
        let path = clean(path);
        if path.starts_with("/dev/") {
            let name = device_name(&path, &clean(detail));
            found.insert(path, name);
        }
    }
    found.into_iter().map(|(path, name)| Device { path, name }).collect()
}

fn device_name(path: &str, detail: &str) -> String {
    let last = path.rsplit('/').next().unwrap_or(path);
    let starts = |prefix: &str| path.starts_with(prefix);
    if path == "/dev/dri" {
        let drivers: Vec<&str> = detail
            .split_whitespace()
            .filter_map(|word| word.strip_prefix("DRIVER="))
            .collect();
        if drivers.is_empty() {
            "GPU".to_owned()
        } else {
            format!("GPU ({})", drivers.join(", "))
        }
    } else if path == "/dev/kfd" {
        "AMD GPU for computing".to_owned()
    } else if starts("/dev/nvidia") {
        "NVIDIA GPU".to_owned()
    } else if starts("/dev/apex") || path == "/dev/bus/usb" {
        "Coral accelerator".to_owned()
    } else if starts("/dev/hailo") || starts("/dev/accel") {
        "AI accelerator".to_owned()
    } else if path == "/dev/kvm" {
        "Virtualization (KVM)".to_owned()
    } else if path == "/dev/net/tun" {
        "Network tunnels".to_owned()
    } else if starts("/dev/serial/by-id/") {
        last.replace('_', " ")
    } else if starts("/dev/video") {
        let detail = if detail.is_empty() { "Video device" } else { detail };
        detail.to_owned()
    } else {
        format!("Serial port {last}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_32_bit_system_on_a_64_bit_kernel() {
        assert_eq!(arch("aarch64", Some("32")), Some(Arch::Arm));
        assert_eq!(arch("aarch64", Some("64")), Some(Arch::Arm64));
        assert_eq!(arch("aarch64", None), Some(Arch::Arm64));
        assert_eq!(arch("x86_64", None), Some(Arch::Amd64));
        assert_eq!(arch("riscv64", Some("64")), None);
    }

    #[test]
    fn machine_ids() {
        assert!(is_machine_id("3d1219c7c4c5404aaa1f6d2a48adfda4"));
        assert!(!is_machine_id("uninitialized"));
        assert!(!is_machine_id(&"0".repeat(32)));
    }
}
