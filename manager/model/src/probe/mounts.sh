# Puts the mount points of real disks into "$@"; sets `found` to a line for each: major:minor type source mount, and `also` to a line for
# each further place where one of them is mounted: key mount.
# Only these are asked for their size: df on a dead network mount would hang.
LC_ALL=C
export LC_ALL
found=
also=
seen='|'
set --
while read -r _ _ number _ mount _ rest; do
	rest=${rest#*- }
	type=${rest%% *}
	rest=${rest#* }
	source=${rest%% *}
	case $type in
	ext[234] | xfs | btrfs | f2fs | zfs | bcachefs | jfs | nilfs2 | reiserfs | vfat | exfat | ntfs | ntfs3 | fuseblk) ;;
	squashfs | erofs | iso9660 | tmpfs | ramfs | rootfs) continue ;;
	*) [ "$mount" = / ] || continue ;;
	esac
	case $mount in
	/boot | /boot/* | /efi | /efi/*) continue ;;
	*\\*) path=$(printf %b "$mount") ;;
	*) path=$mount ;;
	esac
	[ -d "$path" ] || continue
	# A disk counts once, by its first mount: bind mounts, subvolumes and data sets share its space.
	case $source in
	/*) key=$source ;;
	*) key=${source%%/*} ;;
	esac
	case $seen in *"|$key|"*)
		[ ${#also} -ge 8192 ] || also="$also$key $mount
"
		continue
		;;
	esac
	seen="$seen$key|"
	found="$found$number $type $source $mount
"
	set -- "$@" "$path"
	[ $# -lt 64 ] || break
done </proc/self/mountinfo
[ $# -gt 0 ] || {
	set -- /
	found='0:0 unknown unknown /
'
}
