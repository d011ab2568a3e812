# Chooses the slot. RAUC changes BOOT_ORDER and BOOT_<slot>_LEFT in /uboot/state; here a try is counted before it is made, and when
# none is left the next slot has its turn. A slot without a kernel is never tried: its update was cut off.
# The partitions' places are fixed: 1 is the boot partition, 2 is slot A, 3 is slot B. U-Boot sets devtype and devnum.

setenv BOOT_ORDER "A B"
setenv BOOT_A_LEFT 3
setenv BOOT_B_LEFT 0
# One sector: a power cut leaves it as it was or as it shall be.
if load ${devtype} ${devnum}:1 ${kernel_addr_r} /uboot/state; then
    env import -c ${kernel_addr_r} 200 BOOT_ORDER BOOT_A_LEFT BOOT_B_LEFT
fi

setenv slot
for candidate in ${BOOT_ORDER}; do
    if test -n "${slot}"; then
        true
    elif test "${candidate}" = "A"; then
        if test ${BOOT_A_LEFT} -gt 0; then
            if test -e ${devtype} ${devnum}:2 /boot/vmlinuz; then
                setexpr BOOT_A_LEFT ${BOOT_A_LEFT} - 1
                setenv slot A
            fi
        fi
    elif test "${candidate}" = "B"; then
        if test ${BOOT_B_LEFT} -gt 0; then
            if test -e ${devtype} ${devnum}:3 /boot/vmlinuz; then
                setexpr BOOT_B_LEFT ${BOOT_B_LEFT} - 1
                setenv slot B
            fi
        fi
    fi
done

# All tries are used up: begin anew with what was good once, else with whatever has a kernel.
if test -z "${slot}"; then
    setenv candidates ${BOOT_ORDER} A B
    for candidate in ${candidates}; do
        if test -n "${slot}"; then
            true
        elif test "${candidate}" = "A"; then
            if test -e ${devtype} ${devnum}:2 /boot/vmlinuz; then
                setenv slot A
            fi
        elif test "${candidate}" = "B"; then
            if test -e ${devtype} ${devnum}:3 /boot/vmlinuz; then
                setenv slot B
            fi
        fi
    done
    for candidate in ${BOOT_ORDER}; do
        setenv BOOT_${candidate}_LEFT 3
    done
    if test -n "${slot}"; then
        setenv BOOT_${slot}_LEFT 2
    fi
fi

env export -c -s 200 ${kernel_addr_r} BOOT_ORDER BOOT_A_LEFT BOOT_B_LEFT
fatwrite ${devtype} ${devnum}:1 ${kernel_addr_r} /uboot/state 200

if test "${slot}" = "B"; then
    setenv system 3
else
    setenv system 2
fi
# By the partition's own id: another disk may have partitions of the same names.
part uuid ${devtype} ${devnum}:${system} id
# Of the security modules those that something here uses: setting up BPF's alone takes half a second of a slow machine's start.
setenv bootargs root=PARTUUID=${id} rootfstype=squashfs rootwait=30 ro rauc.slot=${slot} init=/usr/lib/hearth/init @CONSOLES@ quiet panic=10 lsm=landlock,lockdown,yama,apparmor
# The firmware's device tree knows this very board.
test -n "${fdt_addr}" || setenv fdt_addr ${fdtcontroladdr}

echo "Hearth: starting slot ${slot}"
if load ${devtype} ${devnum}:${system} ${kernel_addr_r} /boot/vmlinuz; then
    if test -e ${devtype} ${devnum}:${system} /boot/initrd.img; then
        if load ${devtype} ${devnum}:${system} ${ramdisk_addr_r} /boot/initrd.img; then
            booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdt_addr}
        fi
    else
        booti ${kernel_addr_r} - ${fdt_addr}
    fi
fi
# This try is counted; after the last one the other slot is next.
sleep 5
reset
