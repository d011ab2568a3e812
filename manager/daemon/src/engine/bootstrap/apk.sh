# A line for each package named: name, version installed or -, version to be had or -.
for package in "$@"; do
    installed=
    apk info -e "$package" >/dev/null 2>&1 && installed=$(apk list -I "$package" 2>/dev/null | awk 'NR == 1 { print $1 }')
    candidate=$(apk search -x "$package" 2>/dev/null | tail -n 1)
    installed=${installed#"$package"-}
    candidate=${candidate#"$package"-}
    echo "$package ${installed:--} ${candidate:--}"
done
