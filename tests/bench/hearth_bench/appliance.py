"""Measures the appliance's image in QEMU and writes docs/appliance-figures.md. HEARTH_BIN is the release that goes in."""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx
from hearth_appliance import Box, BoxManager, Updates, settings
from support.manager import ROOT

from .process import machine, took
from .report import Report

STARTS = 5
WIZARD_SECS = 15
SLOT_MB = 256
# A box is left alone so long before its memory is read.
REST_SECS = 120
OFTEN = 0.1
SHORT = 0.5
# No answer for so long is a restart; a busy box is silent for less.
SILENCE = 8


def main() -> int:
    report = Report("Figures of the appliance", "make bench-appliance", machine())
    settings.SCRATCH.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.SCRATCH) as folder:
        report.took(took(lambda: measure(report, Path(folder))))
    (ROOT / "docs" / "appliance-figures.md").write_text(report.text())
    return 0


def measure(report: Report, folder: Path) -> None:
    image = Updates.image()
    sizes(report, image)
    starts(report, image, folder)
    box = Box(image, folder / "box").start()
    try:
        box.wait_good()
        units(report, box)
        manager = BoxManager(box).set_up()
        rest(report, box)
        update(report, manager, Updates(folder / "updates"))
    finally:
        box.cut()


def sizes(report: Report, image: Path) -> None:
    slot = image.with_name("rootfs.squashfs").stat().st_size / 1e6
    report.add("slot", f"{slot:.0f} MB", f"{SLOT_MB} MB", slot <= SLOT_MB, "`rootfs.squashfs`, as `make image` makes it")
    written = image.stat().st_blocks * 512 / 1e6
    report.add("image, to flash", f"{image.stat().st_size / 1e6:.0f} MB", "-", None, f"`hearth.img`; {written:.0f} MB of it are not empty")


def starts(report: Report, image: Path, folder: Path) -> None:
    """From the machine's being switched on until the wizard is shown, each time from a disk as it was flashed."""
    seconds = []
    for turn in range(STARTS):
        box = Box(image, folder / f"start-{turn}")
        begun = time.monotonic()
        box.start()
        box.wait("the wizard", lambda box=box: wizard(box), settings.START, OFTEN)
        seconds.append(time.monotonic() - begun)
        box.remove()
    median = statistics.median(seconds)
    how = f"median of {STARTS} first starts, each of a disk as it was flashed, until the first page of the wizard has come over HTTPS"
    measured = f"{median:.1f} s ({min(seconds):.1f} to {max(seconds):.1f})"
    report.add("power-on to wizard, QEMU without KVM", measured, f"{WIZARD_SECS} s", median <= WIZARD_SECS, how)


def wizard(box: Box) -> bool:
    try:
        # In short tries: QEMU takes a connection also when the box has no address yet, and then knocks there at ever longer intervals.
        httpx.get(f"http://127.0.0.1:{box.http_port}/api/v1/system/health", timeout=SHORT)
        page = httpx.get(f"https://127.0.0.1:{box.tls_port}/setup", verify=False, timeout=10)  # noqa: S501  (nobody trusts it yet)
    except httpx.TransportError:
        return False
    return page.status_code == 200 and "Set up a new Hearth" in page.text


def units(report: Report, box: Box) -> None:
    told = box.run("systemd-analyze time").strip().splitlines()[0]
    report.add("the whole first start", told.partition("Startup finished in ")[2], "-", None, "`systemd-analyze time`")
    slowest = [" ".join(line.split()) for line in box.run("systemd-analyze blame --no-pager").splitlines()[:6]]
    report.add("slowest to start", "; ".join(slowest), "-", None, "`systemd-analyze blame`; they start beside each other")
    chain = box.run("systemd-analyze critical-chain --no-pager hearth.service").splitlines()
    line = next((line for line in chain if "hearth.service" in line), "")
    report.add("the manager's own start", line.partition("+")[2] or "-", "-", None, "`systemd-analyze critical-chain`")


def rest(report: Report, box: Box) -> None:
    time.sleep(REST_SECS)
    pid = box.run("systemctl show --property MainPID --value hearth").strip()
    kib = int(box.run(f"sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/{pid}/status"))
    report.add("manager's memory at rest", f"{kib * 1024 / 1e6:.1f} MB", "30 MB", kib * 1024 <= 30e6, f"VmRSS {REST_SECS} s after the start, with the box as the only node")
    total, used = (int(word) for word in box.run("free --mega | awk '/^Mem:/ { print $2, $3 }'").split())
    report.add("memory in use at rest", f"{used} MB of {total} MB", "-", None, "`free`: with engine and journal, without what is only cached")


def update(report: Report, manager: BoxManager, updates: Updates) -> None:
    bundle = updates.next_version()
    report.add("bundle, what an update downloads", f"{bundle.path.stat().st_size / 1e6:.0f} MB", "-", None, "`make bundle`")
    report.add("upload of it", f"{took(lambda: manager.upload(bundle)):.0f} s", "-", None, "over HTTPS, its signature checked")
    begun = time.monotonic()
    job = manager.post("system/update/install", {"upload": bundle.path.name, "restart": {"when": "now"}})["job"]["id"]
    # Asked all the time; the longest silence is the restart.
    answered, silence = begun, (0.0, begun)
    while silence[0] < SILENCE or not (answers(manager) and manager.get(f"jobs/{job}")["state"] == "succeeded"):
        now = time.monotonic()
        assert now - begun < settings.INSTALL + settings.START, "the update did not come to its end"
        if answers(manager):
            now = time.monotonic()
            silence, answered = max(silence, (now - answered, answered)), now
        time.sleep(OFTEN)
    done, (down, stopped) = time.monotonic(), silence
    report.add("installation", f"{stopped - begun:.0f} s", "-", None, "from the wish to the restart; the box goes on working meanwhile")
    report.add("downtime of an update", f"{down:.0f} s", "-", None, "from the last answer before the restart to the first after it")
    report.add("until the update is marked good", f"{done - stopped - down:.0f} s", "-", None, "after the first answer")


def answers(manager: BoxManager) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{manager.http_port}/api/v1/system/health", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


if __name__ == "__main__":
    sys.exit(main())
