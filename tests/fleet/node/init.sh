#!/bin/sh
# Runs as process 1 of a node's new namespaces: mounts the node's disk and its own views of the
# kernel, moves into it and becomes its systemd. All mounts here are private to the node, so they
# and the loop device end with its last process.
# Takes: NODE, DISK (image file), ROOT (empty directory), MEMINFO (file), CGROUP_VERSION.
set -eu

mount -o loop,noatime "$DISK" "$ROOT"
cd "$ROOT"

mount -t proc proc proc
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t tmpfs -o mode=755,nosuid,nodev run run

mount -t tmpfs -o mode=755,nosuid dev dev
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/zero c 1 5
mknod -m 666 dev/full c 1 7
mknod -m 666 dev/random c 1 8
mknod -m 666 dev/urandom c 1 9
mknod -m 666 dev/tty c 5 0
mkdir dev/pts dev/shm dev/net dev/mqueue
mknod -m 666 dev/net/tun c 10 200
# A copy on the node's own tmpfs: df lists no strange disk for it.
cp "$MEMINFO" dev/.meminfo
mount --bind dev/.meminfo proc/meminfo
# One kernel, one boot id: but who looks for a reboot has to see one.
cat /proc/sys/kernel/random/uuid >dev/.boot_id
mount --bind -o ro dev/.boot_id proc/sys/kernel/random/boot_id
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev shm dev/shm
ln -s pts/ptmx dev/ptmx
ln -s null dev/console
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr

if [ "$CGROUP_VERSION" = 2 ]; then
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    unified=1
else
    mount -t tmpfs -o mode=755 cgroup sys/fs/cgroup
    while IFS=: read -r _ controllers _; do
        [ -n "$controllers" ] || continue
        directory=sys/fs/cgroup/${controllers#name=}
        case $controllers in name=*) option=none,$controllers ;; *) option=$controllers ;; esac
        mkdir "$directory"
        mount -t cgroup -o "$option" cgroup "$directory"
        for controller in $(echo "${controllers#name=}" | tr , ' '); do
            [ -e "sys/fs/cgroup/$controller" ] || ln -s "${controllers#name=}" "sys/fs/cgroup/$controller"
        done
    done </proc/self/cgroup
    unified=0
fi

# A machine keeps its identity over reboots; a fresh copy of the golden disk has none yet.
hostname "$NODE"
if [ ! -s etc/machine-id ]; then
    tr -d - </proc/sys/kernel/random/uuid >etc/machine-id
    echo "$NODE" >etc/hostname
    printf '127.0.0.1 localhost\n127.0.1.1 %s\n::1 localhost ip6-localhost\n' "$NODE" >etc/hosts
    chroot . ssh-keygen -q -t ed25519 -N '' -C "root@$NODE" -f /etc/ssh/ssh_host_ed25519_key
    chroot . ssh-keygen -q -t ecdsa -N '' -C "root@$NODE" -f /etc/ssh/ssh_host_ecdsa_key
    [ "${AVAHI:-0}" = 0 ] || ln -s /usr/lib/systemd/system/avahi-daemon.service \
        etc/systemd/system/multi-user.target.wants/avahi-daemon.service
fi

pivot_root . mnt
set -- /sbin/init
[ "$unified" = 1 ] || set -- SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 /sbin/init systemd.unified_cgroup_hierarchy=0
# shellcheck disable=SC2016 # "$@" is for the inner shell
exec /usr/sbin/chroot . /bin/sh -c 'umount -l /mnt && exec env -i container=hearth "$@"' sh "$@" \
    </dev/null
