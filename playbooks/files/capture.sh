#!/bin/sh
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# sh capture.sh SECONDS: reads twice, SECONDS apart, what tells where this host loses packets, and leaves it in one file,
# packetloss-capture-HOST-TIME.tar.gz, in the folder that it is started in. It changes nothing, and needs no root and
# nothing but a shell, awk, grep, sed, xargs, tar and gzip; with root, ethtool, ip and tc it has more.
# docs/capture.md of the collection linuxnet.packetloss says what is in the file.

# --- nothing of the environment is executed

# bash takes functions from the environment, and commands would be these: with this it finds "unset" before them.
POSIXLY_CORRECT=1
unset -f '[' awk cat cd command cut date echo ethtool exit find getconf grep gzip head id ip kill ln ls mkdir mktemp mv od \
    printf pwd read readlink rm sed set shift sleep sort tail tar tc test timeout tr trap true umask uname wait wc xargs \
    2>/dev/null
unset ENV BASH_ENV CDPATH GREP_OPTIONS GZIP LD_AUDIT LD_LIBRARY_PATH LD_PRELOAD TAR_OPTIONS AWKPATH
PATH=/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin
LC_ALL=C
export PATH LC_ALL
IFS='
 	'
umask 077
set -u
# Names of interfaces may have any sign but blanks, "/" and ":". Where names are to be completed it is allowed again.
set -f

LAYOUT=1
VERSION=1.0.0
#: The most interfaces whose drivers are asked: a host of containers has hundreds.
MOST_INTERFACES=32
#: Seconds that the driver of an interface may take for one answer.
PATIENCE_S=20
#: Bytes that the file should not be larger than.
MOST_BYTES=2097152

#: The sysctls that rules look at, and what else is asked below /proc/sys.
SYSCTLS='kernel/osrelease kernel/random/boot_id vm/min_free_kbytes net/core/netdev_budget net/core/netdev_budget_usecs
net/core/dev_weight net/core/dev_weight_rx_bias net/core/dev_weight_tx_bias net/core/gro_normal_batch net/core/busy_poll
net/core/busy_read net/core/netdev_max_backlog net/core/netdev_tstamp_prequeue net/core/flow_limit_cpu_bitmap
net/core/flow_limit_table_len net/core/rps_sock_flow_entries net/core/somaxconn net/core/rmem_max net/core/rmem_default
net/core/wmem_max net/core/wmem_default net/core/optmem_max net/core/default_qdisc net/ipv4/tcp_rmem net/ipv4/tcp_wmem
net/ipv4/tcp_mem net/ipv4/tcp_max_orphans net/ipv4/tcp_max_syn_backlog net/ipv4/tcp_syncookies
net/ipv4/tcp_abort_on_overflow net/ipv4/tcp_moderate_rcvbuf net/ipv4/udp_mem net/ipv4/udp_rmem_min
net/ipv4/udp_wmem_min net/ipv4/ip_forward net/ipv4/conf/all/rp_filter net/ipv4/conf/default/rp_filter
net/ipv4/ipfrag_high_thresh net/ipv4/ipfrag_time net/ipv6/ip6frag_high_thresh net/ipv6/ip6frag_time
net/ipv4/neigh/default/gc_thresh1 net/ipv4/neigh/default/gc_thresh2 net/ipv4/neigh/default/gc_thresh3
net/ipv4/neigh/default/unres_qlen_bytes net/ipv6/neigh/default/gc_thresh1 net/ipv6/neigh/default/gc_thresh2
net/ipv6/neigh/default/gc_thresh3 net/ipv6/neigh/default/unres_qlen_bytes net/netfilter/nf_conntrack_max
net/netfilter/nf_conntrack_buckets net/netfilter/nf_conntrack_count net/netfilter/nf_conntrack_generic_timeout
net/netfilter/nf_conntrack_tcp_timeout_established net/netfilter/nf_conntrack_udp_timeout
net/netfilter/nf_conntrack_udp_timeout_stream'

#: What counts, below /proc, in the order in which it is read.
COUNTED='net/softnet_stat softirqs stat interrupts net/dev net/snmp net/snmp6 net/netstat net/stat/nf_conntrack
net/stat/arp_cache net/stat/ndisc_cache net/udp net/udp6 net/raw net/raw6 net/sockstat net/sockstat6 net/xfrm_stat
sys/net/netfilter/nf_conntrack_count sys/kernel/random/boot_id'

#: The tables of sockets among them.
SOCKETS='udp udp6 raw raw6'

#: What is read of each CPU, below /sys/devices/system/cpu.
OF_CPU='cpu[0-9]*/topology/physical_package_id cpu[0-9]*/topology/core_id cpu[0-9]*/topology/thread_siblings_list'

#: What single drivers tell, below /sys.
OF_DRIVERS='module/hns3/parameters/page_pool_enabled kernel/debug/mlx5/*/pages/fw_pages_total'

#: What is read of an interface, below its folder in /sys/class/net; then what counts there.
OF_INTERFACE='ifindex address mtu flags type operstate carrier carrier_changes tx_queue_len iflink speed duplex threaded
napi_defer_hard_irqs gro_flush_timeout queues/rx-*/rps_cpus queues/rx-*/rps_flow_cnt queues/tx-*/xps_cpus
queues/tx-*/traffic_class queues/rx-*/virtio_net/mergeable_rx_buffer_size rx_page_cache/log_mult_limit bridge/stp_state
bridge/forward_delay'
COUNTED_OF_INTERFACE='ifindex operstate carrier carrier_changes queues/tx-*/tx_timeout statistics/rx_nohandler'
LINKED_OF_INTERFACE='device lower_* upper_*'

#: What is read of its device, and of the PCI function that the device is a part of.
OF_DEVICE='numa_node local_cpulist current_link_speed current_link_width max_link_speed max_link_width irq msi_irqs/*
irqs/* sriov_numvfs sriov_totalvfs infiniband/*/fw_pages'
LINKED_OF_DEVICE='driver physfn virtfn*/driver'

#: What the driver of an interface is asked: options of ethtool.
ASKED='-i -a -g -l -c -k -x --show-priv-flags'

#: The processes that set what others set too, by the names that the kernel gives them: cut to 15 characters.
OWNERS='irqbalance NetworkManager systemd-network tuned'
OWNERS_FILES='/usr/lib/irqbalance/defaults.env /etc/sysconfig/irqbalance /etc/default/irqbalance /etc/irqbalance.env'

usage() {
    cat <<'EOT'
usage: sh capture.sh [SECONDS] [--anonymous] [--interface NAME]...

Reads twice, SECONDS apart (10 if not given, 1 to 86400), what tells where this
host loses packets, and leaves packetloss-capture-HOST-TIME.tar.gz in the
current folder. Start it while the loss goes on. It changes nothing, and runs as
any user; as root it has more.

  --anonymous       the name of the host, IP and MAC addresses are replaced,
                    each by the same one everywhere
  --interface NAME  this interface in detail too; otherwise the hardware, what
                    is built on it, and others up to 32
EOT
}

fail() {
    echo "capture.sh: $*" >&2
    exit 2
}

# --- what was asked for

seconds=
anonymous=no
wanted=
while [ $# -gt 0 ]; do
    case $1 in
        --anonymous) anonymous=yes ;;
        --interface)
            [ $# -gt 1 ] || fail "--interface needs the name of one"
            wanted="$wanted $2"
            shift
            ;;
        --interface=*) wanted="$wanted ${1#*=}" ;;
        -h | --help)
            usage
            exit 0
            ;;
        -*) fail "no option $1: see sh capture.sh --help" ;;
        *)
            [ -z "$seconds" ] || fail "expected one number of seconds, found $seconds and $1"
            seconds=$1
            ;;
    esac
    shift
done
seconds=${seconds:-10}
case $seconds in
    *[!0-9]* | ?????? | ???????*) fail "expected seconds from 1 to 86400, found $seconds" ;;
esac
if [ "$seconds" -lt 1 ] || [ "$seconds" -gt 86400 ]; then
    fail "expected seconds from 1 to 86400, found $seconds"
fi

has() {
    command -v "$1" >/dev/null 2>&1
}

for program in awk cat date grep gzip mkdir rm sed sleep tar tr uname xargs; do
    has "$program" || fail "needs the program $program, and $PATH has none"
done
[ -r /proc/net/dev ] || fail "needs /proc, and cannot read /proc/net/dev there"
# One each line.
nics=$(sed -n 's/^ *\([^: ]*\):.*/\1/p' /proc/net/dev)
for nic in $wanted; do
    printf '%s\n' "$nics" | grep -q -F -x -e "$nic" || fail "no interface $nic here; there are: $(printf '%s\n' "$nics" | tr '\n' ' ')"
done

# --- a folder of its own, and how it goes away

here=$(pwd -P) || fail "the current folder is gone"
work=
sleeping=
result=

clean() {
    # What was begun: the file is whole, or it is not there.
    [ -z "$result" ] || rm -f -- "$result"
    [ -z "$work" ] || rm -rf -- "$work"
}

stop() {
    trap '' HUP INT PIPE TERM
    trap - EXIT
    # That of this pause, which may have begun an instant ago: any other signal it could still miss.
    [ -z "$sleeping" ] || [ "${!:-none}" = "$sleeping" ] || kill -KILL "$!" 2>/dev/null
    clean
    echo "capture.sh: stopped, and nothing is left behind" >&2
    exit "$1"
}

trap clean EXIT
trap 'stop 129' HUP
trap 'stop 130' INT
trap 'stop 141' PIPE
trap 'stop 143' TERM

temporary=${TMPDIR:-/tmp}
case $temporary in
    /*) ;;
    *) temporary=/tmp ;;
esac
if has mktemp; then
    work=$(mktemp -d "$temporary/packetloss-capture.XXXXXX") || fail "no folder can be made in $temporary: set TMPDIR"
else
    # It fails where something of that name is there already, whatever it is.
    mkdir "$temporary/packetloss-capture.$$" || fail "no folder can be made in $temporary: set TMPDIR"
    work=$temporary/packetloss-capture.$$
fi

if [ "$anonymous" = yes ]; then
    # The same for all captures from one boot to the next, and nothing that leads back to the name.
    host=host-$(sed 's/-.*//' /proc/sys/kernel/random/boot_id 2>/dev/null)
else
    host=$(uname -n | sed 's/[^A-Za-z0-9._-]/_/g; s/^[.-]/_/')
fi
name=packetloss-capture-$host-$(date -u +%Y%m%dT%H%M%SZ)
top=$work/$name
settings=$top/settings
mkdir "$top" "$settings" "$settings/commands" "$work/raw" || fail "cannot write into $work"

limited=
if timeout 5 true 2>/dev/null; then
    limited="timeout $PATIENCE_S"
elif timeout -t 5 true 2>/dev/null; then
    limited="timeout -t $PATIENCE_S" # BusyBox before 1.30
fi

# --- reading many files at once: one program that reads them, not one for each

# below FOLDER PATTERN...: the files that fit, by their real path
below() {
    (
        cd -P -- "$1" 2>/dev/null || exit 0
        place=$(pwd -P)
        shift
        set +f
        # shellcheck disable=SC2048,SC2086  # patterns to be completed
        for file in $*; do
            [ ! -e "$file" ] || printf '%s/%s\n' "$place" "$file"
        done
    )
}

# there FILE: its path, if it is there
there() {
    [ ! -e "$1" ] || printf '%s\n' "$1"
}

# escaped: the lines of standard input as xargs wants its words
escaped() {
    sed 's/[^A-Za-z0-9_/.,:+-]/\\&/g'
}

# folders_of TO < paths: makes the folders of these files below TO
folders_of() {
    awk -v OFS= '{ sub("/[^/]*$", ""); if (!seen[$0]++) print ENVIRON["to"], $0 }' | escaped | xargs mkdir -p --
}

# read_all LIST: the lines of the files in the list, each after its path, into LIST.lines
read_all() {
    # /dev/null: with two files grep writes the names of both.
    escaped <"$1" | xargs grep '' /dev/null >"$1.lines" 2>"$1.said"
}

# files_of LIST TO: makes files below TO of what read_all read, and TO/errors.txt of what it could not read
files_of() {
    to=$2 folders_of <"$1"
    list=$1 to=$2 awk '
        BEGIN {
            list = ENVIRON["list"]
            to = ENVIRON["to"]
            while ((getline path < list) > 0) paths[++count] = path
        }
        # The lines come in the order of the list.
        function is_of(number) { return substr($0, 1, length(paths[number]) + 1) == paths[number] ":" }
        {
            number = now ? now : 1
            while (number <= count && !is_of(number)) number++
            if (number > count) next
            if (number != now) {
                if (now) close(to paths[now])
                now = number
                seen[now] = 1
            }
            line = substr($0, length(paths[now]) + 2)
            # A number for each interrupt of the machine: they are in /proc/interrupts.
            if (paths[now] == "/proc/stat" && line ~ /^intr /) next
            print line > (to paths[now])
        }
        END { for (number = 1; number <= count; number++) if (!seen[number]) print paths[number] }
    ' <"$1.lines" >"$1.unseen"
    sed 's/^grep: //' "$1.said" >>"$2/errors.txt"
    # What had no line is empty, or could not be read, which some greps do not say.
    while IFS= read -r path; do
        grep -q -F -e "$path: " "$1.said" && continue
        if said=$(cat -- "$path" 2>&1 >/dev/null); then
            : >"$2$path"
        else
            printf '%s: %s\n' "$path" "${said##*: }" >>"$2/errors.txt"
        fi
    done <"$1.unseen"
}

# link TO PATH: the link at PATH, as it is
link() {
    target=$(readlink "$2" 2>/dev/null) || return 0
    mkdir -p -- "$1${2%/*}" && ln -s -- "$target" "$1$2"
}

# --- what programs say; mangled: as the names of files that sos gives them

mangled() {
    case $1 in
        *[!A-Za-z0-9]*)
            printf '%s' "$1" | tr -c 'A-Za-z0-9_.\200-\377-' '\001' | tr -s '\001' | tr '\001' _ | sed 's/[._-]*$//'
            ;;
        *) printf '%s' "$1" ;;
    esac
}

# said FILE WORDS...: what a program says, whatever it is, in a file of that name
said() {
    place=$1
    shift
    # shellcheck disable=SC2086  # one word, or several
    $limited "$@" >"$place" 2>&1 </dev/null
}

# what is asked of programs waits in $work/raw until addresses are taken out; plan KIND RAW PLACE
plan() {
    printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$work/plan"
}

# Those of BusyBox do not know what is asked of them.
without=
ip -s -s -d link show lo >/dev/null 2>&1 || without="$without ip"
tc -s -d qdisc show dev lo >/dev/null 2>&1 || without="$without tc"
has ethtool || without="$without ethtool"

is_here() {
    case "$without " in
        *" $1 "*) return 1 ;;
    esac
}

# --- which interfaces, and what of the host

sys=/sys/class/net

# deep: those whose driver is asked
deep=
add() {
    case " $deep " in
        *" $1 "*) return ;;
    esac
    deep="$deep $1"
    # shellcheck disable=SC2086
    set -- $deep
    chosen=$#
}
with_all_above() {
    add "$1"
    for above in $(
        cd "$sys/$1" 2>/dev/null || exit 0
        set +f
        for entry in upper_*; do [ ! -e "$entry" ] || echo "${entry#upper_}"; done
    ); do
        case " $deep " in
            *" $above "*) ;;
            *) with_all_above "$above" ;;
        esac
    done
}
chosen=0
for nic in $wanted; do add "$nic"; done
for nic in $nics; do
    [ ! -e "$sys/$nic/device" ] || [ $chosen -ge $MOST_INTERFACES ] || with_all_above "$nic"
done
left_out=0
for nic in $nics; do
    case " $deep " in
        *" $nic "*) continue ;;
    esac
    if [ $chosen -lt $MOST_INTERFACES ]; then add "$nic"; else left_out=$((left_out + 1)); fi
done

echo "Reading the settings of $host, and of the interfaces$deep"

# Drivers that fetch what their hardware counts when they are asked answer with what they fetched the last time.
if is_here ethtool; then
    for nic in $deep; do
        said /dev/null ethtool -S "$nic"
    done
fi
read -r primed _ </proc/uptime

{
    for file in $SYSCTLS; do there "/proc/sys/$file"; done
    for file in meminfo zoneinfo buddyinfo 1/comm; do there "/proc/$file"; done
    there /etc/tuned/active_profile
    below /sys/devices/system/cpu 'online possible present isolated nohz_full' "$OF_CPU"
    first=$(sed 's/[-,].*//' /sys/devices/system/cpu/online 2>/dev/null)
    below "/sys/devices/system/cpu/cpu${first:-0}" 'cache/index*/coherency_line_size'
    below /sys/devices/system/node 'node[0-9]*/cpulist node[0-9]*/meminfo'
    below /sys "$OF_DRIVERS"
    for nic in $nics; do
        case " $deep " in
            *" $nic "*) below "$sys/$nic" "$OF_INTERFACE" ;;
            *) below "$sys/$nic" ifindex ;;
        esac
    done
} >"$work/list"
: >"$work/counted"
for file in $COUNTED; do
    there "/proc/$file" >>"$work/counted"
done
for nic in $nics; do
    case " $deep " in
        *" $nic "*) below "$sys/$nic" "$COUNTED_OF_INTERFACE" ;;
        *) below "$sys/$nic" ifindex ;;
    esac
done >>"$work/counted"
# Without ip these are all there is (with it, rx_nohandler is what it leaves out where it is 0); each costs the driver a
# look at all of them.
is_here ip || for nic in $deep; do below "$sys/$nic" 'statistics/*'; done >>"$work/counted"

# The interfaces in sysfs, and their devices up to the PCI function: links, as they are.
devices=
for nic in $nics; do
    link "$settings" "$sys/$nic"
    case " $deep " in
        *" $nic "*) ;;
        *) continue ;;
    esac
    for path in $(below "$sys/$nic" "$LINKED_OF_INTERFACE"); do link "$settings" "$path"; done
    device=$(cd -P -- "$sys/$nic/device" 2>/dev/null && pwd -P) || continue
    for _ in 1 2 3; do
        case " $devices " in
            *" $device "*) break ;;
        esac
        devices="$devices $device"
        below "$device" "$OF_DEVICE" >>"$work/list"
        for path in $(below "$device" "$LINKED_OF_DEVICE"); do link "$settings" "$path"; done
        case ${device##*/} in
            *:*:*.*) break ;;
        esac
        device=${device%/*}
        case $device in
            /sys/devices/*/*) ;;
            *) break ;;
        esac
    done
done
link "$settings" /proc/self/ns/net
link "$settings" /proc/self/ns/pid

# The interrupts of these devices, and those that have the name of an interface or a device; all where they are few.
# shellcheck disable=SC2094  # the list has no more of these when it is added to: sort ends first
{
    sed -n 's|.*/msi_irqs/\([0-9]*\)$|\1|p; s|.*/irqs/\([0-9]*\)$|\1|p' "$work/list"
    names="$deep $devices" awk '
        BEGIN { count = split(ENVIRON["names"], names) }
        match($0, /^ *[0-9]+:/) {
            number = $1
            sub(":", "", number)
            all[++rows] = number
            for (each = 1; each <= count; each++) {
                sub(".*/", "", names[each])
                if (index($0, names[each])) { found[number] = 1; break }
            }
        }
        END { for (row = 1; row <= rows; row++) if (rows <= 256 || all[row] in found) print all[row] }
    ' /proc/interrupts 2>/dev/null
} | sort -u | while read -r number; do
    below "/proc/irq/$number" smp_affinity_list effective_affinity_list affinity_hint node
done >>"$work/list"

# Who else sets what is looked at, by the names of processes and no more.
set +f
for path in /proc/[0-9]*/comm; do echo "$path"; done >"$work/commands"
set -f
# shellcheck disable=SC2046,SC2086  # an option for each
escaped <"$work/commands" | xargs grep -x $(printf ' -e %s' $OWNERS) /dev/null 2>/dev/null | sed 's/:[^:]*$//' \
    >>"$work/list"
for file in $OWNERS_FILES; do
    [ -r "$file" ] || continue
    mkdir -p -- "$settings${file%/*}"
    grep -e '^[ 	]*IRQBALANCE_' -e '^[ 	]*OPTIONS=' "$file" >"$settings$file"
done

awk '!seen[$0]++' "$work/list" >"$work/settings"
read_all "$work/settings"
[ -e /proc/1 ] && ! ls /proc/1/fd >/dev/null 2>&1 && echo "/proc/1/fd: Permission denied" >>"$settings/errors.txt"

if has ip; then
    said "$work/raw/addresses" ip addr
    plan addresses "$work/raw/addresses" "$settings/commands/ip_addr"
fi
if is_here ethtool; then
    for nic in $deep; do
        file=$(mangled "$nic")
        said "$work/raw/$file" ethtool "$nic"
        plan macs "$work/raw/$file" "$settings/commands/ethtool_$file"
        for option in $ASKED; do
            said "$work/raw/$file$option" ethtool "$option" "$nic"
            plan macs "$work/raw/$file$option" "$settings/commands/ethtool_${option}_$file"
        done
    done
fi

# --- the samples

# sample NUMBER: what counts, into $work/counted-NUMBER and the commands of the sample
sample() {
    mkdir "$top/$1" "$top/$1/commands" "$top/$1/proc"
    ln -s counted "$work/counted-$1"
    read -r uptime idle </proc/uptime
    printf '%s %s\n' "$uptime" "$idle" >"$top/$1/proc/uptime"
    printf 'sample_%s_taken_at: %s\n' "$1" "$(date +%s)" >>"$work/times"
    if is_here ip; then said "$work/raw/links-$1" ip -s -s -d link; fi
    if is_here ethtool; then
        for nic in $deep; do
            said "$top/$1/commands/ethtool_-S_$nic" ethtool -S "$nic"
        done
    fi
    read_all "$work/counted-$1"
    if is_here tc; then said "$top/$1/commands/tc_-s_-d_qdisc" tc -s -d qdisc; fi
    read -r ended _ </proc/uptime
    printf 'sample_%s_uptime_s: %s\nsample_%s_ended_uptime_s: %s\n' "$1" "$uptime" "$1" "$ended" >>"$work/times"
}

pause() {
    sleeping=${!:-none}
    sleep "$1" >/dev/null 2>&1 &
    wait "$!"
    sleeping=
}

# A second at least after the first question to the drivers.
read -r now _ </proc/uptime
[ "$((${now%.*} - ${primed%.*}))" -gt 1 ] || pause 1
sample 1
echo "First sample taken; the second one follows in $seconds s"
pause "$seconds"
sample 2
echo "Second sample taken"

# --- who has the sockets that lost something meanwhile

for number in 1 2; do
    files_of "$work/counted-$number" "$top/$number"
    for table in $SOCKETS; do
        [ ! -f "$top/$number/proc/net/$table" ] || mv -- "$top/$number/proc/net/$table" "$work/raw/$table-$number"
    done
    for nic in $deep; do
        file=$(mangled "$nic")
        place=$top/$number/commands/ethtool_-S_
        [ "$file" = "$nic" ] || [ ! -f "$place$nic" ] || mv -- "$place$nic" "$place$file"
    done
done
files_of "$work/settings" "$settings"

for table in $SOCKETS; do
    if [ ! -f "$work/raw/$table-1" ] || [ ! -f "$work/raw/$table-2" ]; then continue; fi
    awk 'FNR == 1 { file++; next } file == 1 { old[$10] = $13; next } ($10 in old) && old[$10] != $13 { print $10 }' \
        "$work/raw/$table-1" "$work/raw/$table-2"
done >"$work/losers"
if [ -s "$work/losers" ]; then
    set +f
    # shellcheck disable=SC2012  # the links of a process, whose names are numbers
    ls -l /proc/[0-9]*/fd 2>/dev/null | awk '
        FNR == NR { lost["socket:[" $1 "]"] = 1; next }
        /^\/proc\// { split($0, part, "/"); process = part[3] + 0; next }
        $NF in lost && (!($NF in owner) || owner[$NF] > process) { owner[$NF] = process; file[$NF] = $(NF - 2) }
        END { for (socket in owner) print owner[socket], file[socket], socket }
    ' "$work/losers" - | while read -r process file socket; do
        mkdir -p -- "$top/2/proc/$process/fd"
        ln -s -- "$socket" "$top/2/proc/$process/fd/$file"
        cat "/proc/$process/comm" >"$top/2/proc/$process/comm" 2>/dev/null
    done
    set -f
fi

# --- addresses: those of others are taken out, with --anonymous all

for number in 1 2; do
    [ ! -f "$work/raw/links-$number" ] ||
        plan links "$work/raw/links-$number" "$top/$number/commands/ip_-s_-s_-d_link"
    for table in $SOCKETS; do
        [ ! -f "$work/raw/$table-$number" ] ||
            plan "sockets" "$work/raw/$table-$number" "$top/$number/proc/net/$table"
    done
done
if [ "$anonymous" = yes ]; then
    for nic in $deep; do
        for path in $(below "$sys/$nic" address); do
            [ -f "$settings$path" ] || continue
            mv -- "$settings$path" "$work/raw/address$nic"
            plan macs "$work/raw/address$nic" "$settings$path"
        done
    done
fi

# The byte order in which the tables of sockets have addresses; empty where od is not there.
byte_order=
case $(printf '\001\000' | od -An -tx2 2>/dev/null | tr -d ' ') in
    0001) byte_order=little ;;
    0100) byte_order=big ;;
esac

cat >"$work/scrub.awk" <<'EOT'
# Lines of a plan: what kind of text, where it is, where it goes.
BEGIN {
    FS = "\t"
    anonymous = ENVIRON["anonymous"] == "yes"
    little = ENVIRON["byte_order"] != "big"
    for (value = 0; value < 16; value++) {
        digit = substr("0123456789abcdef", value + 1, 1)
        of_digit[digit] = value
        of_digit[toupper(digit)] = value
    }
    while ((getline mac < ENVIRON["macs"]) > 0) own[mac] = 1
}
FILENAME ~ /keep$/ { keep[$1, $2] = 1; next }
{
    kind = $1; from = $2; to = $3
    row = 0
    printf "" > to
    while ((getline line < from) > 0) {
        row++
        if (kind == "sockets") line = of_socket(line)
        else if (line ~ /^ +(altname|alias) /) continue
        else line = of_words(line)
        if (line != "") print line > to
    }
    close(from)
    close(to)
}

# --- words of ip and ethtool

function of_words(line,    out, word, before) {
    out = ""
    before = ""
    while (match(line, /[^ \t]+/)) {
        word = substr(line, RSTART, RLENGTH)
        out = out substr(line, 1, RSTART - 1) of_word(word, before)
        line = substr(line, RSTART + RLENGTH)
        before = word
    }
    return out line
}

function of_word(word, before,    part, length_of_prefix) {
    if (word ~ /^([0-9a-f][0-9a-f]:)+[0-9a-f][0-9a-f]$/ && length(word) >= 17) return of_mac(word)
    if (anonymous && (before == "switchid" || before == "portid")) {
        # Most are made of a MAC address.
        gsub(/[0-9a-f]/, "0", word)
        return word
    }
    if (before == "bridge_id" || before == "designated_root" || before == "designated_bridge") return "8000.0:0:0:0:0:0"
    split(word, part, "/")
    length_of_prefix = part[2] == "" ? "" : "/" part[2]
    # Versions of drivers and firmware look like addresses.
    if (kind == "macs") return word
    if (part[1] ~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/) {
        if (kind == "addresses" && before == "inet") return of_four(part[1]) length_of_prefix
        return kind == "addresses" && before == "brd" && !anonymous ? word : "0.0.0.0" length_of_prefix
    }
    if (part[1] ~ /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/)
        return (kind == "addresses" && before == "inet6" ? of_six(part[1]) : "::") length_of_prefix
    return word
}

# An address of this host, and with --anonymous another one in its place; that of somebody else is none at all.
function of_mac(mac,    empty) {
    if (mac ~ /^(00:)*00$/ || mac ~ /^(ff:)*ff$/) return mac
    empty = mac
    gsub(/[0-9a-f]/, "0", empty)
    if (!(mac in own)) return empty
    if (!anonymous) return mac
    if (!(mac in mac_number)) mac_number[mac] = ++macs
    # The bit that says: given by hand.
    return "02" substr(empty, 3, length(empty) - 7) sprintf("%02x:%02x", mac_number[mac] / 256, mac_number[mac] % 256)
}

function of_four(address) {
    if (!anonymous || address ~ /^127\./ || address == "0.0.0.0") return address
    if (!(address in four_number)) four_number[address] = ++fours
    # The range for measurements, RFC 2544.
    return "198.18." int(four_number[address] / 256) % 256 "." four_number[address] % 256
}

function of_six(address,    digits) {
    if (!anonymous || address == "::" || address == "::1") return address
    digits = expanded(address)
    return (substr(digits, 1, 4) == "fe80" ? "fe80::" : "2001:db8::") sprintf("%x", six(digits))
}
function six(digits) {
    if (!(digits in six_number)) six_number[digits] = ++sixes
    return six_number[digits]
}

# 32 digits of the text of an IPv6 address.
function expanded(address,    half, left, right, part, out, count, each) {
    left = address
    right = ""
    if (half = index(address, "::")) {
        left = substr(address, 1, half - 1)
        right = substr(address, half + 2)
    }
    out = ""
    count = split(left, part, ":")
    for (each = 1; each <= count; each++) out = out filled(part[each])
    left = out
    out = ""
    count = split(right, part, ":")
    for (each = 1; each <= count; each++) out = out filled(part[each])
    while (length(left out) < 32) left = left "0000"
    return left out
}
function filled(part) { return substr("0000" part, length(part) + 1) }

# --- a row of /proc/net/udp and its likes: those that lost, with where they are bound and nothing of their peers

function of_socket(line,    part, count, address, each) {
    count = split(line, part, / +/)
    # Rows begin with blanks.
    each = part[1] == "" ? 1 : 0
    if (row == 1) return line
    if (count - each < 13) return ""
    if (!((table_of(from), part[each + 10]) in keep)) return ""
    address = part[each + 2]
    part[each + 2] = (anonymous ? other_end(address) : address)
    gsub(/[0-9A-Fa-f]/, "0", part[each + 3])
    part[each + 12] = "0000000000000000"
    line = ""
    for (each = each + 1; each <= count; each++) line = line " " part[each]
    return line
}
function table_of(path) { sub(/.*\//, "", path); sub(/-[12]$/, "", path); return path }

function other_end(text,    part, digits, words) {
    split(text, part, ":")
    digits = words_turned(part[1])
    if (length(digits) == 8) return words_turned(hex_of_four(of_four(four_of_hex(digits)))) ":" part[2]
    if (digits ~ /^0*[01]?$/) return text
    # An IPv4 address in the form of an IPv6 one: the same number as the IPv4 address has.
    if (tolower(substr(digits, 1, 24)) == "00000000000000000000ffff")
        return words_turned(substr(digits, 1, 24) hex_of_four(of_four(four_of_hex(substr(digits, 25))))) ":" part[2]
    digits = tolower(digits)
    words = substr(digits, 1, 4) == "fe80" ? "fe80000000000000" : "20010db800000000"
    return toupper(words_turned(words sprintf("%016x", six(digits)))) ":" part[2]
}
# From the order of the machine to that of the network, and back.
function words_turned(digits,    out, at) {
    if (!little) return digits
    out = ""
    for (at = 1; at < length(digits); at += 8)
        out = out substr(digits, at + 6, 2) substr(digits, at + 4, 2) substr(digits, at + 2, 2) substr(digits, at, 2)
    return out
}
function four_of_hex(digits) {
    return byte(digits, 1) "." byte(digits, 3) "." byte(digits, 5) "." byte(digits, 7)
}
function byte(digits, at) { return of_digit[substr(digits, at, 1)] * 16 + of_digit[substr(digits, at + 1, 1)] }
function hex_of_four(address,    part) {
    split(address, part, ".")
    return sprintf("%02X%02X%02X%02X", part[1], part[2], part[3], part[4])
}
EOT

# The sockets that are kept, by table and inode: those with drops in one of the samples, in both.
for table in $SOCKETS; do
    for number in 1 2; do
        [ ! -f "$work/raw/$table-$number" ] || (
            export table
            awk -v OFS='\t' 'FNR > 1 && NF >= 13 && $13 != 0 { print ENVIRON["table"], $10 }' "$work/raw/$table-$number"
        )
    done
done >"$work/keep"
{
    for nic in $nics; do cat "$sys/$nic/address" 2>/dev/null; done
    [ ! -f "$work/raw/links-2" ] || sed -n 's/.* permaddr \([0-9a-f:]*\).*/\1/p; s/^ *link\/[^ ]* \([0-9a-f:]*\).*/\1/p' \
        "$work/raw/links-2"
} >"$work/macs"
if [ -s "$work/plan" ]; then
    anonymous=$anonymous byte_order=$byte_order macs=$work/macs awk -f "$work/scrub.awk" "$work/keep" "$work/plan"
fi

# Names that were made of a MAC address: enx0200c0ffee00.
if [ "$anonymous" = yes ]; then
    number=0
    for nic in $nics; do
        case $nic in
            enx???????????? | wlx???????????? | wwx????????????) ;;
            *) continue ;;
        esac
        number=$((number + 1))
        other=${nic%????????????}$(printf '02%010x' $number)
        find "$top" -type f -exec grep -l -F -e "$nic" {} + 2>/dev/null | while IFS= read -r path; do
            sed "s/$nic/$other/g" "$path" >"$work/raw/renamed" && cat "$work/raw/renamed" >"$path"
        done
        find "$top" -type l | while IFS= read -r path; do
            target=$(readlink "$path")
            case $target in
                *"$nic"*) rm -f -- "$path" && ln -s -- "$(printf '%s' "$target" | sed "s/$nic/$other/g")" "$path" ;;
            esac
        done
        find "$top" -depth -name "*$nic*" | while IFS= read -r path; do
            mv -- "$path" "${path%/*}/$(printf '%s' "${path##*/}" | sed "s/$nic/$other/g")"
        done
        deep=$(printf '%s' "$deep" | sed "s/$nic/$other/g")
    done
fi

# --- what this is, and one file of all

unread=$(cat "$settings/errors.txt" "$top/1/errors.txt" 2>/dev/null | grep -c -e 'Permission denied$' -e 'not permitted$')
{
    # Of old systems getconf knows the one name or the other.
    page=$(getconf PAGESIZE 2>/dev/null || getconf PAGE_SIZE 2>/dev/null)
    [ -n "$page" ] || page=$(awk '/^KernelPageSize:/ { print $2 * 1024; exit }' /proc/self/smaps 2>/dev/null)
    echo "packetloss-capture: $LAYOUT"
    echo "capture_sh: $VERSION"
    echo "host: $host"
    echo "anonymous: $anonymous"
    echo "system: $(sed -n 's/^PRETTY_NAME="*\([^"]*\)"*$/\1/p' /etc/os-release 2>/dev/null)"
    echo "architecture: $(uname -m)"
    echo "page_size_bytes: $page"
    echo "byte_order: $byte_order"
    echo "clock_ticks_per_s: $(getconf CLK_TCK 2>/dev/null)"
    echo "user_id: $(id -u 2>/dev/null)"
    echo "zone_offset: $(date +%z)"
    echo "interval_s: $seconds"
    cat "$work/times"
    echo "interfaces:$deep"
    echo "interfaces_in_outline: $left_out"
    echo "without:$without"
} >"$top/capture.txt"

# Who made it is nobody's business: where tar can leave it out, that of GNU or that of BSD.
for nobody in '--owner=0 --group=0 --numeric-owner' '--uid 0 --gid 0 --numeric-owner' ''; do
    # shellcheck disable=SC2086  # several options
    tar $nobody -cf /dev/null -C "$work" "$name/capture.txt" 2>/dev/null && break
done
# shellcheck disable=SC2086
tar $nobody -cf "$work/tar" -C "$work" "$name" || fail "tar cannot pack it into $work: is there room?"
gzip -9 <"$work/tar" >"$work/tar.gz" || fail "gzip cannot pack it into $work: is there room?"

# A file that is there, or a link of that name, is not written to.
(set -C && : >"$here/$name.tar.gz") 2>/dev/null ||
    fail "cannot make $here/$name.tar.gz: start it in a folder that can be written to, and has no such file"
result=$here/$name.tar.gz
cat "$work/tar.gz" >"$result" || fail "cannot write $result: is there room?"
size=$(wc -c <"$result")
result=

count() {
    find "$@" -type f | wc -l | tr -d ' '
}
cat <<EOT

$name.tar.gz ($(((size + 1023) / 1024)) KiB) has:
  capture.txt  what it is: kernel, page size, byte order, user, times
  settings/    $(count "$settings") files: CPUs, memory, sysctls, interrupts, queues, and what ethtool says of
              $deep
  1/ 2/        $(count "$top/1" "$top/2") files: what the kernel and the drivers counted, $seconds s apart
It has no addresses of others, no arguments of processes, and of sockets only where those that lost are bound$(
    [ "$anonymous" = yes ] || printf '.\nIt has the name of this host and its own addresses: --anonymous replaces them'
).
tar tzf $name.tar.gz lists it. To read it:
  ansible-playbook linuxnet.packetloss.diagnose -e packetloss_from=$name.tar.gz
EOT
[ "$anonymous$nobody" != yes ] || echo "The name of the user is in it: this tar cannot leave it out"
[ -z "$without" ] || echo "Not here, and missed:$without"
[ "$left_out" = 0 ] || echo "$left_out more interfaces are in it by what the kernel counts only: name one with --interface"
[ "$unread" = 0 ] || echo "$unread files may not be read by this user: as root there is more"
[ "$size" -le $MOST_BYTES ] || echo "It is larger than it should be: please tell us what kind of host this is"
