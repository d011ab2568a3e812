# A line for each package named: name, version installed or -, version to be had or -.
for package in "$@"; do
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$package" 2>/dev/null | sed -n 's/^installed //p')
    candidate=$(LC_ALL=C apt-cache policy "$package" 2>/dev/null | sed -n 's/^  Candidate: //p')
    [ "$candidate" = "(none)" ] && candidate=
    echo "$package ${installed:--} ${candidate:--}"
done
