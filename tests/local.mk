# tests: what needs more than one noun; a line for each, so that two changes seldom meet
EXTRA_DIST += tests/bench/fanout.py
EXTRA_DIST += tests/interop/chitchat-peer/Cargo.lock
EXTRA_DIST += tests/interop/chitchat-peer/Cargo.toml
EXTRA_DIST += tests/interop/chitchat-peer/src/main.rs
EXTRA_DIST += tests/interop/chitchat.py
EXTRA_DIST += tests/interop/pynode.py
EXTRA_DIST += tests/interop/wire.py
EXTRA_DIST += tests/lib/__init__.py
EXTRA_DIST += tests/lib/acl.py
EXTRA_DIST += tests/lib/basics.py
EXTRA_DIST += tests/lib/cluster.py
EXTRA_DIST += tests/lib/daemon.py
EXTRA_DIST += tests/lib/dns.py
EXTRA_DIST += tests/lib/model.py
EXTRA_DIST += tests/lib/mqtt.py
EXTRA_DIST += tests/lib/neighbours.py
EXTRA_DIST += tests/lib/packet.py
EXTRA_DIST += tests/lib/partner.py
EXTRA_DIST += tests/lib/property.py
EXTRA_DIST += tests/lib/scram.py
EXTRA_DIST += tests/lib/speaker.py
EXTRA_DIST += tests/lib/tap.py
EXTRA_DIST += tests/lib/wait.py
EXTRA_DIST += tests/tsan.supp

dist_check_SCRIPTS += tests/cluster/addresses.py
dist_check_SCRIPTS += tests/cluster/between_nodes.py
dist_check_SCRIPTS += tests/cluster/names.py
dist_check_SCRIPTS += tests/cluster/pressure.py
dist_check_SCRIPTS += tests/cluster/readiness.py
dist_check_SCRIPTS += tests/cluster/scenarios.py
dist_check_SCRIPTS += tests/house/conformance.py
dist_check_SCRIPTS += tests/house/floors.sh
dist_check_SCRIPTS += tests/interop/with_chitchat.py
dist_check_SCRIPTS += tests/interop/with_python.py
dist_check_SCRIPTS += tests/wire/abuse.py
dist_check_SCRIPTS += tests/wire/abuse_readers.py
dist_check_SCRIPTS += tests/wire/answers.py
dist_check_SCRIPTS += tests/wire/authenticate.py
dist_check_SCRIPTS += tests/wire/authorize.py
dist_check_SCRIPTS += tests/wire/connect.py
dist_check_SCRIPTS += tests/wire/dialogues.py
dist_check_SCRIPTS += tests/wire/drain.py
dist_check_SCRIPTS += tests/wire/filters.py
dist_check_SCRIPTS += tests/wire/flow.py
dist_check_SCRIPTS += tests/wire/limits.py
dist_check_SCRIPTS += tests/wire/listeners.py
dist_check_SCRIPTS += tests/wire/malformed.py
dist_check_SCRIPTS += tests/wire/mqtt31.py
dist_check_SCRIPTS += tests/wire/publish.py
dist_check_SCRIPTS += tests/wire/retain.py
dist_check_SCRIPTS += tests/wire/retain_source.py
dist_check_SCRIPTS += tests/wire/scram.py
dist_check_SCRIPTS += tests/wire/session.py
dist_check_SCRIPTS += tests/wire/share.py
dist_check_SCRIPTS += tests/wire/subscribe.py
dist_check_SCRIPTS += tests/wire/sys.py
dist_check_SCRIPTS += tests/wire/text.py
dist_check_SCRIPTS += tests/wire/will.py
dist_check_SCRIPTS += tests/wire/workers.py

TESTS += $(check_PROGRAMS) $(dist_check_SCRIPTS)

# What cargo built for with_chitchat.py, unless VMQ_CARGO_DIR named another place.
clean-local:
	rm -rf cargo
