#!/bin/sh
# Runs a script with chroot in the root file system of a disk image, with the host's network.
# Expects namespaces of its own (mount, pid); all mounts end with them.
# Takes: $1 the image, $2 the script; ROOT (empty directory), TAR (optional: unpacked first),
# SHARE (optional: a directory of the host, seen as /mnt), RESOLVER (optional: the name server that
# the root file system is left with).
set -eu
image=$1
script=$2

mount -o loop,noatime "$image" "$ROOT"
[ -z "${TAR:-}" ] || tar --extract --numeric-owner --xattrs --xattrs-include='*' --file "$TAR" --directory "$ROOT"
mount -t proc proc "$ROOT/proc"
mount -t sysfs -o ro sysfs "$ROOT/sys"
mount -t tmpfs run "$ROOT/run"
mount --rbind /dev "$ROOT/dev"
[ -z "${SHARE:-}" ] || mount --bind "$SHARE" "$ROOT/mnt"
cp -L /etc/resolv.conf "$ROOT/etc/resolv.conf.host"
mount --bind "$ROOT/etc/resolv.conf.host" "$ROOT/etc/resolv.conf"
printf '#!/bin/sh\nexit 101\n' >"$ROOT/usr/sbin/policy-rc.d"
chmod 755 "$ROOT/usr/sbin/policy-rc.d"

PATH=/usr/sbin:/usr/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 chroot "$ROOT" /bin/sh -s <"$script"

umount "$ROOT/etc/resolv.conf"
[ -z "${RESOLVER:-}" ] || echo "nameserver $RESOLVER" >"$ROOT/etc/resolv.conf"
rm -f "$ROOT/etc/resolv.conf.host" "$ROOT/usr/sbin/policy-rc.d"
cd /
umount -R "$ROOT/dev" 2>/dev/null || umount -Rl "$ROOT/dev"
[ -z "${SHARE:-}" ] || umount "$ROOT/mnt"
umount "$ROOT/run" "$ROOT/sys" "$ROOT/proc"
umount "$ROOT"
