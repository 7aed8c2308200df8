# contrib: what stands beside the broker. The tarball has it; nothing of it is installed.
dist_check_SCRIPTS += tests/house/contrib.py
EXTRA_DIST += \
	.dockerignore \
	contrib/cluster/README.md \
	contrib/cluster/compose.yaml \
	contrib/cluster/door/Dockerfile \
	contrib/cluster/kubernetes.yaml \
	contrib/cluster/node1.yaml \
	contrib/cluster/node2.yaml \
	contrib/cluster/node3.yaml \
	contrib/debian/changelog \
	contrib/debian/control \
	contrib/debian/copyright \
	contrib/debian/rules \
	contrib/debian/source/format \
	contrib/debian/vibemq-auth.install \
	contrib/debian/vibemq-bench.install \
	contrib/debian/vibemq-cluster.install \
	contrib/debian/vibemq-dev.install \
	contrib/debian/vibemqd.docs \
	contrib/debian/vibemqd.install \
	contrib/debian/vibemqd.sysusers \
	contrib/docker/Dockerfile \
	contrib/docker/health \
	contrib/docker/make-base.sh \
	contrib/docker/vibemqd.yaml \
	contrib/hello/Makefile \
	contrib/hello/README.md \
	contrib/hello/hello.c \
	contrib/mosquitto2vibemq/README.md \
	contrib/mosquitto2vibemq/mosquitto2vibemq \
	tests/contrib/mosquitto/debian.conf \
	tests/contrib/mosquitto/edge.conf \
	tests/contrib/mosquitto/factory.acl \
	tests/contrib/mosquitto/factory.conf \
	tests/contrib/mosquitto/home.conf

dist_check_SCRIPTS += tests/contrib/mosquitto2vibemq.py
