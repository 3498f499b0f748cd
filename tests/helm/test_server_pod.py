"""The server's Deployment: how it starts, is probed, drained, spread, and what it may not do."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest

from tests.helm.chart import NAME, Object, Rendered, merged, render
from tests.helm.test_valid import NAMES, pods
from vislex.images.limits import DEFAULT_LIMITS, Limits

MINIMAL = {"galleries": [{"name": "screens", "source": "pvc", "pvc": {"claimName": "galleries"}}]}


def arguments(server: Object) -> dict[str, str]:
    """The server's flags; a repeated one keeps its values, separated by a comma."""
    found: dict[str, str] = {}
    for argument in server["args"]:
        flag, _, value = argument.removeprefix("--").partition("=")
        found[flag] = f"{found[flag]},{value}" if flag in found else value
    return found


def mounts(container: Object) -> dict[str, Object]:
    return {mount["mountPath"]: mount for mount in container["volumeMounts"]}


def volume(pod: Object, name: str) -> Object:
    (found,) = [one for one in pod["volumes"] if one["name"] == name]
    return dict(found)


def test_the_minimal_server_starts_as_the_launcher_wants(rendered: Mapping[str, Rendered]) -> None:
    server = rendered["cpu-minimal"].server
    assert server["command"] == ["python", "-m", "vislex", "serve"]
    assert arguments(server) == {
        "repository": "/opt/vislex/models",
        "gallery": "screens=/galleries/screens",
        "host": "0.0.0.0",
        "grpc-port": "8001",
        "http-port": "8000",
        "metrics-port": "8002",
        "max-in-flight": "16",
        "max-seconds": "60",
        "drain-seconds": "20",
        "log-format": "json",
    }
    ports = {port["name"]: port["containerPort"] for port in server["ports"]}
    assert ports == {"grpc": 8001, "http": 8000, "metrics": 8002}


def test_the_server_starts_without_a_missing_gallery_only_where_that_is_asked_for() -> None:
    flag = "--start-without-missing-galleries"
    assert flag not in render(MINIMAL).server["args"]
    change = {"server": {"startWithoutMissingGalleries": True}}
    assert flag in render(merged(MINIMAL, change)).server["args"]


@pytest.mark.parametrize("host", ["::", "::1", "0.0.0.0"])
def test_the_server_listens_where_it_is_told(host: str) -> None:
    assert f"--host={host}" in render(merged(MINIMAL, {"server": {"host": host}})).server["args"]


def test_probes_ask_whether_models_answer_and_give_them_time_to_load(
    rendered: Mapping[str, Rendered],
) -> None:
    server = rendered["cpu-minimal"].server
    paths = {
        name: (server[name]["httpGet"]["path"], server[name]["httpGet"]["port"])
        for name in ("startupProbe", "readinessProbe", "livenessProbe")
    }
    assert paths == {
        "startupProbe": ("/v2/health/ready", "http"),
        "readinessProbe": ("/v2/health/ready", "http"),
        "livenessProbe": ("/v2/health/live", "http"),
    }
    startup = server["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] == 600
    # A rollout must not be given up while its pods may still be loading.
    deployment = rendered["cpu-minimal"].one("Deployment")
    assert deployment["spec"]["progressDeadlineSeconds"] > 600


def test_a_pod_leaves_its_services_before_it_drains_and_is_not_killed_while_it_does() -> None:
    change = {"server": {"preStopSeconds": 7, "drainSeconds": 50}}
    objects = render(merged(MINIMAL, change))
    assert objects.server["lifecycle"]["preStop"] == {"sleep": {"seconds": 7}}
    assert arguments(objects.server)["drain-seconds"] == "50"
    assert objects.pod["terminationGracePeriodSeconds"] == 7 + 50 + 15


def test_an_update_takes_no_pod_away_before_its_successor_is_ready(
    rendered: Mapping[str, Rendered],
) -> None:
    strategy = rendered["cpu-minimal"].one("Deployment")["spec"]["strategy"]
    assert strategy == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_container_runs_without_privileges(
    name: str, rendered: Mapping[str, Rendered]
) -> None:
    for pod in pods(rendered[name]):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["limits"]["memory"]
            assert container["resources"]["requests"]["cpu"]


def test_shared_memory_is_memory_and_what_is_written_goes_to_tmp(
    rendered: Mapping[str, Rendered],
) -> None:
    objects = rendered["cpu-minimal"]
    assert volume(objects.pod, "shm")["emptyDir"] == {"medium": "Memory", "sizeLimit": "1Gi"}
    assert mounts(objects.server)["/dev/shm"]["name"] == "shm"
    writable = {path for path, mount in mounts(objects.server).items() if not mount.get("readOnly")}
    assert writable == {"/dev/shm", "/tmp"}


def test_pods_are_spread_over_zones_and_nodes(rendered: Mapping[str, Rendered]) -> None:
    constraints = rendered["cpu-minimal"].pod["topologySpreadConstraints"]
    assert [one["topologyKey"] for one in constraints] == [
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    ]
    labels = rendered["cpu-minimal"].one("Deployment")["spec"]["selector"]["matchLabels"]
    assert all(one["labelSelector"]["matchLabels"] == labels for one in constraints)


def test_a_gpu_pod_asks_for_its_gpu_and_the_gpu_image(rendered: Mapping[str, Rendered]) -> None:
    server = rendered["gpu"].server
    assert server["resources"]["requests"]["nvidia.com/gpu"] == "1"
    assert server["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert server["resources"]["limits"]["memory"] == "16Gi"
    assert server["image"] == "registry.example.com/vislex:0.1.0-gpu"
    assert rendered["gpu"].pod["runtimeClassName"] == "nvidia"
    assert rendered["gpu"].pod["nodeSelector"] == {"nvidia.com/gpu.product": "NVIDIA-L4"}


def test_a_slice_of_a_gpu_is_asked_for_by_its_name() -> None:
    gpu = {"enabled": True, "resource": "nvidia.com/mig-1g.10gb"}
    limits = render(merged(MINIMAL, {"gpu": gpu})).server["resources"]["limits"]
    assert limits["nvidia.com/mig-1g.10gb"] == "1"
    assert "nvidia.com/gpu" not in limits


def test_a_cpu_pod_asks_for_none(rendered: Mapping[str, Rendered]) -> None:
    resources = rendered["cpu-minimal"].server["resources"]
    assert resources == {
        "requests": {"cpu": "2", "memory": "4Gi"},
        "limits": {"memory": "6Gi"},
    }
    assert rendered["cpu-minimal"].server["image"] == "vislex:0.1.0-cpu"


def test_limits_come_from_their_configmap_and_a_change_rolls_the_pods() -> None:
    before = render(MINIMAL)
    after = render(merged(MINIMAL, {"server": {"limits": {"maxBytes": 5_000_000}}}))
    given = before.one("ConfigMap", f"{NAME}-limits")["data"]
    assert set(given) == {f"VISLEX_{one.name.upper()}" for one in fields(Limits)}
    assert Limits.from_env(given) == DEFAULT_LIMITS
    changed = after.one("ConfigMap", f"{NAME}-limits")["data"]
    assert changed == {**given, "VISLEX_MAX_BYTES": "5000000"}
    assert {"configMapRef": {"name": f"{NAME}-limits"}} in after.server["envFrom"]
    assert annotations(before) != annotations(after)


def annotations(objects: Rendered) -> Mapping[str, Any]:
    found: Mapping[str, Any] = objects.one("Deployment")["spec"]["template"]["metadata"]
    return dict(found["annotations"])


def test_tls_and_tokens_are_mounted_where_the_server_is_told(
    rendered: Mapping[str, Rendered],
) -> None:
    objects = rendered["tls"]
    flags = arguments(objects.server)
    assert flags["tls-cert"] == "/etc/vislex/tls/tls.crt"
    assert flags["tls-key"] == "/etc/vislex/tls/tls.key"
    assert flags["tls-client-ca"] == "/etc/vislex/client-ca/ca.crt"
    assert flags["token-file"] == "/etc/vislex/auth/tokens"
    there = mounts(objects.server)
    secrets = {"tls": "vislex-tls", "client-ca": "scorers-ca", "auth": "vislex-tokens"}
    for name, secret in secrets.items():
        assert there[f"/etc/vislex/{name}"]["readOnly"] is True
        assert volume(objects.pod, name)["secret"]["secretName"] == secret


def test_without_them_neither_flag_nor_mount_is_there(rendered: Mapping[str, Rendered]) -> None:
    objects = rendered["cpu-minimal"]
    assert not {"tls-cert", "tls-key", "tls-client-ca", "token-file"} & set(
        arguments(objects.server)
    )
    assert not [one for one in objects.pod["volumes"] if "secret" in one]
