"""Every example lints, renders, and is what the API servers of three Kubernetes versions accept."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from kubernetes_validate import utils

from tests.helm.chart import CHART, CI_VALUES, Object, Rendered, helm
from vislex import __version__

NEWEST = list(dict.fromkeys(utils.all_versions()))[-3:]  # each is listed twice
CUSTOM = Path(__file__).parent / "custom_resources.yaml"
NAMES = [path.name.removesuffix("-values.yaml") for path in CI_VALUES]


@pytest.fixture(scope="module", autouse=True)
def schemas_read_once() -> Any:
    """The validator reads 2 MB of JSON for each object; once for all is enough."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utils, "schema_contents", cache(utils.schema_contents))
        yield


@pytest.fixture(scope="module")
def custom_schemas() -> Mapping[str, Any]:
    """Kind of a custom resource to the schema of the fields that the chart uses of it."""
    schemas: Mapping[str, Any] = yaml.safe_load(CUSTOM.read_text(encoding="utf-8"))
    return schemas


def test_there_are_the_examples_that_the_readme_names() -> None:
    assert set(NAMES) == {"cpu-minimal", "gpu", "tls", "autoscaled", "airgapped"}


@pytest.mark.parametrize("path", CI_VALUES, ids=NAMES)
def test_an_example_lints(path: Path) -> None:
    done = helm("lint", "--strict", str(CHART), "--values", str(path))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("version", NEWEST)
@pytest.mark.parametrize("name", NAMES)
def test_kubernetes_accepts_every_object(
    name: str, version: str, rendered: Mapping[str, Rendered], custom_schemas: Mapping[str, Any]
) -> None:
    standard = [one for one in rendered[name].objects if one["kind"] not in custom_schemas]
    assert len(standard) >= 5
    for one in standard:
        kubernetes_validate.validate(dict(one), version, strict=True)


@pytest.mark.parametrize("version", NEWEST)
def test_kubernetes_refuses_a_field_that_is_not_there(
    version: str, rendered: Mapping[str, Rendered]
) -> None:
    deployment = dict(rendered["cpu-minimal"].one("Deployment"))
    deployment["spec"] = {**deployment["spec"], "replica": 3}
    with pytest.raises(kubernetes_validate.ValidationError, match="replica"):
        kubernetes_validate.validate(deployment, version, strict=True)


def test_custom_resources_have_the_fields_of_their_definitions(
    rendered: Mapping[str, Rendered], custom_schemas: Mapping[str, Any]
) -> None:
    seen = set()
    for one in (one for objects in rendered.values() for one in objects.objects):
        if one["kind"] in custom_schemas:
            jsonschema.validate(one, custom_schemas[one["kind"]])
            seen.add(one["kind"])
    assert seen == set(custom_schemas)


@pytest.mark.parametrize("name", NAMES)
def test_names_are_unique_and_carry_the_release(
    name: str, rendered: Mapping[str, Rendered]
) -> None:
    identities = [(one["kind"], one["metadata"]["name"]) for one in rendered[name].objects]
    assert len(set(identities)) == len(identities)
    for one in rendered[name].objects:
        assert one["metadata"]["name"].startswith("prod-vislex")
        assert one["metadata"]["labels"]["app.kubernetes.io/instance"] == "prod"


@pytest.mark.parametrize("name", NAMES)
def test_whatever_is_referred_to_is_there(name: str, rendered: Mapping[str, Rendered]) -> None:
    """Mounts name volumes, volumes and environments the chart's own ConfigMaps."""
    made = {one["metadata"]["name"] for one in rendered[name].all("ConfigMap")}
    for pod in pods(rendered[name]):
        volumes = {volume["name"] for volume in pod.get("volumes", [])}
        used = set()
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            used |= {mount["name"] for mount in container.get("volumeMounts", [])}
            for source in container.get("envFrom", []):
                assert source.get("configMapRef", {}).get("name", next(iter(made))) in made
        assert used == volumes
        maps = {one["configMap"]["name"] for one in pod.get("volumes", []) if "configMap" in one}
        assert maps <= made


def test_the_chart_is_of_the_package_it_serves() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert chart["appVersion"] == __version__


def test_each_template_makes_one_kind() -> None:
    for path in (CHART / "templates").rglob("*.yaml"):
        kinds = [
            line for line in path.read_text(encoding="utf-8").splitlines()
            if line.startswith("kind: ")
        ]  # fmt: skip
        assert len(set(kinds)) == 1, path


def pods(rendered: Rendered) -> list[Object]:
    """The pod of every workload."""
    shapes: Mapping[str, Callable[[Object], Object]] = {
        "Deployment": lambda one: one["spec"]["template"]["spec"],
        "Job": lambda one: one["spec"]["template"]["spec"],
        "CronJob": lambda one: one["spec"]["jobTemplate"]["spec"]["template"]["spec"],
        "Pod": lambda one: one["spec"],
    }
    return [shapes[one["kind"]](one) for one in rendered.objects if one["kind"] in shapes]
