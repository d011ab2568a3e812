#!/bin/bash
# Keeps the contract of the official image's entrypoint: WordPress is copied into an empty
# /var/www/html, and a wp-config.php that reads WORDPRESS_* is put there when there is none.
# Source: https://hub.docker.com/_/wordpress
set -euo pipefail

if [ "$1" = apache2-foreground ]; then
    if [ ! -e index.php ] && [ ! -e wp-includes/version.php ]; then
        echo "WordPress not found in $PWD - copying now..."
        tar --create --file - --directory /usr/src/wordpress --owner www-data --group www-data . | tar --extract --file -
        echo "Complete! WordPress has been successfully copied to $PWD"
    fi
    if [ ! -s wp-config.php ] && [ -n "$(compgen -e WORDPRESS_ || true)" ]; then
        # The keys are made once and kept; each appearance of the phrase is replaced by its own.
        while IFS= read -r line; do
            while [[ $line == *"put your unique phrase here"* ]]; do
                key=$(head -c 1000000 /dev/urandom | sha256sum | cut -d' ' -f1)
                line=${line/put your unique phrase here/$key}
            done
            printf '%s\n' "$line"
        done <wp-config-docker.php >wp-config.php
        [ "$(id -u)" != 0 ] || chown www-data:www-data wp-config.php
    fi
fi

exec "$@"
