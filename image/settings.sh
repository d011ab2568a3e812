# shellcheck shell=sh
# Sourced by the programs of this folder: where things are, which version this is, and the board's data.
# Expects `image` (this folder); `base` and `board` where a board's data are wanted.
# shellcheck disable=SC2034  # used by the ones that source it

source_root=$(dirname "${image:?set by the script that sources this}")
if [ "$(id -u)" = 0 ]; then default_cache=/var/cache/hearth; else default_cache=$HOME/.cache/hearth; fi
HEARTH_CACHE=${HEARTH_CACHE:-$default_cache}
export HEARTH_CACHE
cache=$HEARTH_CACHE/image

# Who signs updates and feeds, and whom the image trusts: the files that image/keys/make names. Release keys are given by path.
HEARTH_KEYS=${HEARTH_KEYS:-$cache/keys}
export HEARTH_KEYS

# The one place where the version stands is the workspace; a test gives another one to have something to update to.
version=${HEARTH_VERSION:-$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' "$source_root/Cargo.toml")}

die() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# A short name of everything that the arguments hold: files and folders by content, mode and path, other words as they are.
digest() {
    for input in "$@"; do
        if [ -e "$input" ]; then
            find "$input" \( -type f -o -type l \) -not -path '*/__pycache__/*' -printf '%P %m %l\n' | LC_ALL=C sort
            find "$input" -type f -not -path '*/__pycache__/*' -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum | cut -d' ' -f1
        else
            echo "$input"
        fi
    done | sha256sum | cut -c1-16
}

if [ -n "${board:-}" ]; then
    [ -f "$image/boards/$board/meta" ] || die "there is no board $board (there are: $(ls "$image/boards" | tr '\n' ' '))"
    [ -x "$image/bases/${base:?}/build" ] || die "there is no base $base"
    # shellcheck source=boards/x86_64/meta
    . "$image/boards/$board/meta"
    compatible=hearth-$board
    # A variant is built beside the image that ships, from other inputs: an update to try, one that is ill.
    out=$cache/out/$base-$board${HEARTH_VARIANT:+-$HEARTH_VARIANT}
fi
