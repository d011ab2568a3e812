#!/bin/bash
# Keeps the contract of the official image's entrypoint: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB,
# their _FILE forms, POSTGRES_INITDB_ARGS, POSTGRES_HOST_AUTH_METHOD, PGDATA and
# /docker-entrypoint-initdb.d. Source: https://hub.docker.com/_/postgres
set -euo pipefail

# from_file NAME [DEFAULT]: takes NAME, or the content of the file that NAME_FILE names.
from_file() {
    local name=$1 file_name=$1_FILE value=${2:-}
    if [ -n "${!name:-}" ] && [ -n "${!file_name:-}" ]; then
        echo "error: both $name and $file_name are set" >&2
        exit 1
    fi
    if [ -n "${!name:-}" ]; then value=${!name}; elif [ -n "${!file_name:-}" ]; then value=$(<"${!file_name}"); fi
    export "$name=$value"
    unset "$file_name"
}

run_init_scripts() {
    local file
    # shellcheck source=/dev/null
    for file in /docker-entrypoint-initdb.d/*; do
        case $file in
            *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
            *.sql) psql_init --dbname "$POSTGRES_DB" <"$file" ;;
            *.sql.gz) gunzip -c "$file" | psql_init --dbname "$POSTGRES_DB" ;;
            *.sql.xz) xz -dc "$file" | psql_init --dbname "$POSTGRES_DB" ;;
            *.sql.zst) zstd -dc "$file" | psql_init --dbname "$POSTGRES_DB" ;;
        esac
    done
}

psql_init() {
    PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password --username "$POSTGRES_USER" "$@"
}

initialise() {
    if [ -z "$POSTGRES_PASSWORD" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
        echo 'Error: Database is uninitialized and superuser password is not specified.' >&2
        echo '       You must specify POSTGRES_PASSWORD to a non-empty value for the superuser.' >&2
        exit 1
    fi
    # shellcheck disable=SC2086 # a list of words, as in the official image
    initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") ${POSTGRES_INITDB_ARGS:-}
    printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
    PGUSER=$POSTGRES_USER pg_ctl --wait --options "-c listen_addresses='' -p 5432" start
    if [ "$POSTGRES_DB" != postgres ]; then
        psql_init --dbname postgres --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
    fi
    run_init_scripts
    PGUSER=$POSTGRES_USER pg_ctl --mode fast --wait stop
    echo 'PostgreSQL init process complete; ready for start up.'
}

[ "${1:0:1}" != - ] || set -- postgres "$@"

if [ "$1" = postgres ]; then
    if [ "$(id -u)" = 0 ]; then
        mkdir -p "$PGDATA"
        chmod 700 "$PGDATA"
        find "$PGDATA" \! -user postgres -exec chown postgres '{}' +
        find /var/run/postgresql \! -user postgres -exec chown postgres '{}' +
        exec setpriv --reuid=postgres --regid=postgres --init-groups -- "${BASH_SOURCE[0]}" "$@"
    fi
    from_file POSTGRES_PASSWORD
    from_file POSTGRES_USER postgres
    from_file POSTGRES_DB "$POSTGRES_USER"
    export PGPASSWORD=${PGPASSWORD:-$POSTGRES_PASSWORD}
    shopt -s nullglob
    if [ ! -s "$PGDATA/PG_VERSION" ]; then
        initialise
    else
        echo 'PostgreSQL Database directory appears to contain a database; Skipping initialization'
    fi
    unset PGPASSWORD
fi

exec "$@"
