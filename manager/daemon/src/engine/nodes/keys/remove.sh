# Removes the lines with a public key ($1, one line) from the user's authorized keys; other lines stay as they are.
set -eu
umask 077
file=$HOME/.ssh/authorized_keys
[ -f "$file" ] || exit 0
# A link is followed, so that the file that it leads to is changed and not the link.
file=$(readlink -f "$file")
key=${1#* }
key=${key%% *}
grep -qF -- "$key" "$file" || exit 0
# Written beside and renamed: a full disk must not leave a person locked out. The copy has owner and mode already.
cp -p "$file" "$file.hearth"
grep -vF -- "$key" "$file" >"$file.hearth" || [ $? -eq 1 ]
mv "$file.hearth" "$file"
