# Asked once a connection, so it may take a few dozen processes; each answers nothing where it is missing.
first() { { read -r line <"$1" && printf '%s\n' "$line"; } 2>/dev/null; }

echo '==uname'
uname -nrm
echo '==bits'
getconf LONG_BIT 2>/dev/null
echo '==machine-id'
first /etc/machine-id || first /var/lib/dbus/machine-id
echo '==model'
[ ! -e /sys/firmware/devicetree/base/model ] || tr '\000' '\n' </sys/firmware/devicetree/base/model
echo '==vendor'
first /sys/class/dmi/id/sys_vendor
echo '==product'
first /sys/class/dmi/id/product_name
echo '==os-release'
head -n 100 /etc/os-release 2>/dev/null || head -n 100 /usr/lib/os-release 2>/dev/null
echo '==cpu'
lscpu 2>/dev/null | grep -m 1 '^Model name'
grep -m 1 '^model name' /proc/cpuinfo
grep -m 1 '^CPU part' /proc/cpuinfo
echo '==cores'
nproc 2>/dev/null || grep -c '^processor' /proc/cpuinfo
echo '==meminfo'
head -n 5 /proc/meminfo

echo '==mounts'
printf %s "$found" | while read -r number type source mount; do
	# The block device: by its number, or by its name where the number is a file system's own (btrfs, zfs).
	block=$(readlink -f "/sys/dev/block/$number" 2>/dev/null)
	case $source in /dev/*)
		[ -e "$block/uevent" ] || {
			name=$(readlink -f "$source" 2>/dev/null)
			block=$(readlink -f "/sys/class/block/${name##*/}" 2>/dev/null)
		}
		;;
	esac
	# Encryption, logical volumes and RAID lie on other disks: go down to the first of them.
	depth=0
	while [ $depth -lt 4 ]; do
		depth=$((depth + 1))
		set -- "$block"/slaves/*
		[ -e "$1" ] || break
		block=$(readlink -f "$1")
	done
	rotational=$(first "$block/queue/rotational" || first "${block%/*}/queue/rotational")
	printf '%s %s %s %s %s\n' "${rotational:--}" "${block:--}" "$type" "$source" "$mount"
done
echo '==also'
printf %s "$also"
echo '==df'
df -Pk "$@" 2>/dev/null

echo '==links'
for path in /sys/class/net/*; do
	[ -e "$path/address" ] || continue
	mac=$(first "$path/address")
	speed=$(first "$path/speed")
	printf '%s %s %s\n' "${path##*/}" "${mac:--}" "${speed:--}"
done
echo '==addresses'
ip -o addr show 2>/dev/null || /sbin/ip -o addr show 2>/dev/null
echo '==if_inet6'
head -n 200 /proc/net/if_inet6 2>/dev/null

echo '==devices'
for path in /dev/dri /dev/kfd /dev/nvidia[0-9] /dev/nvidiactl /dev/accel /dev/apex_[0-9] /dev/hailo[0-9] \
	/dev/kvm /dev/net/tun /dev/serial/by-id/* /dev/ttyUSB[0-9] /dev/ttyACM[0-9] /dev/ttyAMA[0-9] /dev/video[0-9]*; do
	[ -e "$path" ] || continue
	detail=
	case $path in
	/dev/dri) for file in /sys/class/drm/card[0-9]/device/uevent; do
		detail="$detail $(grep -s '^DRIVER=' "$file")"
	done ;;
	/dev/video*) detail=$(first "/sys/class/video4linux/${path##*/}/name") ;;
	esac
	printf '%s %s\n' "$path" "$detail"
done
for path in /sys/bus/usb/devices/*; do
	[ -e "$path/idVendor" ] || continue
	# The Coral accelerator before and after its firmware is loaded.
	case $(first "$path/idVendor"):$(first "$path/idProduct") in
	1a6e:089a | 18d1:9302) echo '/dev/bus/usb Coral' ;;
	esac
done

echo '==init'
if [ -d /run/systemd/system ]; then
	echo systemd
elif [ -d /run/openrc ]; then
	echo openrc
else
	first /proc/1/comm
fi
echo '==virtualization'
if type systemd-detect-virt >/dev/null 2>&1; then
	systemd-detect-virt
elif [ -e /.dockerenv ]; then
	echo docker
elif grep -qw hypervisor /proc/cpuinfo; then
	echo vm-other
fi

# State 0A is listening; a UDP socket that waits for anyone is in state 07. Source: include/net/tcp_states.h of Linux.
echo '==tcp'
cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep ' 0A ' | head -n 2000
echo '==udp'
cat /proc/net/udp /proc/net/udp6 2>/dev/null | grep ' 07 ' | head -n 2000
echo '==end'
