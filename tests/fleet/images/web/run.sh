#!/bin/sh
# PORT            where to listen (8080)
# START_DELAY_S   /health answers 404 for so long
# NEVER_HEALTHY   any value: /health answers 404 for ever
# EXIT_CODE       ends with this code after START_DELAY_S, as a crashing app does
set -eu
trap 'exit 0' TERM INT

serve() {
    httpd -f -v -p "$PORT" -h "/www/$1" &
    server=$!
}

echo "starting on $(hostname), port $PORT"
serve starting
if [ -z "${NEVER_HEALTHY:-}" ]; then
    sleep "${START_DELAY_S:-0}" &
    wait $!
    [ -z "${EXIT_CODE:-}" ] || { echo "ending with $EXIT_CODE" >&2; exit "$EXIT_CODE"; }
    kill "$server"
    wait "$server" || true
    serve ready
    echo ready
fi
wait "$server"
