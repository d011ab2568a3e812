"""The choice of the slot on U-Boot boards, by the script that ships, in a real U-Boot in QEMU. See boot.cmd in image/bootloaders/uboot.

The system in both slots is next to nothing: it says what it was started with, does what RAUC or a power cut would do, and restarts.
"""

import lzma
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hearth_appliance import settings
from hearth_appliance.box import tool
from hearth_appliance.cpio import pack

BOARD = "arm64"
MODULES = ("virtio_blk", "fat", "vfat", "nls_ascii", "nls_cp437")
PACKAGES = ("linux-image-arm64", "busybox-static", "libubootenv-tool")

# Each turn of slot A is one step; slot B panics.
INIT = """#!/bin/sh
export PATH=/bin
/bin/busybox mkdir -p /proc /sys /dev /mnt/boot /run/lock
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
for module in %s; do insmod /modules/$module.ko; done
for second in 1 2 3 4 5 6 7 8 9; do [ -e /dev/vda1 ] || sleep $second; done
mount -t vfat /dev/vda1 /mnt/boot
slot=$(sed -n 's/.*rauc.slot=\\([AB]\\).*/\\1/p' /proc/cmdline)
step=$(cat /mnt/boot/step 2>/dev/null || echo 1)
echo "turn $step in $slot:" $(fw_printenv 2>&1 | sort)
leave() { umount /mnt/boot; sync; }
[ "$slot" = A ] || { leave; echo c >/proc/sysrq-trigger; }
echo $((step + 1)) >/mnt/boot/step
case $step in
1) fw_setenv BOOT_A_LEFT 3; fw_setenv BOOT_ORDER "B A"; fw_setenv BOOT_B_LEFT 3 ;;
2) : >/mnt/boot/uboot/state ;;
3) fw_setenv BOOT_ORDER "B A"; fw_setenv BOOT_B_LEFT 3; dd if=/dev/zero of=/dev/vda3 bs=4096 count=16 conv=fsync ;;
4) fw_setenv BOOT_A_LEFT 0; fw_setenv BOOT_B_LEFT 0 ;;
5) leave; poweroff -f ;;
esac
leave
reboot -f
""" % " ".join(MODULES)

TURNS = [
    "turn 1 in A: BOOT_A_LEFT=2 BOOT_B_LEFT=0 BOOT_ORDER=A B",
    # An update in B that never becomes well: three tries, and the other slot.
    "turn 2 in B: BOOT_A_LEFT=3 BOOT_B_LEFT=2 BOOT_ORDER=B A",
    "turn 2 in B: BOOT_A_LEFT=3 BOOT_B_LEFT=1 BOOT_ORDER=B A",
    "turn 2 in B: BOOT_A_LEFT=3 BOOT_B_LEFT=0 BOOT_ORDER=B A",
    "turn 2 in A: BOOT_A_LEFT=2 BOOT_B_LEFT=0 BOOT_ORDER=B A",
    # The state was emptied.
    "turn 3 in A: BOOT_A_LEFT=2 BOOT_B_LEFT=0 BOOT_ORDER=A B",
    # B comes first and has no kernel any more.
    "turn 4 in A: BOOT_A_LEFT=1 BOOT_B_LEFT=3 BOOT_ORDER=B A",
    # No tries were left: everything begins anew.
    "turn 5 in A: BOOT_A_LEFT=2 BOOT_B_LEFT=3 BOOT_ORDER=B A",
]


@pytest.fixture
def disk(scratch: Path) -> Path:
    work = scratch / "uboot"
    root, slot, initrd = work / "root", work / "slot", work / "initrd"
    # Unpacked and not installed: nothing of another processor has to run here.
    words = ["mmdebstrap", "--quiet", "--skip=check/qemu", "--variant=extract", "--architectures=arm64", f"--include={','.join(PACKAGES)}"]
    mirror = subprocess.run([settings.IMAGE / "tools" / "mirror"], capture_output=True, text=True, check=True).stdout.strip()
    work.mkdir()
    subprocess.run([*words, "trixie", str(root), mirror], check=True)

    for folder in ("bin", "lib", "etc", "modules"):
        (initrd / folder).mkdir(parents=True)
    for program in ("busybox", "fw_printenv"):
        shutil.copy(root / "usr/bin" / program, initrd / "bin" / program)
    for name, target in (("sh", "busybox"), ("fw_setenv", "fw_printenv")):
        (initrd / "bin" / name).symlink_to(target)
    libraries = root / "usr/lib/aarch64-linux-gnu"
    for library in ("ld-linux-aarch64.so.1", "libc.so.6", "libubootenv.so.0", "libyaml-0.so.2", "libz.so.1"):
        shutil.copy(libraries / library, initrd / "lib" / library)
    for module in MODULES:
        packed = next((root / "usr/lib/modules").rglob(f"{module}.ko.xz"))
        (initrd / "modules" / f"{module}.ko").write_bytes(lzma.decompress(packed.read_bytes()))
    shutil.copy(settings.IMAGE / "bootloaders/uboot/rootfs/etc/fw_env.config", initrd / "etc")
    (initrd / "init").write_text(INIT)
    (initrd / "init").chmod(0o755)
    (slot / "boot").mkdir(parents=True)
    pack(initrd, slot / "boot/initrd.img")
    shutil.copy(next((root / "boot").glob("vmlinuz-*")), slot / "boot/vmlinuz")

    squashfs = work / "rootfs.squashfs"
    tool("mksquashfs", str(slot), str(squashfs), "-quiet", "-no-progress", "-comp", "gzip", "-action", "uncompressed@subpathname(boot)")
    consoles = "tty0 ttyAMA0,115200"
    tool(str(settings.IMAGE / "bootloaders/uboot/install"), str(work / "disk/boot"), consoles)
    # Slot B is filled, too, unlike that of a disk to flash.
    layout = (settings.IMAGE / "genimage.cfg").read_text()
    (work / "genimage.cfg").write_text(layout.replace("partition rootfs-b {", 'partition rootfs-b {\n        image = "rootfs.squashfs"'))
    places = [f"--{name}={work / folder}" for name, folder in (("rootpath", "disk"), ("tmppath", "tmp"), ("inputpath", ""), ("outputpath", ""))]
    tool("genimage", "--loglevel", "1", f"--config={work / 'genimage.cfg'}", *places)
    return work / "hearth.img"


@pytest.mark.long
def test_the_slot_is_chosen_by_order_and_tries(disk: Path) -> None:
    serial = disk.with_name("serial.log")
    words = [settings.IMAGE / "qemu", BOARD, disk, disk.with_name("variables"), "-serial", f"file:{serial}"]
    machine = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, env=dict(os.environ))
    try:
        machine.wait(timeout=settings.INSTALL)
    finally:
        machine.kill()
        machine.wait()
    said = serial.read_text(errors="replace").replace("\r", "").splitlines()
    # The kernel's last words may come before the end of a line.
    assert [line.split("[")[0] for line in said if line.startswith("turn ")] == TURNS, "\n".join(said[-40:])
