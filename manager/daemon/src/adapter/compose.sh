# Arguments: folder and name of the project, then what Compose is to do.
dir=$1 name=$2
shift 2
if [ -e "$dir/compose.yaml" ]; then
    cd "$dir" || exit 1
    set -- --project-directory "$dir" --file "$dir/compose.yaml" "$@"
    [ ! -e "$dir/.env" ] || set -- --env-file "$dir/.env" "$@"
else
    # Without files it works by the project's name; those of another project must not lie around.
    cd /
fi
set -- --ansi never --project-name "$name" "$@"
# Older ones do not know the option, and pass over the variable.
export COMPOSE_PROGRESS=plain
if docker compose version >/dev/null 2>&1; then
    exec docker compose "$@" </dev/null
elif [ -x /var/lib/hearth/bin/docker-compose ]; then
    exec /var/lib/hearth/bin/docker-compose "$@" </dev/null
fi
echo "there is no Compose v2" >&2
exit 127
