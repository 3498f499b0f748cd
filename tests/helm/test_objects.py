"""Services, scaling, disruption, network, routes, jobs and tests: what each object says."""

import base64
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.helm.chart import CHART, NAME, NAMESPACE, Object, Rendered, merged, render
from tests.helm.test_server_pod import MINIMAL, arguments, mounts, volume

SELECTOR = {
    "app.kubernetes.io/name": "vislex",
    "app.kubernetes.io/instance": "prod",
    "app.kubernetes.io/component": "server",
}


def test_services_reach_the_servers_pods_on_all_three_ports(
    rendered: Mapping[str, Rendered],
) -> None:
    objects = rendered["cpu-minimal"]
    labels = objects.one("Deployment")["spec"]["template"]["metadata"]["labels"]
    assert labels.items() >= SELECTOR.items()
    for name in (NAME, f"{NAME}-headless"):
        spec = objects.one("Service", name)["spec"]
        assert spec["selector"] == SELECTOR
        ports = {one["name"]: (one["port"], one["targetPort"]) for one in spec["ports"]}
        assert ports == {
            "grpc": (8001, "grpc"),
            "http": (8000, "http"),
            "metrics": (8002, "metrics"),
        }
    assert objects.one("Service")["spec"]["type"] == "ClusterIP"
    assert objects.one("Service", f"{NAME}-headless")["spec"]["clusterIP"] == "None"


def test_the_service_can_be_switched_to_another_release() -> None:
    objects = render(merged(MINIMAL, {"service": {"targetRelease": "green"}}))
    selected = {**SELECTOR, "app.kubernetes.io/instance": "green"}
    assert objects.one("Service")["spec"]["selector"] == selected
    assert objects.one("Service", f"{NAME}-headless")["spec"]["selector"] == SELECTOR


def test_replicas_are_the_deployments_only_without_autoscaling(
    rendered: Mapping[str, Rendered],
) -> None:
    assert rendered["cpu-minimal"].one("Deployment")["spec"]["replicas"] == 2
    assert rendered["gpu"].one("Deployment")["spec"]["replicas"] == 4
    assert "replicas" not in rendered["autoscaled"].one("Deployment")["spec"]
    assert render(merged(MINIMAL, {"replicaCount": 0})).one("Deployment")["spec"]["replicas"] == 0


def test_an_hpa_scales_on_cpu_and_on_an_adapters_metric() -> None:
    scaling = {"kind": "hpa", "minReplicas": 2, "maxReplicas": 6, "hpa": {"podsMetric": "queue_s"}}
    objects = render(merged(MINIMAL, {"autoscaling": scaling}))
    spec = objects.one("HorizontalPodAutoscaler")["spec"]
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME}
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 6)
    cpu, pods = spec["metrics"]
    assert cpu["resource"]["target"] == {"type": "Utilization", "averageUtilization": 70}
    assert pods["pods"] == {
        "metric": {"name": "queue_s"},
        "target": {"type": "AverageValue", "averageValue": "50m"},
    }
    assert spec["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 300
    assert not objects.all("ScaledObject")


def test_keda_scales_on_queue_time_and_falls_back(rendered: Mapping[str, Rendered]) -> None:
    objects = rendered["autoscaled"]
    spec = objects.one("ScaledObject")["spec"]
    assert spec["scaleTargetRef"] == {"name": NAME}
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (3, 40)
    assert spec["fallback"] == {"failureThreshold": 4, "replicas": 3}
    (trigger,) = spec["triggers"]
    assert trigger["metricType"] == "AverageValue"  # the one kind that falls back
    assert trigger["metadata"]["threshold"] == "50"
    query = trigger["metadata"]["query"]
    pods = f"{NAME}-[a-z0-9]+-[a-z0-9]{{5}}"
    assert f'namespace="{NAMESPACE}",pod=~"{pods}",model="ocr"' in query
    assert not objects.all("HorizontalPodAutoscaler")


def test_a_drain_of_nodes_takes_one_pod_at_a_time(rendered: Mapping[str, Rendered]) -> None:
    spec = rendered["cpu-minimal"].one("PodDisruptionBudget")["spec"]
    assert spec["maxUnavailable"] == 1
    assert spec["selector"]["matchLabels"] == SELECTOR


def policies(objects: Rendered) -> dict[str, Object]:
    found = {}
    for one in objects.all("NetworkPolicy"):
        found[one["metadata"]["name"].removeprefix(f"{NAME}-")] = one["spec"]
    return found


def test_the_network_is_closed_but_for_what_is_named(rendered: Mapping[str, Rendered]) -> None:
    found = policies(rendered["cpu-minimal"])
    assert set(found) == {"deny", "allow-grpc", "allow-metrics", "allow-callers"}
    release = {key: SELECTOR[key] for key in list(SELECTOR)[:2]}
    assert found["deny"] == {
        "podSelector": {"matchLabels": release},
        "policyTypes": ["Ingress", "Egress"],
    }
    (grpc,) = found["allow-grpc"]["ingress"]
    assert grpc["ports"] == [{"port": "grpc", "protocol": "TCP"}]
    assert {"podSelector": {}} in grpc["from"]
    (metrics,) = found["allow-metrics"]["ingress"]
    assert metrics["ports"] == [{"port": "metrics", "protocol": "TCP"}]
    # The server itself may call nobody.
    for spec in found.values():
        if "egress" in spec:
            chosen = spec["podSelector"]["matchExpressions"][0]["values"]
            assert "server" not in chosen


def test_downloads_may_reach_object_storage_and_names_only(
    rendered: Mapping[str, Rendered],
) -> None:
    storage, names = policies(rendered["airgapped"])["allow-download"]["egress"]
    assert storage == {
        "to": [{"ipBlock": {"cidr": "10.20.0.0/24"}}],
        "ports": [{"port": 9000, "protocol": "TCP"}],
    }
    assert {port["port"] for port in names["ports"]} == {53}


def test_traces_have_a_way_out(rendered: Mapping[str, Rendered]) -> None:
    objects = rendered["autoscaled"]
    flags = arguments(objects.server)
    assert flags["otlp"] == "http://collector.tracing:4318/v1/traces"
    assert flags["trace-rate"] == "100"
    collector, names = policies(objects)["allow-egress"]["egress"]
    assert collector["ports"] == [{"port": 4318, "protocol": "TCP"}]
    assert {port["port"] for port in names["ports"]} == {53}


def test_an_empty_list_of_peers_allows_nobody() -> None:
    """In a NetworkPolicy an empty `from` allows everybody."""
    closed: dict[str, Any] = {"networkPolicy": {"clients": [], "monitoring": []}}
    found = policies(render(merged(MINIMAL, closed)))
    assert "allow-metrics" not in found
    (grpc,) = found["allow-grpc"]["ingress"]
    assert grpc["from"] == [
        {"podSelector": {"matchLabels": {key: SELECTOR[key] for key in list(SELECTOR)[:2]}}}
    ]


def test_the_service_account_has_no_token(rendered: Mapping[str, Rendered]) -> None:
    account = rendered["cpu-minimal"].one("ServiceAccount")
    assert account["automountServiceAccountToken"] is False
    assert rendered["cpu-minimal"].pod["serviceAccountName"] == NAME


def test_an_ingress_speaks_grpc_over_tls(rendered: Mapping[str, Rendered]) -> None:
    ingress = rendered["tls"].one("Ingress")
    protocol = "nginx.ingress.kubernetes.io/backend-protocol"
    assert ingress["metadata"]["annotations"][protocol] == "GRPCS"
    assert ingress["spec"]["tls"] == [
        {"hosts": ["vislex.example.com"], "secretName": "vislex-example-com"}
    ]
    (path,) = ingress["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"] == {"service": {"name": NAME, "port": {"name": "grpc"}}}


def test_a_route_shares_requests_among_releases(rendered: Mapping[str, Rendered]) -> None:
    (rule,) = rendered["tls"].one("GRPCRoute")["spec"]["rules"]
    assert rule["matches"] == [{"method": {"service": "inference.GRPCInferenceService"}}]
    assert rule["backendRefs"] == [
        {"name": "blue-vislex", "port": 8001, "weight": 90},
        {"name": "green-vislex", "port": 8001, "weight": 10},
    ]
    plain = {"grpcRoute": {"enabled": True, "parentRefs": [{"name": "public"}]}}
    (rule,) = render(merged(MINIMAL, plain)).one("GRPCRoute")["spec"]["rules"]
    assert rule["backendRefs"] == [{"name": NAME, "port": 8001, "weight": 1}]


def test_monitors_scrape_each_pod_once(rendered: Mapping[str, Rendered]) -> None:
    objects = rendered["autoscaled"]
    wanted = objects.one("ServiceMonitor")["spec"]["selector"]["matchLabels"]
    chosen = [
        one["metadata"]["name"]
        for one in objects.all("Service")
        if one["metadata"]["labels"].items() >= wanted.items()
    ]
    assert chosen == [f"{NAME}-headless"]
    (endpoint,) = objects.one("ServiceMonitor")["spec"]["endpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("metrics", "/metrics")
    (endpoint,) = rendered["airgapped"].one("PodMonitor")["spec"]["podMetricsEndpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("metrics", "/metrics")


def build_pod(objects: Rendered) -> Object:
    spec: Object = objects.one("CronJob", f"{NAME}-publish")["spec"]
    pod: Object = spec["jobTemplate"]["spec"]["template"]["spec"]
    return pod


def test_a_gallery_is_published_by_several_pods(rendered: Mapping[str, Rendered]) -> None:
    objects = rendered["gpu"]
    spec = objects.one("CronJob", f"{NAME}-publish")["spec"]
    assert (spec["schedule"], spec["timeZone"]) == ("0 3 * * *", "Etc/UTC")
    assert spec["concurrencyPolicy"] == "Forbid"
    job = spec["jobTemplate"]["spec"]
    assert (job["completionMode"], job["completions"], job["parallelism"]) == ("Indexed", 4, 4)
    pod = build_pod(objects)
    (build,) = pod["containers"]
    assert [*build["command"], *build["args"]] == [
        "/bin/sh", "/scripts/publish.sh",
        "/claim/screens", "/images", "/models", "4", "$(SHARD)", "$(RUN)",
    ]  # fmt: skip
    script = objects.one("ConfigMap", f"{NAME}-scripts")["data"]["publish.sh"]
    assert script.rstrip() == (CHART / "files" / "publish.sh").read_text(encoding="utf-8").rstrip()
    # TensorRT plans are for serving; the builder has the same checkpoint in ONNX.
    assert mounts(build)["/models"]["subPath"] == "7-onnx"
    # The one writer of a claim that servers mount read-only.
    assert "readOnly" not in volume(pod, "gallery")["persistentVolumeClaim"]
    assert volume(pod, "images")["persistentVolumeClaim"]["readOnly"] is True


PUBLISH = {"enabled": True, "gallery": "screens", "images": {"claimName": "images"}}
FOLDER = [{"name": "screens", "source": "pvc", "pvc": {"claimName": "c", "subPath": "screens"}}]


def test_one_pod_publishes_alone() -> None:
    objects = render(merged(MINIMAL, {"publish": PUBLISH, "galleries": FOLDER}))
    job = objects.one("CronJob", f"{NAME}-publish")["spec"]["jobTemplate"]["spec"]
    assert "completionMode" not in job
    (build,) = build_pod(objects)["containers"]
    assert build["command"] == ["python", "-m", "index_builder"]
    assert build["args"] == [
        "build", "/images", "--gallery=/claim/screens", "--repository=/opt/vislex/models",
    ]  # fmt: skip
    assert mounts(build)["/images"]["readOnly"] is True


def test_the_load_test_asks_every_pod(rendered: Mapping[str, Rendered]) -> None:
    job = rendered["autoscaled"].one("Job", f"{NAME}-loadtest-1")["spec"]
    assert job["backoffLimit"] == 0
    (locust,) = job["template"]["spec"]["containers"]
    flags = arguments(locust)
    assert flags["host"] == f"{NAME}-headless:8001"
    assert (flags["shape"], flags["peak"], flags["duration-seconds"]) == ("steady", "32", "300")
    assert "max-p99-ms" not in flags
    judged = {"loadtest": {"enabled": True, "maxP99Ms": 500, "minRate": 20}}
    job = render(merged(MINIMAL, judged)).one("Job", f"{NAME}-loadtest-1")["spec"]
    flags = arguments(job["template"]["spec"]["containers"][0])
    assert (flags["max-p99-ms"], flags["min-rate"]) == ("500", "20")


def test_helm_test_classifies_a_sample(rendered: Mapping[str, Rendered]) -> None:
    objects = rendered["cpu-minimal"]
    pod = objects.one("Pod", f"{NAME}-test")
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
    (client,) = pod["spec"]["containers"]
    assert client["command"] == ["python", "-m", "vislex_client", "classify"]
    assert f"--url={NAME}.{NAMESPACE}.svc:8001" in client["args"]
    sample = objects.one("ConfigMap", f"{NAME}-sample")["binaryData"]["sample.webp"]
    assert base64.b64decode(sample) == (CHART / "files" / "sample.webp").read_bytes()
    assert mounts(client)["/sample"]["name"] == "sample"


def test_helm_test_shows_what_the_server_asks_for(rendered: Mapping[str, Rendered]) -> None:
    pod = rendered["tls"].one("Pod", f"{NAME}-test")["spec"]
    flags = arguments({"args": pod["containers"][0]["args"][:-1]})
    credentials = {name: flags[name] for name in ("tls-ca", "tls-cert", "tls-key", "token-file")}
    assert credentials == {
        "tls-ca": "/credentials/ca.crt",
        "tls-cert": "/credentials/tls.crt",
        "tls-key": "/credentials/tls.key",
        "token-file": "/credentials/token",
    }
    assert volume(pod, "credentials")["secret"]["secretName"] == "vislex-caller"
    without = merged(MINIMAL, {"auth": {"secretName": "tokens"}})
    assert not render(without).all("Pod")


@pytest.fixture(scope="module")
def chart_with_notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that renders its notes as an object: `helm template` keeps them to itself."""
    copy = tmp_path_factory.mktemp("notes") / "vislex"
    shutil.copytree(CHART, copy)
    include = '{{ include (print .Template.BasePath "/NOTES.txt") . | nindent 2 }}'
    text = f"kind: Notes\nmetadata: {{name: notes}}\nnotes: |{include}\n"
    (copy / "templates" / "notes.yaml").write_text(text, encoding="utf-8")
    return copy


def test_the_notes_say_how_to_make_the_first_call(chart_with_notes: Path) -> None:
    plain = render(MINIMAL, chart=chart_with_notes).one("Notes", "notes")["notes"]
    assert f"kubectl -n {NAMESPACE} port-forward service/{NAME} 8001" in plain
    assert "classify screen.png --url localhost:8001\n" in plain
    assert f"helm test prod -n {NAMESPACE} --logs" in plain
    files = [CHART / "ci" / "tls-values.yaml"]
    closed = render(files=files, chart=chart_with_notes).one("Notes", "notes")["notes"]
    flags = "--tls-ca ca.crt --tls-cert client.crt --tls-key client.key --token-file token"
    assert f"--url localhost:8001 {flags}\n" in closed


@pytest.mark.parametrize("switch", ["podDisruptionBudget", "networkPolicy"])
def test_what_is_on_by_default_can_be_turned_off(switch: str) -> None:
    kinds = {"podDisruptionBudget": "PodDisruptionBudget", "networkPolicy": "NetworkPolicy"}
    assert render(MINIMAL).all(kinds[switch])
    assert not render(merged(MINIMAL, {switch: {"enabled": False}})).all(kinds[switch])
