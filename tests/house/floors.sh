#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# floors.sh - rules of the house that a machine can hold: who may include whom, where threads may
# be, how long things may get.
#
# Each rule prints what breaks it, one line each, for the tree in the present folder, and is silent
# about a house in order. It is shown a small house first that breaks it, so that a rule which has
# gone blind fails too.
set -u

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
n=0

# ---- what the rules look at ----

# sources FOLDER…: the C files below those of the folders that there are.
sources()
{
	for folder in "$@"; do
		[ ! -d "$folder" ] || find "$folder" -name '*.[ch]'
	done | sort
}

# each PATTERN FILES…: "file:line: text" for every line of code that matches; comments are no code.
each()
{
	pattern=$1
	shift
	[ $# -eq 0 ] || awk -v pattern="$pattern" '
	FNR == 1 { inside = 0 }
	{
		code = $0
		while (1) {
			if (inside) {
				if (!(at = index(code, "*/"))) { code = ""; break }
				code = substr(code, at + 2)
				inside = 0
			}
			if (!(at = index(code, "/*"))) break
			rest = substr(code, at + 2)
			if ((end = index(rest, "*/"))) {
				code = substr(code, 1, at - 1) substr(rest, end + 2)
				continue
			}
			code = substr(code, 1, at - 1)
			inside = 1
			break
		}
		gsub(/"([^"\\]|\\.)*"/, "\"\"", code)
		if (code ~ pattern) print FILENAME ":" FNR ": " $0
	}' "$@"
}

# ---- the floors ----

# allowed FILE: the folders whose headers it may include in quotes; "." is its own.
allowed()
{
	case $1 in
	src/base/*) echo base ;;
	src/conf/*) echo conf base ;;
	src/mqtt/*) echo mqtt base ;;
	src/run/*) echo run base ;;
	src/core/*) echo core mqtt run base ;;
	src/net/*) echo net core mqtt run base ;;
	src/passwd/*) echo passwd . ;; # "." is plugins/auth, whose hashes it makes
	src/bench/*) echo bench mqtt base ;;
	src/*/*) ;;
	src/*) echo . net core mqtt run conf base ;;
	include/*) ;;
	plugins/* | contrib/*) echo . ;;
	esac
}

no_include_climbs_a_floor()
{
	sources include src plugins contrib | while read -r file; do
		sed -n 's/^[ \t]*#[ \t]*include[ \t]*"\([^"]*\)".*/\1/p' "$file" | while read -r header; do
			case $header in
			*..*) floor=elsewhere ;;
			*/*) floor=${header%%/*} ;;
			*) floor=. ;;
			esac
			case " $(allowed "$file") " in
			*" $floor "*) ;;
			*) echo "$file: may not include \"$header\"" ;;
			esac
		done
	done
}

# Of ours a plugin knows what is installed, and nothing by another way.
angle_brackets_are_for_the_vocabulary_and_the_system()
{
	sources include src plugins contrib | while read -r file; do
		sed -n 's/^[ \t]*#[ \t]*include[ \t]*<\([^>]*\)>.*/\1/p' "$file" | while read -r header; do
			case $header in
			vibemq/*) [ -f "include/$header" ] || echo "$file: there is no <$header>" ;;
			*) ! [ -f "src/$header" ] || echo "$file: <$header> belongs in quotes" ;;
			esac
		done
	done
}

the_codec_is_pure()
{
	sources src/mqtt | while read -r file; do
		each '#[ \t]*include[ \t]*<(sys/|netinet/|arpa/|time[.]h|unistd[.]h|fcntl[.]h|gio/)' "$file"
		each 'g_get_(monotonic|real)_time|clock_gettime|_Thread_local' "$file"
	done
}

# The load generator is a house of its own.
threads_and_locks_are_in_run_only()
{
	sources include src plugins contrib | grep -v '^src/run/\|^src/bench/' | while read -r file; do
		each 'pthread|<threads[.]h>|<semaphore[.]h>|(thrd|mtx|cnd|sem)_[a-z]+ *[(]|G(Rec|Static)?Mutex|GRWLock|GCond|GThread|GAsyncQueue|g_(rec_)?mutex_|g_rw_lock_|g_cond_|g_thread_|g_once|g_bit_lock|g_async_queue_' "$file"
	done
}

# ---- every file ----

every_file_names_its_licence_first()
{
	{
		sources include src plugins contrib tests
		[ ! -d tests ] || find tests \( -name '*.py' -o -name '*.sh' \) -print
	} | while read -r file; do
		case $(head -n 2 "$file") in
		'/* SPDX-License-Identifier: Apache-2.0 */'* | '# SPDX-License-Identifier: Apache-2.0'*) ;;
		'#!'*'
# SPDX-License-Identifier: Apache-2.0') ;;
		*) echo "$file: does not begin with its SPDX line" ;;
		esac
	done
}

every_header_has_pragma_once()
{
	sources include src plugins contrib | grep '[.]h$' | while read -r file; do
		grep -q '^#pragma once$' "$file" || echo "$file: has no #pragma once"
	done
}

no_file_is_longer_than_800_lines()
{
	{
		sources include src plugins contrib tests
		[ ! -d tests ] || find tests -name '*.py'
	} | while read -r file; do
		lines=$(wc -l <"$file")
		[ "$lines" -le 800 ] || echo "$file: $lines lines"
	done
}

no_function_is_longer_than_70_lines()
{
	sources src plugins contrib tests | grep '[.]c$' | while read -r file; do
		awk '/^[{]/ { first = FNR }
			/^[}]/ && first && FNR - first - 1 > 70 { print FILENAME ":" first ": " FNR - first - 1 " lines" }
			/^[}]/ { first = 0 }' "$file"
	done
}

# ---- words ----

what_is_never_used_is_not()
{
	sources include src plugins contrib | while read -r file; do
		each '(^|[^A-Za-z0-9_])(goto|alloca|g_alloca|g_newa|strcpy|sprintf|strtok|gets|sleep|usleep|nanosleep|g_usleep)([ \t]*[(]|[ \t]+[a-z_]+;)' "$file"
		each '#[ \t]*if[ \t]+0' "$file"
		each '(^|[ \t;])//' "$file"
		grep -nE '(^|[^A-Za-z])(TODO|FIXME|XXX)([^A-Za-z]|$)' "$file" | sed "s|^|$file:|"
	done
}

# ---- the rules, each with a house that breaks it ----

# plant FILE: its text is the standard input.
plant()
{
	mkdir -p "$dir/house/$(dirname "$1")"
	cat >"$dir/house/$1"
}

# holds RULE CULPRIT…: our house keeps the rule, and it finds each culprit in the planted one, and
# nothing else.
holds()
{
	rule=$1
	shift
	n=$((n + 1))
	(cd "$VMQ_TOP_SRCDIR" && $rule) >"$dir/ours"
	(cd "$dir/house" && $rule) >"$dir/theirs"
	for culprit in "$@"; do
		grep -q "^$culprit:" "$dir/theirs" || echo "the rule does not see $culprit" >>"$dir/ours"
		grep -v "^$culprit:" "$dir/theirs" >"$dir/rest"
		mv "$dir/rest" "$dir/theirs"
	done
	sed 's/^/the rule minds what it should not: /' "$dir/theirs" >>"$dir/ours"
	rm -rf "$dir/house"
	if [ ! -s "$dir/ours" ]; then
		echo "ok $n - $(echo "$rule" | tr _ ' ')"
	else
		echo "not ok $n - $(echo "$rule" | tr _ ' ')"
		sed 's/^/# /' "$dir/ours"
	fi
}

spdx='/* SPDX-License-Identifier: Apache-2.0 */'

echo 1..9

echo '#include "core/session.h"' | plant src/run/up.c
echo '#include "run/worker.h"' | plant src/mqtt/sideways.c
echo ' #  include "plugin.h"' | plant src/net/main.c
echo '#include "conf/conf.h"' | plant src/core/conf.c
echo '#include "base/log.h"' | plant include/vibemq/quoted.h
echo '#include "core/router.h"' | plant plugins/x/ours.c
echo '#include "../y/y.h"' | plant plugins/x/neighbour.c
printf '#include "x.h"\n#include <vibemq/plugin.h>\n' | plant plugins/x/right.c
printf '#include "base/buf.h"\n#include "mqtt/decode.h"\n#include "run/worker.h"\n' | plant src/core/right.c
holds no_include_climbs_a_floor src/run/up.c src/mqtt/sideways.c src/net/main.c src/core/conf.c \
	include/vibemq/quoted.h plugins/x/ours.c plugins/x/neighbour.c

echo '#pragma once' | plant include/vibemq/there.h
echo '#pragma once' | plant src/core/router.h
echo '#include <vibemq/there.h>' | plant plugins/x/right.c
echo '#include <core/router.h>' | plant plugins/x/ours.c
echo '#include <vibemq/private.h>' | plant plugins/x/none.c
holds angle_brackets_are_for_the_vocabulary_and_the_system plugins/x/ours.c plugins/x/none.c

echo '#include <sys/socket.h>' | plant src/mqtt/socket.c
echo 'int64_t now = g_get_monotonic_time();' | plant src/mqtt/clock.c
echo '#include <sys/socket.h>' | plant src/net/socket.c
holds the_codec_is_pure src/mqtt/socket.c src/mqtt/clock.c

echo '#include <pthread.h>' | plant src/net/thread.c
echo 'static GMutex lock;' | plant plugins/x/lock.c
echo 'if (g_once_init_enter(&made))' | plant src/core/once.c
printf '/* a mutex of\n * pthread_mutex_t */\nsay("GMutex");\n' | plant src/core/words.c
echo '#include <pthread.h>' | plant src/run/worker.c
holds threads_and_locks_are_in_run_only src/net/thread.c plugins/x/lock.c src/core/once.c

echo 'int x;' | plant src/none.c
printf '#!/bin/sh\n# none\n' | plant tests/none.sh
printf '\n%s\n' "$spdx" | plant src/late.c
echo "$spdx" | plant src/right.c
printf '#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n' | plant tests/right.sh
holds every_file_names_its_licence_first src/none.c tests/none.sh src/late.c

echo 'int x;' | plant src/base/bare.h
echo '#pragma once' | plant src/base/right.h
holds every_header_has_pragma_once src/base/bare.h

yes 'int x;' | head -n 801 | plant src/long.c
yes 'int x;' | head -n 800 | plant src/right.c
holds no_file_is_longer_than_800_lines src/long.c

{ printf 'void\nf(void)\n{\n' && yes '	x++;' | head -n 71 && echo '}'; } | plant src/long.c
{ printf 'void\nf(void)\n{\n' && yes '	x++;' | head -n 70 && echo '}'; } | plant src/right.c
holds no_function_is_longer_than_70_lines src/long.c

echo '	goto out;' | plant src/goto.c
echo '	strcpy(to, from);' | plant src/strcpy.c
echo '#if 0' | plant src/dead.c
echo 'int x; // why' | plant src/comment.c
echo '/* TODO: all of it */' | plant src/todo.c
echo '	usleep(1000);' | plant plugins/x/sleep.c
printf '/* goto out; */\nsay("https://x // goto out;");\nmy_sleep(1);\n' | plant src/right.c
holds what_is_never_used_is_not src/goto.c src/strcpy.c src/dead.c src/comment.c src/todo.c \
	plugins/x/sleep.c
