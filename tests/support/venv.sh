#!/bin/sh
# Sourced: makes the Python environment of the tests, keyed by what it holds, and names it in HEARTH_VENV.
here=${here:?set by the script that sources this}
HEARTH_CACHE=${HEARTH_CACHE:-/var/cache/hearth}
export HEARTH_CACHE
HEARTH_VENV="$HEARTH_CACHE/venv-$(sha256sum <"$here/requirements.txt" | cut -c1-16)"
export HEARTH_VENV
if [ ! -e "$HEARTH_VENV/complete" ]; then
    rm -rf "$HEARTH_VENV"
    python3 -m venv "$HEARTH_VENV"
    "$HEARTH_VENV/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
    touch "$HEARTH_VENV/complete"
fi
