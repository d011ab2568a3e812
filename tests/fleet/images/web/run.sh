#!/bin/sh
# PORT            where to listen (8080)
# START_DELAY_S   /health answers 404 for so long (whole seconds)
# NEVER_HEALTHY   any value: /health answers 404 for ever
# EXIT_CODE       ends with this code after START_DELAY_S, as a crashing app does
set -eu
trap 'exit 0' TERM INT

serve() {
    httpd -f -v -p "$PORT" -h "/www/$1" &
    server=$!
}

echo "starting on $(hostname), port $PORT"
if [ -n "${NEVER_HEALTHY:-}" ]; then
    serve starting
    wait "$server"
fi
if [ "${START_DELAY_S:-0}" != 0 ]; then
    serve starting
    sleep "$START_DELAY_S" &
    wait $!
    kill "$server"
    wait "$server" || true
fi
[ -z "${EXIT_CODE:-}" ] || { echo "ending with $EXIT_CODE" >&2; exit "$EXIT_CODE"; }
serve ready
echo ready
wait "$server"
