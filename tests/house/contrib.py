# SPDX-License-Identifier: Apache-2.0
"""contrib.py - the examples in contrib are right: each configuration in the daemon's eyes, and what
Compose and Kubernetes read in so far as one part of it must fit another
"""
import os
import subprocess
import tempfile

from lib.daemon import BUILD
from lib.tap import run, skip, test

try:
    import yaml
except ImportError:
    yaml = None

TOP = os.environ["VMQ_TOP_SRCDIR"]
CLUSTER = os.path.join(TOP, "contrib", "cluster")
LABEL = {"app": "vibemq"}


def documents(name):
    if yaml is None:
        skip("no YAML parser for Python is here: it is python3-yaml")
    with open(os.path.join(CLUSTER, name), encoding="utf-8") as file:
        return list(yaml.safe_load_all(file))


def assert_right(path, **environment):
    environment = dict(os.environ, VMQ_PLUGIN_DIR=os.path.join(BUILD, ".libs"), **environment)
    done = subprocess.run([os.path.join(BUILD, "vibemqd"), "--check-config", "-c", path], env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout.decode()


def host_ports(service):
    """All ports of the host that may be taken, as numbers with their protocol."""
    taken = set()
    for port in service.get("ports", ()):
        protocol = port.partition("/")[2] or "tcp"
        first, _, last = port.partition(":")[0].partition("-")
        taken |= {(n, protocol) for n in range(int(first), int(last or first) + 1)}
    return taken


@test
def the_nodes_configurations_are_right():
    for name in ("node1.yaml", "node2.yaml", "node3.yaml"):
        assert_right(os.path.join(CLUSTER, name))
    assert_right(os.path.join(TOP, "contrib", "docker", "vibemqd.yaml"))


@test
def compose_names_files_that_are_there():
    for name, service in documents("compose.yaml")[0]["services"].items():
        build = service["build"]
        build = {"context": build} if isinstance(build, str) else build
        dockerfile = os.path.join(CLUSTER, build["context"], build.get("dockerfile", "Dockerfile"))
        assert os.path.exists(dockerfile), (name, dockerfile)
        for volume in service.get("volumes", ()):
            assert os.path.exists(os.path.join(CLUSTER, volume.split(":")[0])), (name, volume)


@test
def compose_gives_no_port_of_the_host_to_two_services():
    taken = {}
    services = documents("compose.yaml")[0]["services"]
    for name, service in services.items():
        for port in host_ports(service):
            assert port not in taken, (port, name, taken[port])
            taken[port] = name
    front = {"node1": 1883, "node2-door": 1884, "node3": 1885}
    assert {taken[port, "tcp"]: port for port in front.values()} == front, taken
    assert len(host_ports(services["node2"])) >= 3, "there is no room for three replicas"


@test
def replicas_that_share_a_file_have_no_node_id_in_it():
    plugins = documents("node2.yaml")[0]["plugins"]
    assert "node_id" not in plugins[0], plugins


def by_kind():
    return {(one["kind"], one["metadata"]["name"]): one for one in documents("kubernetes.yaml")}


def container(objects):
    return objects["StatefulSet", "vibemq"]["spec"]["template"]["spec"]["containers"][0]


@test
def the_configuration_for_kubernetes_is_right():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "vibemqd.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(by_kind()["ConfigMap", "vibemq"]["data"]["vibemqd.yaml"])
        assert_right(path, POD_IP="192.0.2.1")


@test
def all_of_kubernetes_is_found_by_its_label():
    objects = by_kind()
    for name, one in objects.items():
        assert one["metadata"]["labels"] == LABEL, name
    for name in ("vibemq", "vibemq-headless"):
        assert objects["Service", name]["spec"]["selector"] == LABEL, name
    spec = objects["StatefulSet", "vibemq"]["spec"]
    assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"] == LABEL, spec
    for kind, key in (("NetworkPolicy", "podSelector"), ("PodDisruptionBudget", "selector")):
        assert objects[kind, "vibemq"]["spec"][key]["matchLabels"] == LABEL, kind


@test
def pods_find_each_other_by_the_headless_service():
    objects = by_kind()
    headless = objects["Service", "vibemq-headless"]["spec"]
    config = yaml.safe_load(objects["ConfigMap", "vibemq"]["data"]["vibemqd.yaml"])
    gossip = next(port["port"] for port in headless["ports"] if port["name"] == "gossip")
    assert headless["clusterIP"] == "None" and headless["publishNotReadyAddresses"], headless
    assert objects["StatefulSet", "vibemq"]["spec"]["serviceName"] == "vibemq-headless"
    assert config["plugins"][0]["seeds"] == ["vibemq-headless:%d" % gossip], config


@test
def what_kubernetes_names_in_a_pod_is_in_it():
    objects = by_kind()
    one = container(objects)
    ports = {port["name"]: port.get("protocol", "TCP") for port in one["ports"]}
    for name in ("vibemq", "vibemq-headless"):
        for port in objects["Service", name]["spec"]["ports"]:
            assert ports[port["targetPort"]] == port.get("protocol", "TCP"), (name, port)
    volumes = {volume["name"] for volume in objects["StatefulSet", "vibemq"]["spec"]["template"]["spec"]["volumes"]}
    assert {mount["name"] for mount in one["volumeMounts"]} == volumes
    assert one["readinessProbe"]["exec"] != one["livenessProbe"]["exec"], "two questions, one answer"
    with open(os.path.join(TOP, "contrib", "docker", "Dockerfile"), encoding="utf-8") as file:
        assert one["readinessProbe"]["exec"]["command"][0] in file.read()


@test
def the_autoscaler_scales_the_nodes():
    objects = by_kind()
    spec = objects["HorizontalPodAutoscaler", "vibemq"]["spec"]
    assert (spec["scaleTargetRef"]["kind"], spec["scaleTargetRef"]["name"]) in objects
    assert "replicas" not in objects["StatefulSet", "vibemq"]["spec"], "applying it again would undo the autoscaler"
    assert 1 < spec["minReplicas"] < spec["maxReplicas"], spec


run()
