# shellcheck shell=sh
# Runs in a copy of the plain root file system: installs the engine from the packages in DEBS.
set -eu
apt-get install -y -qq --no-install-recommends "$DEBS"/*.deb
usermod --append --groups docker ada
rm -f /var/lib/docker/engine-id
