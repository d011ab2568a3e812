# shellcheck shell=sh
# Runs in the fresh root file system: users, sshd, names, and nothing of an engine.
# Takes: AUTHORIZED_KEY, APT_URL, DAEMON_JSON.
set -eu

# Nobody waits for these in a test.
systemctl mask --quiet apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer \
    dpkg-db-backup.timer getty@tty1.service console-getty.service systemd-udevd.service \
    systemd-pcrphase.service 2>/dev/null
systemctl disable --quiet avahi-daemon.service avahi-daemon.socket
systemctl enable --quiet ssh.service
systemctl set-default --quiet multi-user.target

useradd --create-home --shell /bin/bash ada
useradd --create-home --shell /bin/bash bob
printf 'root:hearth-root\nada:hearth-ada\nbob:hearth-bob\n' | chpasswd
echo 'ada ALL=(ALL:ALL) NOPASSWD: ALL' >/etc/sudoers.d/ada
chmod 440 /etc/sudoers.d/ada
for user in root ada bob; do
    home=$(getent passwd "$user" | cut -d: -f6)
    install -d -m 700 -o "$user" -g "$user" "$home/.ssh"
    printf '%s\n' "$AUTHORIZED_KEY" >"$home/.ssh/authorized_keys"
    chown "$user:$user" "$home/.ssh/authorized_keys"
    chmod 600 "$home/.ssh/authorized_keys"
done

rm -f /etc/ssh/ssh_host_*
cat >/etc/ssh/sshd_config.d/fleet.conf <<'CONF'
PasswordAuthentication yes
PermitRootLogin yes
UseDNS no
MaxStartups 1000
CONF

install -d /etc/avahi/services
cat >/etc/avahi/services/ssh.service <<'XML'
<?xml version="1.0" standalone='no'?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group>
  <name replace-wildcards="yes">%h</name>
  <service><type>_ssh._tcp</type><port>22</port></service>
</service-group>
XML
# All nodes share one kernel, and so one count of processes for avahi's user id.
sed -i '/^rlimit-nproc/d; s/^#*allow-interfaces=.*/allow-interfaces=eth0/; s/^#*publish-workstation=.*/publish-workstation=yes/' \
    /etc/avahi/avahi-daemon.conf

rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*
echo "deb [trusted=yes] $APT_URL ./" >/etc/apt/sources.list.d/fleet.list
rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
install -d /etc/docker
printf '%s\n' "$DAEMON_JSON" >/etc/docker/daemon.json

: >/etc/machine-id
rm -f /var/lib/dbus/machine-id
ln -s /etc/machine-id /var/lib/dbus/machine-id
