#!/bin/sh
# make-base.sh - the Dockerfile's base image without a registry: debootstrap and docker import
#
# usage: make-base.sh [MIRROR]
#
# Run as root, for debootstrap makes device nodes and changes its root. Docker uses an image of this
# name that it has, and asks no registry for it.
set -eu

image=$(sed -n 's/^FROM \([^ ]*\).*/\1/p' "$(dirname "$0")/Dockerfile" | head -n 1)
suite=${image#debian:}
suite=${suite%-slim}
mirror=${1:-http://deb.debian.org/debian}

# What Debian's slim images leave out too.
dpkg_excludes() {
	cat <<-'TEXT'
		path-exclude /usr/share/doc/*
		path-include /usr/share/doc/*/copyright
		path-exclude /usr/share/info/*
		path-exclude /usr/share/lintian/*
		path-exclude /usr/share/locale/*
		path-exclude /usr/share/man/*
	TEXT
}

# An image keeps no cache of apt's, which would be most of a small one.
apt_conf() {
	cat <<-'TEXT'
		Dir::Cache::pkgcache "";
		Dir::Cache::srcpkgcache "";
		DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };
	TEXT
}

# The updates belong to the sources, so that `apt-get upgrade` in an image gets them.
apt_sources() {
	echo "deb $mirror $suite main"
	echo "deb $mirror $suite-updates main"
	echo "deb ${mirror%/*}/debian-security $suite-security main"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
root=$work/root

debootstrap --variant=minbase "$suite" "$root" "$mirror"

dpkg_excludes >"$root/etc/dpkg/dpkg.cfg.d/slim"
apt_conf >"$root/etc/apt/apt.conf.d/slim"
apt_sources >"$root/etc/apt/sources.list"
find "$root/usr/share/doc" -type f ! -name copyright -delete
find "$root/usr/share/doc" -depth -type d -empty -delete
for folder in info lintian locale man; do
	find "$root/usr/share/$folder" -mindepth 1 -delete 2>/dev/null || true
done
rm -f "$root"/var/cache/apt/archives/*.deb "$root"/var/cache/apt/*.bin "$root"/var/log/*.log
find "$root/var/lib/apt/lists" -type f -delete
# These were copied from the machine that this runs on.
rm -f "$root/etc/hostname" "$root/etc/resolv.conf"

tar -C "$root" --numeric-owner -c . | docker import -c 'CMD ["bash"]' - "$image"
