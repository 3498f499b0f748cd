"""The rendered Deployment, run for real: its command, flags, limits, probes, preStop and drain."""

import argparse
import base64
import json
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2
from vislex_client import Client, InvalidImage

from tests.certificates import authority, issued
from tests.helm.chart import NAME, NAMESPACE, PROJECT, Rendered, merged, render
from tests.helm.pod import RunningPod, run_pod
from tests.helm.test_rules import EXPOSED
from tests.helm.test_server_pod import MINIMAL
from tests.helm.test_valid import NAMES
from tests.images import SAMPLES
from vislex.serving.arguments import add_flags, settings_of

# Small enough that a sample is beyond it; a preStop short enough for a test.
CHANGES = {"server": {"limits": {"maxBytes": 60_000}, "preStopSeconds": 1}}
WORKERS = 6
TIMEOUT_S = 300.0


@pytest.fixture(scope="module")
def chart(repository: Path) -> Rendered:
    """The chart for the repository there is: its models' instances follow this machine's cores."""
    instances = python_instances(repository)
    memory = {"shm": {"pythonInstances": instances, "size": f"{96 * instances}Mi"}}
    memory |= {"resources": {"limits": {"memory": f"{96 * instances + 4096}Mi"}}}
    return render(merged(MINIMAL, {**CHANGES, **memory}))


def python_instances(repository: Path) -> int:
    """Instances that the embedded server runs in Python: all but those of ensembles."""
    configs = [path.read_text(encoding="utf-8") for path in repository.glob("*/config.pbtxt")]
    parsed = [text_format.Parse(text, model_config_pb2.ModelConfig()) for text in configs]
    served = [one for one in parsed if one.platform != "ensemble"]
    return sum(sum(group.count for group in one.instance_group) or 1 for one in served)


@dataclass(frozen=True)
class Life:
    """What was seen of a pod from its start to its end."""

    pod: RunningPod
    started: list[int]  # statuses of the startup probe
    ready: bool
    alive: bool
    process: Mapping[str, str]  # /proc/PID/status
    mounts: Mapping[str, list[str]]  # folder -> options
    refused: InvalidImage  # for an image beyond the limit
    helm_test: "subprocess.CompletedProcess[str]"
    families: set[str]  # of metrics
    load: "Load"


@pytest.fixture(scope="module")
def life(
    chart: Rendered, repository: Path, gallery_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Life:
    mapped = {"/opt/vislex/models": repository, "/galleries/screens": gallery_root}
    with run_pod(chart, mapped, tmp_path_factory.mktemp("pod")) as pod:
        pod.wait_started()
        return Life(
            pod=pod,
            started=[status for name, status in pod.answers if name == "startupProbe"],
            ready=pod.probe("readinessProbe"),
            alive=pod.probe("livenessProbe"),
            process=pod.status(),
            mounts=pod.mounts(),
            refused=refusal(pod),
            helm_test=run_helm_test(chart, pod, tmp_path_factory.mktemp("client")),
            families=scrape(pod),
            load=end_under_load(pod),
        )


def refusal(pod: RunningPod) -> InvalidImage:
    """What a caller hears of an image that is one byte too large."""
    image = SAMPLES / "gallery" / "ayh_amount" / "03.png"
    padded = image.read_bytes().ljust(60_001, b"\0")
    with Client(pod.url) as client, pytest.raises(InvalidImage) as caught:
        client.classify(padded, timeout_s=TIMEOUT_S)
    return caught.value


def scrape(pod: RunningPod) -> set[str]:
    with urllib.request.urlopen(pod.metrics_url, timeout=120) as answer:
        lines = answer.read().decode().splitlines()
    return {line.split()[2] for line in lines if line.startswith("# TYPE ")}


@dataclass
class Load:
    """Callers that ask again and again, and retry nothing."""

    answers: list[tuple[str, float]] = field(default_factory=list)  # label, when it came
    failures: list[Exception] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self, url: str, image: bytes) -> None:
        with Client(url, retry=None) as client:
            while not self.stop.is_set():
                try:
                    label = client.classify(image, timeout_s=TIMEOUT_S).label
                except Exception as error:
                    self.failures.append(error)
                else:
                    self.answers.append((label, time.monotonic()))


def end_under_load(pod: RunningPod) -> Load:
    """Ends the pod while callers are at it; they go on through preStop and past SIGTERM.

    They do what endpoints make them do: send nothing more once SIGTERM has turned readiness off.
    """
    image = (SAMPLES / "queries" / "ayh_amount" / "00.webp").read_bytes()
    load = Load()

    def leave() -> None:
        while pod.signalled_s is None or pod.probe("readinessProbe"):
            time.sleep(0.1)
        load.stop.set()

    threads = [threading.Thread(target=load.run, args=(pod.url, image)) for _ in range(WORKERS)]
    threads.append(threading.Thread(target=leave))
    try:
        for thread in threads:
            thread.start()
        while len(load.answers) < WORKERS:  # all of them are at it
            assert pod.process.poll() is None and not load.failures
            time.sleep(0.05)
        pod.terminate()
    finally:
        load.stop.set()
        for thread in threads:
            thread.join(TIMEOUT_S)
    return load


def run_helm_test(
    chart: Rendered, pod: RunningPod, folder: Path, without: tuple[str, ...] = ()
) -> "subprocess.CompletedProcess[str]":
    """The test's own command with its Service, sample and credentials (in `folder`) mapped here.

    Flags that begin with `without` are left out, and then nothing is tried twice.
    """
    container = chart.one("Pod", f"{NAME}-test")["spec"]["containers"][0]
    for name, data in chart.one("ConfigMap", f"{NAME}-sample")["binaryData"].items():
        (folder / name).write_bytes(base64.b64decode(data))
    arguments = [
        argument.replace(f"{NAME}.{NAMESPACE}.svc:8001", pod.url)
        .replace("/sample/", f"{folder}/")
        .replace("/credentials/", f"{folder}/")
        for argument in container["args"]
        if not argument.startswith(without)
    ]
    once = ["--attempts=1"] if without else []
    return subprocess.run(
        [sys.executable, *container["command"][1:], *once, *arguments],
        capture_output=True, text=True, timeout=TIMEOUT_S,
    )  # fmt: skip


def secrets_of_the_example(folder: Path) -> tuple[dict[str, Path], Path]:
    """Folders by the path they are mounted at in the server, and that of `helm test`."""
    ours, theirs = authority(folder, "ours"), authority(folder, "theirs")
    server, client = issued(folder, "server", ours), issued(folder, "client", theirs)
    files = {
        "/etc/vislex/tls": {"tls.crt": server.cert, "tls.key": server.key},
        "/etc/vislex/client-ca": {"ca.crt": theirs.cert},
        "/etc/vislex/auth": {},
        "/credentials": {"ca.crt": ours.cert, "tls.crt": client.cert, "tls.key": client.key},
    }
    mounted = {}
    for number, (path, contents) in enumerate(files.items()):
        mounted[path] = folder / f"secret{number}"
        mounted[path].mkdir()
        for name, source in contents.items():
            shutil.copy(source, mounted[path] / name)
    (mounted["/etc/vislex/auth"] / "tokens").write_text("rotated-away\nlet-me-in\n")
    (mounted["/credentials"] / "token").write_text("let-me-in\n")
    return mounted, mounted["/credentials"]


@pytest.mark.parametrize("name", NAMES)
def test_the_launcher_takes_the_flags_of_every_example(
    name: str, rendered: Mapping[str, Rendered]
) -> None:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_flags(parser)
    settings = settings_of(parser.parse_args(rendered[name].server["args"]))
    assert (settings.ports.grpc, settings.ports.http, settings.ports.metrics) == (8001, 8000, 8002)
    assert next(iter(settings.galleries)) == "screens"


def test_a_pod_is_alive_while_models_load_and_ready_only_then(life: Life) -> None:
    assert 503 in life.started, "the probe never saw it loading"
    assert life.started[-1] == 200
    assert life.ready and life.alive


def test_it_needs_no_more_than_its_manifest_grants(life: Life) -> None:
    if not life.pod.confined:
        pytest.skip("this machine lets no test have mounts of its own")
    assert int(life.process["CapEff"], 16) == 0
    assert life.process["NoNewPrivs"] == "1"
    assert "ro" in life.mounts["/"]
    assert "ro" in life.mounts[str(PROJECT)]
    shm = next(one["emptyDir"] for one in life.pod.spec["volumes"] if one["name"] == "shm")
    size_ki = int(shm["sizeLimit"].removesuffix("Mi")) * 1024
    assert f"size={size_ki}k" in life.mounts["/dev/shm"]


def test_limits_of_the_configmap_hold(life: Life) -> None:
    assert "60000" in str(life.refused)


def test_the_helm_test_passes_against_it(life: Life) -> None:
    assert life.helm_test.returncode == 0, life.helm_test.stderr
    assert json.loads(life.helm_test.stdout)["label"] == "ayh_amount"


def test_every_metric_that_rules_and_dashboard_ask_for_is_exposed(life: Life) -> None:
    assert life.families >= EXPOSED


def test_it_ends_under_load_without_a_failed_request(life: Life) -> None:
    assert not life.load.failures
    assert {label for label, _ in life.load.answers} == {"ayh_amount"}
    assert life.pod.signalled_s is not None
    late = [when for _, when in life.load.answers if when > life.pod.signalled_s]
    assert len(late) >= WORKERS  # each had a request inside
    assert life.pod.answers[-1] == ("readinessProbe", 503)
    assert life.pod.process.returncode == 0, life.pod.log.read_text(encoding="utf-8")


def test_the_tls_example_lets_in_whoever_shows_certificate_and_token(
    rendered: Mapping[str, Rendered], repository: Path, gallery_root: Path, tmp_path: Path
) -> None:
    secrets, caller = secrets_of_the_example(tmp_path)
    mapped = {"/opt/vislex/models": repository, "/opt/vislex/gallery": gallery_root, **secrets}
    with run_pod(rendered["tls"], mapped, tmp_path) as pod:
        pod.wait_started()
        done = run_helm_test(rendered["tls"], pod, caller)
        assert done.returncode == 0, done.stdout + done.stderr
        for missing in (("--token-file",), ("--tls-cert", "--tls-key")):
            refused = run_helm_test(rendered["tls"], pod, caller, without=missing)
            assert refused.returncode == 3, refused.stdout + refused.stderr
