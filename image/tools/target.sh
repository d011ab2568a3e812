# shellcheck shell=sh disable=SC2034  # used by the ones that source it
# Sourced: what compilers call the processor that Debian calls `arch`.
case ${arch:?set by the script that sources this} in
amd64) gnu_target=x86_64-linux-gnu ;;
arm64) gnu_target=aarch64-linux-gnu ;;
*)
    echo "target.sh: nothing is built for $arch here: add what compilers call it" >&2
    exit 1
    ;;
esac
rust_target=${gnu_target%%-*}-unknown-linux-gnu
