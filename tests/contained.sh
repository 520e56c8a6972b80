#!/bin/sh
# Run a command where an attack that succeeds does no harm: tests/contained.sh python -m pytest tests/test_red_team.py
#
# The command has process, network, IPC and mount namespaces of its own. It sees the system's libraries, this
# repository and the Python environment; what it writes goes to memory and is gone with it. Needs Linux and `unshare`.
set -eu
if [ "${1:-}" != --inside ]; then
    repository=$(cd "$(dirname "$0")/.." && pwd -P)
    python=$(command -v "$1")
    places=$("$python" -c 'import os, sys; print(os.path.realpath(sys.prefix), os.path.realpath(sys.base_prefix))')
    exec unshare --user --map-root-user --mount --pid --net --ipc --uts --fork --kill-child \
        sh "$0" --inside "$repository $places" "$@"
fi
places=$2
shift 2
new=/mnt
mount -t tmpfs contained "$new"
mkdir "$new/proc" "$new/dev" "$new/tmp" "$new/etc" "$new/home" "$new/mnt" "$new/.old" "$new/.upper"
mount -t tmpfs upper "$new/.upper"
for folder in usr bin sbin lib lib64; do
    if [ -L "/$folder" ]; then
        cp -P "/$folder" "$new/$folder"
    elif [ -d "/$folder" ]; then
        mkdir "$new/$folder"
        mount --rbind "/$folder" "$new/$folder"
        mount -o remount,bind,ro "$new/$folder"
    fi
done
for file in passwd group ld.so.cache localtime; do
    [ ! -e "/etc/$file" ] || cp -L "/etc/$file" "$new/etc/$file"
done
for device in null zero full random urandom; do
    touch "$new/dev/$device"
    mount --bind "/dev/$device" "$new/dev/$device"
done
mkdir "$new/dev/shm"
mount -t tmpfs shm "$new/dev/shm"
ln -s /proc/self/fd "$new/dev/fd"
number=0
for place in $places; do
    case $place in /usr | /usr/*) continue ;; esac
    number=$((number + 1))
    mkdir -p "$new/$place" "$new/.upper/$number/up" "$new/.upper/$number/work"
    upper="$new/.upper/$number"
    mount -t overlay -o "userxattr,lowerdir=$place,upperdir=$upper/up,workdir=$upper/work" overlay "$new/$place"
done
mount -t proc proc "$new/proc"
ip link set lo up 2>/dev/null || true
folder=$PWD
cd "$new"
pivot_root . .old
umount -l /.old
rmdir /.old
cd "$folder"
exec env -i PATH="$PATH" HOME=/home LANG=C.UTF-8 PYTHONPATH="${PYTHONPATH:-}" RED_TEAM_CONTAINED=yes TEETH="${TEETH:-}" \
    COURSE_PASSWORD=red-team-canary-environment-0123456789abcdef "$@"
