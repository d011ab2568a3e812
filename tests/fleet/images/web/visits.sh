#!/bin/sh
# /cgi-bin/visits counts in the volume /data, so that a test can see whether data survived.
count=$(($(cat /data/visits 2>/dev/null || echo 0) + 1))
echo "$count" >/data/visits
printf 'Content-Type: text/plain\r\n\r\n%s\n' "$count"
