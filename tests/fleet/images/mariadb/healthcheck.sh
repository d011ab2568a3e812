#!/bin/bash
# The tests of the official image's healthcheck.sh that compose files use: --connect and
# --innodb_initialized. Source: https://mariadb.com/kb/en/using-healthcheck-sh/
set -euo pipefail

query() {
    mariadb --defaults-extra-file=/var/lib/mysql/.my-healthcheck.cnf --defaults-group-suffix=-client \
        --protocol=tcp --host=127.0.0.1 --skip-ssl-verify-server-cert --batch --skip-column-names -e "$1" 2>/dev/null
}

[ $# -gt 0 ] || { echo "healthcheck: no test given" >&2; exit 1; }
for test in "$@"; do
    case $test in
        --connect) query 'SELECT 1' >/dev/null ;;
        --innodb_initialized)
            [ "$(query "SELECT 1 FROM information_schema.ENGINES WHERE engine = 'innodb' AND support IN ('YES', 'DEFAULT')")" = 1 ] ;;
        *) echo "healthcheck: unknown test $test" >&2; exit 1 ;;
    esac
done
