# shellcheck shell=sh
# Sourced: downloads a file of a known hash.

# download URL SHA256 FILE: does nothing when the file is there; a file with another hash is never put in place.
download() {
    if [ -f "$3" ] && echo "$2  $3" | sha256sum --check --status; then
        return 0
    fi
    mkdir -p "$(dirname "$3")"
    echo "downloading $1" >&2
    curl --silent --show-error --fail --location --retry 3 --output "$3.new" "$1"
    if ! echo "$2  $3.new" | sha256sum --check --status; then
        echo "${0##*/}: $1 does not have the hash that is expected" >&2
        rm -f "$3.new"
        return 1
    fi
    mv "$3.new" "$3"
}
