#!/bin/bash
# Keeps the contract of the official image's entrypoint: MARIADB_ROOT_PASSWORD, MARIADB_DATABASE,
# MARIADB_USER, MARIADB_PASSWORD, MARIADB_RANDOM_ROOT_PASSWORD, MARIADB_ALLOW_EMPTY_ROOT_PASSWORD, the
# MYSQL_ names and _FILE forms of them, and /docker-entrypoint-initdb.d.
# Source: https://hub.docker.com/_/mariadb
set -euo pipefail
shopt -s nullglob

data=/var/lib/mysql
socket=/run/mysqld/mysqld.sock

# setting NAME: takes MARIADB_NAME or MYSQL_NAME, or the content of the file that its _FILE form names.
setting() {
    local prefix name file_name
    for prefix in MARIADB MYSQL; do
        name=${prefix}_$1 file_name=${prefix}_$1_FILE
        if [ -n "${!name:-}" ]; then export "MARIADB_$1=${!name}"; return; fi
        if [ -n "${!file_name:-}" ]; then export "MARIADB_$1=$(<"${!file_name}")"; return; fi
    done
    export "MARIADB_$1="
}

# quoted TEXT: the text as an SQL string.
quoted() {
    local text=${1//\\/\\\\}
    printf "'%s'" "${text//\'/\\\'}"
}

sql() {
    mariadb --protocol=socket --socket="$socket" --user=root --database=mysql --password="${root_password:-}" "$@"
}

initialise() {
    if [ -z "$MARIADB_ROOT_PASSWORD$MARIADB_RANDOM_ROOT_PASSWORD$MARIADB_ALLOW_EMPTY_ROOT_PASSWORD" ]; then
        echo '[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified' >&2
        echo '        You need to specify one of MARIADB_ROOT_PASSWORD, MARIADB_ALLOW_EMPTY_ROOT_PASSWORD and MARIADB_RANDOM_ROOT_PASSWORD' >&2
        exit 1
    fi
    mariadb-install-db --datadir="$data" --auth-root-authentication-method=normal --skip-test-db \
        --skip-name-resolve --cross-bootstrap --skip-log-bin >/dev/null
    "$@" --skip-networking --socket="$socket" --wsrep-on=OFF --expire-logs-days=0 &
    local server=$! attempt
    for attempt in {1..120}; do
        if sql -e 'SELECT 1' >/dev/null 2>&1; then break; fi
        { kill -0 "$server" && [ "$attempt" -lt 120 ]; } || { echo '[ERROR] [Entrypoint]: Unable to start server.' >&2; exit 1; }
        sleep 0.5
    done

    local password=$MARIADB_ROOT_PASSWORD health
    if [ -n "$MARIADB_RANDOM_ROOT_PASSWORD" ]; then
        password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
        echo "[Note] [Entrypoint]: GENERATED ROOT PASSWORD: $password"
    fi
    health=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
    {
        echo "SET @@SESSION.SQL_LOG_BIN=0;"
        echo "DELETE FROM global_priv WHERE User = '';"
        echo "CREATE USER healthcheck@'127.0.0.1' IDENTIFIED BY '$health', healthcheck@'::1' IDENTIFIED BY '$health', healthcheck@localhost IDENTIFIED BY '$health';"
        if [ -n "$MARIADB_DATABASE" ]; then echo "CREATE DATABASE IF NOT EXISTS \`$MARIADB_DATABASE\`;"; fi
        if [ -n "$MARIADB_USER" ] && [ -n "$MARIADB_PASSWORD" ]; then
            echo "CREATE USER $(quoted "$MARIADB_USER")@'%' IDENTIFIED BY $(quoted "$MARIADB_PASSWORD");"
            if [ -n "$MARIADB_DATABASE" ]; then
                echo "GRANT ALL ON \`${MARIADB_DATABASE//_/\\_}\`.* TO $(quoted "$MARIADB_USER")@'%';"
            fi
        fi
        echo "CREATE USER root@'%' IDENTIFIED BY $(quoted "$password");"
        echo "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;"
        echo "SET PASSWORD FOR root@localhost = PASSWORD($(quoted "$password"));"
        echo "FLUSH PRIVILEGES;"
    } | sql
    root_password=$password
    (
        umask 077
        printf '[mariadb-client]\nport=3306\nsocket=%s\nuser=healthcheck\npassword=%s\n' "$socket" "$health" >"$data/.my-healthcheck.cnf"
    )

    local file
    # shellcheck source=/dev/null
    for file in /docker-entrypoint-initdb.d/*; do
        case $file in
            *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
            *.sql) sql ${MARIADB_DATABASE:+--database="$MARIADB_DATABASE"} <"$file" ;;
            *.sql.gz) gunzip -c "$file" | sql ${MARIADB_DATABASE:+--database="$MARIADB_DATABASE"} ;;
        esac
    done
    kill "$server"
    wait "$server"
    echo '[Note] [Entrypoint]: MariaDB init process done. Ready for start up.'
}

[ "${1:0:1}" != - ] || set -- mariadbd "$@"

if [ "$1" = mariadbd ] || [ "$1" = mysqld ]; then
    if [ "$(id -u)" = 0 ]; then
        find "$data" \! -user mysql -exec chown mysql: '{}' +
        find /run/mysqld \! -user mysql -exec chown mysql: '{}' +
        exec setpriv --reuid=mysql --regid=mysql --init-groups -- "${BASH_SOURCE[0]}" "$@"
    fi
    for name in ROOT_PASSWORD DATABASE USER PASSWORD RANDOM_ROOT_PASSWORD ALLOW_EMPTY_ROOT_PASSWORD; do
        setting "$name"
    done
    [ -d "$data/mysql" ] || initialise "$@"
fi

exec "$@"
