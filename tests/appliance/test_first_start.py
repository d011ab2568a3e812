"""What a box is after its first start, from a disk as it was flashed."""

import re
from pathlib import Path

import httpx
import pytest
from hearth_appliance import Box, BoxError, tool

GIB = 1 << 30


def test_the_wizard_waits_in_the_browser(box: Box) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{box.http_port}", follow_redirects=True, timeout=30) as client:
        page = client.get("/")
        assert page.status_code == 200
        # It says how to go on encrypted, and asks for nothing before.
        assert 'href="https://' in page.text
        assert 'type="password"' not in page.text
    with httpx.Client(verify=False, follow_redirects=True, timeout=30) as client:  # noqa: S501  (who signs it is tested in tests/manager)
        page = client.get(f"https://127.0.0.1:{box.tls_port}/")
        assert page.status_code == 200
        assert page.url.path == "/setup"
        answer = client.get(f"https://127.0.0.1:{box.tls_port}/api/v1/setup")
        assert answer.json()["set_up"] is False


def test_the_data_have_taken_the_whole_disk(box: Box) -> None:
    size = int(box.run("findmnt --noheadings --bytes --output SIZE /data"))
    # 8 GiB of disk less the boot partition, two slots and what ext4 keeps for itself.
    assert size > 6.5 * GIB
    assert box.run("lsblk --noheadings --output PARTLABEL /dev/vda").split() == ["boot", "rootfs-a", "rootfs-b", "data"]


def test_the_disk_has_ids_of_its_own(box: Box, image: Path) -> None:
    """What is flashed from one image has the same ones, until its first start."""
    flashed = set(re.findall(r"(?:label-id: |uuid=)([0-9A-F-]{36})", tool("sfdisk", "--dump", str(image))))
    own = set(re.findall(r"(?:label-id: |uuid=)([0-9A-F-]{36})", box.run("sfdisk --dump /dev/vda")))
    assert len(flashed) == len(own) == 5
    assert not flashed & own


def test_only_web_and_names_are_answered(box: Box) -> None:
    """Port 22 is open because this virtual machine was handed a key."""
    lines = box.run("ss --no-header --listening --tcp --udp --numeric").splitlines()
    open_to_others = set()
    for line in lines:
        kind, _, _, _, local = line.split()[:5]
        address, _, port = local.rpartition(":")
        if not re.match(r"127\.|\[::1\]", address) and not re.fullmatch(r"10\.0\.2\.\d+%\w+|\[fe80::.*\]%?\w*", address):
            open_to_others.add((kind, int(port)))
    assert open_to_others == {("tcp", 22), ("tcp", 80), ("tcp", 443), ("udp", 5353)}


def test_alone_it_keeps_its_name(box: Box) -> None:
    name = "busctl call org.freedesktop.Avahi / org.freedesktop.Avahi.Server GetHostNameFqdn"
    assert box.run(name).strip() == 's "hearth.local"'


def test_no_unit_failed_and_nothing_waits_in_a_circle(box: Box) -> None:
    assert box.run("systemctl list-units --failed --plain --no-legend").strip() == ""
    journal = box.run("journalctl --boot --no-pager --output cat")
    assert "ordering cycle" not in journal


@pytest.mark.parametrize("path", ["/etc/passwd", "/etc/rauc/system.conf", "/usr/bin/hearth", "/usr/lib/os-release"])
def test_the_root_cannot_be_written(box: Box, path: str) -> None:
    with pytest.raises(BoxError, match="Read-only file system"):
        box.run(f"echo >>{path}")


def test_only_the_data_partition_is_written(box: Box) -> None:
    mounts = box.run("findmnt --raw --noheadings --output TARGET,SOURCE,OPTIONS --types ext4,squashfs,vfat").splitlines()
    for mount in mounts:
        target, source, options = mount.split()
        if "rw" in options.split(","):
            assert source.startswith("/dev/vda4") or target == "/mnt/boot", mount


def test_the_manager_is_locked_in(box: Box) -> None:
    exposure = box.run("systemd-analyze security --no-pager hearth.service").splitlines()
    overall = next(line for line in exposure if "Overall exposure level" in line)
    assert float(re.search(r": ([0-9.]+)", overall)[1]) <= 3.0, overall
    assert box.run("ps -o user= -C hearth").split() == ["hearth"]


def test_the_watchdog_is_armed(box: Box) -> None:
    assert box.run("systemctl show --property RuntimeWatchdogUSec --value").strip() == "1min"
    # Told to the kernel's log when the driver is built in, as there is no journal yet.
    assert "Watchdog running with a hardware timeout" in box.run("journalctl --boot --no-pager --output cat --identifier systemd")


def test_the_journal_is_kept_and_bounded(box: Box) -> None:
    assert box.run("ls /data/journal").split() == [box.run("cat /etc/machine-id").strip()]
    assert box.run("systemd-analyze cat-config systemd/journald.conf").count("SystemMaxUse=200M") == 1


@pytest.mark.engine
def test_the_engine_runs_and_keeps_its_data(box: Box) -> None:
    box.wait("the engine", lambda: box.try_run("systemctl is-active docker.service"), 300)
    assert box.run("docker info --format '{{.Driver}} {{.DockerRootDir}}'").split() == ["overlay2", "/var/lib/docker"]
    assert box.run("docker compose version --short").strip() != ""
    assert box.run("findmnt --noheadings --output SOURCE /var/lib/docker").strip() == "/dev/vda4[/docker]"


def test_the_screen_says_where_it_answers(box: Box) -> None:
    box.wait("the address on the serial line", lambda: "http://10.0.2.15" in box.serial(), 120)
    assert "http://hearth.local" in box.serial()


AS = "systemd-run --quiet --pipe --wait --property NoNewPrivileges=yes --property"
HEARTH = f"{AS} User=hearth"
NOBODY = f"{AS} User=nobody"


def test_the_manager_may_set_name_and_time_zone(box: Box) -> None:
    hostname = "busctl call org.freedesktop.hostname1 /org/freedesktop/hostname1 org.freedesktop.hostname1 SetStaticHostname sb"
    zone = "busctl call org.freedesktop.timedate1 /org/freedesktop/timedate1 org.freedesktop.timedate1 SetTimezone sb"
    box.run(f"{HEARTH} {hostname} attic 0 && {HEARTH} {zone} Europe/Zurich 0")
    assert box.run("cat /etc/hostname").strip() == "attic"
    assert box.run("cat /proc/sys/kernel/hostname").strip() == "attic"
    assert box.run("date +%Z").strip() in ("CET", "CEST")
    box.run(f"{HEARTH} {hostname} hearth 0 && {HEARTH} {zone} Etc/UTC 0")
    with pytest.raises(BoxError):
        box.run(f"{NOBODY} {hostname} mine 0")


UNITS = "busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager"


def test_the_manager_may_handle_its_units_and_no_others(box: Box) -> None:
    box.run(f"{HEARTH} {UNITS} RestartUnit ss avahi-daemon.service replace")
    for refused in ("RestartUnit ss rauc.service replace", "StopUnit ss dbus.service replace", "EnableUnitFiles asbb 1 ssh.service 0 0"):
        with pytest.raises(BoxError):
            box.run(f"{HEARTH} {UNITS} {refused}")
    with pytest.raises(BoxError):
        box.run(f"{NOBODY} {UNITS} RestartUnit ss avahi-daemon.service replace")


def test_only_root_and_the_manager_reach_the_updater(box: Box) -> None:
    ask = "busctl get-property de.pengutronix.rauc / de.pengutronix.rauc.Installer Compatible"
    assert "hearth-" in box.run(f"{HEARTH} {ask}")
    with pytest.raises(BoxError):
        box.run(f"{NOBODY} {ask}")


@pytest.mark.long
def test_without_a_key_nobody_logs_in(make_box) -> None:
    """The same box without the virtual machine's key: nothing answers at the port of SSH."""
    box = make_box(with_key=False).start()
    box.wait_healthy()
    with pytest.raises(httpx.TransportError):
        # QEMU takes the connection itself; it is closed when the box refuses.
        httpx.get(f"http://127.0.0.1:{box.ssh_port}/", timeout=10)
