# shellcheck shell=sh
# Runs in a copy of the engine's root file system: installs Python. Takes: MIRROR, SUITE.
set -eu
list=/etc/apt/python.list
echo "deb $MIRROR $SUITE main" >$list
set -- -qq -o Dir::Etc::sourcelist=$list -o Dir::Etc::sourceparts=-
apt-get update "$@"
apt-get install -y --no-install-recommends "$@" python3
rm -rf $list /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
