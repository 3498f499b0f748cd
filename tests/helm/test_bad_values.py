"""Values that cannot work fail `helm template`, with a sentence that says what to change."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from tests.helm.chart import CHART, merged, template
from tests.helm.test_server_pod import MINIMAL

SCHEMA = yaml.safe_load((CHART / "values.schema.json").read_text(encoding="utf-8"))
PUBLISH = {"enabled": True, "gallery": "screens", "images": {"claimName": "images"}}


def gallery(**fields: Any) -> dict[str, Any]:
    return {"galleries": [{"name": "screens", **fields}]}


TOGETHER: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "replicas with autoscaling": (
        {"replicaCount": 3, "autoscaling": {"kind": "hpa"}},
        "remove replicaCount, or set autoscaling.kind to none",
    ),
    "fewest above most": (
        {"autoscaling": {"minReplicas": 5, "maxReplicas": 2}},
        "raise maxReplicas or lower minReplicas",
    ),
    "keda without Prometheus": (
        {"autoscaling": {"kind": "keda"}},
        "set autoscaling.keda.serverAddress",
    ),
    "an hpa on nothing": (
        {"autoscaling": {"kind": "hpa", "hpa": {"cpuPercent": None}}},
        "set autoscaling.hpa.cpuPercent or autoscaling.hpa.podsMetric",
    ),
    "an update that cannot start": (
        {"updateStrategy": {"maxSurge": 0, "maxUnavailable": "0%"}},
        "set one of them to 1 or more",
    ),
    "TensorRT without a GPU": (
        {"models": {"platform": "tensorrt"}},
        "set gpu.enabled to true, or export the repository for onnxruntime",
    ),
    "OpenVINO with a GPU": (
        {"models": {"platform": "openvino"}, "gpu": {"enabled": True}},
        "set gpu.enabled to false",
    ),
    "TLS without a secret": ({"tls": {"enabled": True}}, "set tls.secretName"),
    "mTLS without TLS": ({"tls": {"clientCaSecretName": "ca"}}, "set tls.enabled to true"),
    "no gallery": ({"galleries": []}, "add one to galleries with a name and a source"),
    "a gallery on no claim": (gallery(source="pvc"), "set galleries[0].pvc.claimName"),
    "a gallery at no address": (
        gallery(source="objectStorage"),
        "set galleries[0].objectStorage.url",
    ),
    "a gallery in no folder": (gallery(source="image"), "set galleries[0].image.path"),
    "two galleries of one name": (
        {"galleries": [*MINIMAL["galleries"], *MINIMAL["galleries"]]},
        "give galleries[1] another name",
    ),
    "models on no claim": ({"models": {"source": "pvc"}}, "set models.pvc.claimName"),
    "models without a checksum": (
        {"models": {"source": "objectStorage", "objectStorage": {"url": ":s3:bucket/models"}}},
        "set models.objectStorage.sha256",
    ),
    "shm too small": ({"shm": {"size": "256Mi"}}, "raise it to 960Mi or more"),
    "shm above the memory": (
        {"shm": {"size": "8Gi"}},
        "raise the limit or lower shm.size",
    ),
    "an ingress without TLS": (
        {"ingress": {"enabled": True, "host": "vislex.example.com"}},
        "set ingress.host and ingress.tlsSecretName",
    ),
    "a route from nowhere": (
        {"grpcRoute": {"enabled": True}},
        "name a Gateway in grpcRoute.parentRefs",
    ),
    "metrics twice": (
        {"metrics": {"serviceMonitor": {"enabled": True}, "podMonitor": {"enabled": True}}},
        "enable one of them",
    ),
    "publishing to no gallery": (
        {"publish": {**PUBLISH, "gallery": "screen"}},
        "name one of galleries whose source is pvc",
    ),
    "publishing into an image": (
        {**gallery(source="image", image={"path": "/g"}), "publish": PUBLISH},
        "name one of galleries whose source is pvc",
    ),
    "publishing over a whole claim": ({"publish": PUBLISH}, "set pvc.subPath of it to a folder"),
    "a load test without credentials": (
        {"loadtest": {"enabled": True}, "auth": {"secretName": "tokens"}},
        "disable loadtest",
    ),
    "publishing with TensorRT plans": (
        {"publish": PUBLISH, "models": {"platform": "tensorrt"}, "gpu": {"enabled": True}},
        "set publish.models.pvc to an ONNX repository",
    ),
    "publishing no images": (
        {"publish": {**PUBLISH, "images": {}}},
        "set publish.images.claimName",
    ),
}


@pytest.mark.parametrize(("values", "advice"), TOGETHER.values(), ids=TOGETHER)
def test_values_that_do_not_go_together(values: Mapping[str, Any], advice: str) -> None:
    done = template(merged(MINIMAL, values))
    assert done.returncode != 0
    assert advice in done.stderr


def test_all_complaints_are_told_at_once() -> None:
    done = template({"tls": {"enabled": True}, "models": {"platform": "tensorrt"}})
    for advice in ("tls.secretName", "gpu.enabled", "galleries"):
        assert advice in done.stderr


ALONE: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "a typo": ({"replicaCout": 3}, "replicaCout is not allowed"),
    "a typo further in": ({"server": {"maxInflight": 3}}, "maxInflight is not allowed"),
    "a typo in a gallery": (gallery(source="pvc", pcv={}), "pcv is not allowed"),
    "an unknown source": (gallery(source="nfs"), "galleries.0.source"),
    "an unknown platform": ({"models": {"platform": "torch"}}, "models.platform"),
    "an unknown scaler": ({"autoscaling": {"kind": "vpa"}}, "autoscaling.kind"),
    "text for a number": ({"server": {"drainSeconds": "20s"}}, "server.drainSeconds"),
    "no drain at all": ({"server": {"drainSeconds": 0}}, "server.drainSeconds"),
    "not a size": ({"shm": {"size": "1 GB"}}, "shm.size"),
    "a budget that blocks drains": (
        {"podDisruptionBudget": {"maxUnavailable": 0}}, "podDisruptionBudget.maxUnavailable",
    ),
    "a name that is none": ({"galleries": [{"name": "A b", "source": "pvc"}]}, "galleries.0.name"),
    "a digest that is none": ({"image": {"digest": "sha256:abc"}}, "image.digest"),
    "an hour that cron lacks": ({"publish": {"schedule": "3am"}}, "publish.schedule"),
    "root": ({"security": {"runAsUser": 0}}, "security.runAsUser"),
    "a peer that means everybody": ({"networkPolicy": {"clients": [{}]}}, "networkPolicy.clients"),
}  # fmt: skip


@pytest.mark.parametrize(("values", "named"), ALONE.values(), ids=ALONE)
def test_a_value_that_the_schema_refuses(values: Mapping[str, Any], named: str) -> None:
    done = template(merged(MINIMAL, values))
    assert done.returncode != 0
    assert "don't meet the specifications" in done.stderr
    assert named in done.stderr


@pytest.mark.parametrize(
    ("size", "fits"),
    [("959Mi", False), ("960Mi", True), ("1006632959", False), ("1.1G", True), (1006632960, True)],
)
def test_the_shared_memory_that_is_needed_is_counted_in_any_unit(size: Any, fits: bool) -> None:
    """10 instances of Python models, 96 MiB each: 960 MiB, 1006632960 bytes."""
    assert (template(merged(MINIMAL, {"shm": {"size": size}})).returncode == 0) is fits


def test_the_schema_leaves_no_object_open() -> None:
    """Every object lists its keys; the exceptions are the API server's own or free by nature."""
    free = {"global", "nodeAffinity", "podAffinity", "podAntiAffinity"}
    for path, node in objects_of(SCHEMA):
        if path[-1:] and path[-1] in free:
            continue
        extra = node.get("additionalProperties")
        assert extra is False or (isinstance(extra, dict) and extra["type"]), path


def test_the_schema_knows_exactly_the_values_there_are() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    compare(values, SCHEMA, ())


def compare(values: Mapping[str, Any], node: Mapping[str, Any], path: tuple[str, ...]) -> None:
    known = set(resolve(node)["properties"]) - {"global"}
    assert set(values) <= known, path
    optional = {"ephemeral-storage", "cpu"}  # a resource without a default
    assert known - set(values) <= optional, path
    for key, value in values.items():
        below = resolve(resolve(node)["properties"][key])
        if isinstance(value, dict) and "properties" in below and value:
            compare(value, below, (*path, key))


def resolve(node: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in node:
        return node
    found: Mapping[str, Any] = SCHEMA["definitions"][node["$ref"].rsplit("/", 1)[1]]
    return found


def objects_of(
    node: Any, path: tuple[str, ...] = ()
) -> list[tuple[tuple[str, ...], Mapping[str, Any]]]:
    found: list[tuple[tuple[str, ...], Mapping[str, Any]]] = []
    if isinstance(node, dict):
        if node.get("type") == "object":
            found.append((path, node))
        for key, value in node.items():
            found += objects_of(value, (*path, key))
    if isinstance(node, list):
        for value in node:
            found += objects_of(value, path)
    return found
