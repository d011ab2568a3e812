# A line for each package named: name, version installed or -, version to be had or -.
for package in "$@"; do
    installed=$(pacman -Q "$package" 2>/dev/null | awk '{ print $2 }')
    candidate=$(LC_ALL=C pacman -Si "$package" 2>/dev/null | sed -n 's/^Version *: *//p' | head -n 1)
    echo "$package ${installed:--} ${candidate:--}"
done
