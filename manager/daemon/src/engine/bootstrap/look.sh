# What a person, a deployment and bootstrap want to know of a machine; a line a fact, nothing where it is unknown.
echo "user $(id -un)"
echo "uid $(id -u)"
# Those of the user, not of this login: a group counts only from the next login on.
echo "groups $(id -Gn "$(id -un)")"
echo "clock $(date +%s)"
for program in dockerd /usr/sbin/dockerd /usr/local/bin/dockerd /usr/libexec/docker/dockerd; do
    path=$(command -v "$program" 2>/dev/null) && echo "program $path"
done
for dir in /var/lib/docker /var/lib /; do
    if [ -d "$dir" ]; then
        df -Pk "$dir" 2>/dev/null | awk 'NR == 2 { print "free " $4 }'
        break
    fi
done
if command -v systemctl >/dev/null 2>&1; then
    echo "enabled $(systemctl is-enabled docker.service 2>/dev/null)"
elif command -v rc-update >/dev/null 2>&1; then
    rc-update show default 2>/dev/null | grep -q '^ *docker ' && echo "enabled enabled"
fi
read -r apparmor 2>/dev/null </sys/module/apparmor/parameters/enabled && echo "apparmor $apparmor"
command -v apparmor_parser >/dev/null 2>&1 || [ -x /sbin/apparmor_parser ] || echo "parser none"
exit 0
