# shellcheck shell=sh
# Runs in a scratch copy of the plain root file system: fetches the engine's packages and all that
# they need beyond what a plain node has. OUT is where they go.
set -eu
echo "deb $MIRROR $SUITE main" >/etc/apt/sources.list.d/fleet.list
apt-get update -qq
# shellcheck disable=SC2086 # a list of names
apt-get install -y -qq --download-only --no-install-recommends $PACKAGES
cp /var/cache/apt/archives/*.deb "$OUT"
