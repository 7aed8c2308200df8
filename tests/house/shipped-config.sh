#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shipped-config.sh - the file that is installed is right, also with every option uncommented, in
# the eyes of the daemon and of the plugins that it names.
set -u

shipped=$VMQ_TOP_SRCDIR/etc/vibemqd.yaml
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
n=0

# report NAME STATUS: the result of one case.
report()
{
	n=$((n + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		sed 's/^/# /' "$dir/out"
	fi
}

# check FILE: its exit status is that of the daemon, whose words are in $dir/out.
check()
{
	VMQ_PLUGIN_DIR=$VMQ_TOP_BUILDDIR/.libs "$VMQ_TOP_BUILDDIR/vibemqd" --check-config -c "$1" \
		>"$dir/out" 2>&1
}

# complains FILE TEXT: the daemon refuses FILE, says TEXT, and its exit status is EX_CONFIG.
complains()
{
	check "$1"
	[ $? -eq 78 ] && grep -qF "$2" "$dir/out"
}

echo 1..5

check "$shipped"
report "the shipped file is right" $?

# Prose has one blank behind its "#", an option none, or as many as it is indented.
sed 's/^#\([^ ]\|  \)/\1/' "$shipped" >"$dir/all.yaml"
check "$dir/all.yaml"
report "it is right with every option uncommented" $?

sed 's/gossip_interval/gosip_interval/' "$dir/all.yaml" >"$dir/typo.yaml"
complains "$dir/typo.yaml" 'unknown key "gosip_interval", did you mean "gossip_interval"?'
report "a mistyped key of a plugin is refused, and the right one is named" $?

VIBEMQ__PLUGINS__AUTH__MAX_PENDING=0
export VIBEMQ__PLUGINS__AUTH__MAX_PENDING
complains "$dir/all.yaml" 'VIBEMQ__PLUGINS__AUTH__MAX_PENDING: max_pending: 0 is out of range'
report "a wrong override is refused, and the variable is named" $?
unset VIBEMQ__PLUGINS__AUTH__MAX_PENDING

complains "$dir/none.yaml" "$dir/none.yaml: No such file or directory"
report "a file that is not there is not taken for an empty one" $?
