# Appends a public key ($1, one line) to the user's authorized keys unless it is there; other lines stay as they are.
# $2 is "look" when it is only asked whether it is there. Answers "present", "absent" or "added".
set -eu
umask 077
dir=$HOME/.ssh
file=$dir/authorized_keys
key=${1#* }
key=${key%% *}
if [ -f "$file" ] && grep -v '^[[:space:]]*#' "$file" | grep -qF -- "$key"; then
    echo present
    exit 0
fi
if [ "${2:-}" = look ]; then
    echo absent
    exit 0
fi
mkdir -p "$dir"
chmod go-rwx "$dir"
# The last line may lack its end.
if [ -s "$file" ] && [ -n "$(tail -c 1 "$file")" ]; then
    echo >>"$file"
fi
printf '%s\n' "$1" >>"$file"
# The SSH server ignores a file that others may write (sshd_config(5), StrictModes).
chmod go-w "$file"
if command -v restorecon >/dev/null 2>&1; then
    restorecon -R "$dir" 2>/dev/null || true
fi
echo added
