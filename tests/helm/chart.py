"""Rendering the chart with the real Helm, and finding objects in what it renders."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).parents[2]
CHART = PROJECT / "helm" / "vislex"
CI_VALUES = sorted((CHART / "ci").glob("*-values.yaml"))
HELM = Path(sys.executable).with_name("helm")  # of the helm-binary package
RELEASE, NAMESPACE = "prod", "scoring"
NAME = "prod-vislex"  # what the chart calls this release's objects
TIMEOUT_S = 300

Object = Mapping[str, Any]


@dataclass(frozen=True)
class Rendered:
    """The objects of one rendering."""

    objects: tuple[Object, ...]

    def all(self, kind: str) -> list[Object]:
        return [one for one in self.objects if one["kind"] == kind]

    def one(self, kind: str, name: str = NAME) -> Object:
        """The object of that kind and name; KeyError naming those there are."""
        for candidate in self.all(kind):
            if candidate["metadata"]["name"] == name:
                return candidate
        there = [one["metadata"]["name"] for one in self.all(kind)]
        raise KeyError(f"no {kind} {name}; there are {there}")

    @property
    def pod(self) -> Object:
        """The server's pod."""
        spec: Object = self.one("Deployment")["spec"]["template"]["spec"]
        return spec

    @property
    def server(self) -> Object:
        """The server's container."""
        (container,) = self.pod["containers"]
        found: Object = container
        return found


def helm(
    *arguments: str, values: Mapping[str, Any] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Runs Helm; `values` go in as one more values file, through standard input."""
    command = [str(HELM), *arguments, *(["--values", "-"] if values is not None else [])]
    return subprocess.run(
        command, input=yaml.safe_dump(values), capture_output=True, text=True, timeout=TIMEOUT_S
    )


def template(
    values: Mapping[str, Any] | None = None, files: Sequence[Path] = (), chart: Path = CHART
) -> "subprocess.CompletedProcess[str]":
    chosen = [argument for file in files for argument in ("--values", str(file))]
    return helm("template", RELEASE, str(chart), "--namespace", NAMESPACE, *chosen, values=values)


def render(
    values: Mapping[str, Any] | None = None, files: Sequence[Path] = (), chart: Path = CHART
) -> Rendered:
    """The objects that `helm template` renders; AssertionError with Helm's words where it fails."""
    done = template(values, files, chart)
    assert done.returncode == 0, done.stderr
    return Rendered(tuple(one for one in yaml.safe_load_all(done.stdout) if one))


def merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the leaves of `change`, as Helm merges values files."""
    result = dict(base)
    for key, value in change.items():
        old = base.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            value = merged(old, value)
        result[key] = value
    return result
