# A line for each package named: name, version installed or -, version to be had (by what dnf knows without asking the network) or -.
for package in "$@"; do
    installed=$(rpm -q --qf '%{VERSION}\n' "$package" 2>/dev/null) || installed=
    candidate=$(dnf -C -q repoquery --latest-limit=1 --qf '%{version}\n' "$package" 2>/dev/null | head -n 1)
    echo "$package ${installed:--} ${candidate:--}"
done
