#!/bin/sh
# Fetches the tools that Hearth brings to nodes which lack them, from Debian's packages, unpacked and not installed.
# Usage: image/tools/fetch.sh DEST [ARCH…]     (Debian's names: amd64, arm64, armhf; default: this machine's)
# Writes DEST/<arch>/<tool> and DEST/<arch>/versions.json; does nothing when they are there. Needs no root.
set -eu

suite=trixie
# package, path in it, name of the tool
tools="docker-compose usr/libexec/docker/cli-plugins/docker-compose docker-compose
restic usr/bin/restic restic"

dest=${1:?usage: fetch.sh DEST [ARCH…]}
shift
[ $# -gt 0 ] || set -- "$(dpkg --print-architecture)"
mkdir -p "$dest"
dest=$(cd "$dest" && pwd)
stamp="$suite $(printf '%s' "$tools" | sha256sum | cut -c1-16)"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# This machine's own sources with the suite that has the tools, in a private apt of ours.
private_apt() {
    arch=$1
    mkdir -p "$scratch/$arch/lists/partial" "$scratch/$arch/cache/archives/partial" "$scratch/$arch/etc"
    mirror=$("$(dirname "$0")/mirror")
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    echo "deb [arch=$arch signed-by=$keyring] $mirror $suite main" >"$scratch/$arch/etc/sources.list"
    : >"$scratch/$arch/status"
    cat >"$scratch/$arch/apt.conf" <<EOF
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
Dir::Etc::sourcelist "$scratch/$arch/etc/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::Lists "$scratch/$arch/lists";
Dir::State::status "$scratch/$arch/status";
Dir::Cache "$scratch/$arch/cache";
APT::Sandbox::User "";
Acquire::Languages "none";
EOF
    APT_CONFIG="$scratch/$arch/apt.conf"
    export APT_CONFIG
    apt-get update -qq
}

fetch() {
    arch=$1
    # Where container registries and Debian differ, the folder has the registries' name.
    folder=$arch
    [ "$arch" != armhf ] || folder=arm
    [ "$(cat "$dest/$folder/stamp" 2>/dev/null)" != "$stamp" ] || return 0
    echo "fetching the tools for $arch"
    private_apt "$arch"
    out="$scratch/$arch/out"
    mkdir -p "$out" "$scratch/$arch/unpacked"
    separator='['
    echo "$tools" | while read -r package path name; do
        (cd "$scratch/$arch" && apt-get download -qq "$package" 2>/dev/null)
        deb=$(find "$scratch/$arch" -maxdepth 1 -name "${package}_*.deb")
        dpkg-deb -x "$deb" "$scratch/$arch/unpacked"
        install -m 0755 "$scratch/$arch/unpacked/$path" "$out/$name"
        version=$(dpkg-deb -f "$deb" Version | sed 's/^[0-9]*://; s/[-+~].*//')
        sha256=$(sha256sum "$out/$name" | cut -d' ' -f1)
        printf '%s{"name": "%s", "version": "%s", "sha256": "%s"}' "$separator" "$name" "$version" "$sha256"
        separator=',
 '
    done >"$out/versions.json"
    echo ']' >>"$out/versions.json"
    echo "$stamp" >"$out/stamp"
    rm -rf "${dest:?}/$folder"
    mv "$out" "$dest/$folder"
}

for arch in "$@"; do
    fetch "$arch"
done
