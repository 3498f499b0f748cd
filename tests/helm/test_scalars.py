"""Every value arrives as what it is: text stays text, a whole number keeps its digits."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helm.chart import CHART, merged
from tests.helm.chart import helm as run_helm

# Words that YAML reads as a map, a number, an octal number, a switch, nothing, or a key.
ODD = ("::", "1e6", "0123", "yes", "null", "20000000", "a: b", "#c", "-", "1_000", "0x1F", "~")

STORAGE = {"url": "url", "sha256": "sum", "manifestSha256": "sum", "secretName": "secret"}
# Everything that the chart can render, switched on.
EVERYTHING: Mapping[str, Any] = {
    "commonLabels": {"team": "label"},
    "podAnnotations": {"note": "annotation"},
    "image": {"pullSecrets": ["secret"], "tag": "tag"},
    "server": {"host": "host", "env": {"WORD": "word"}, "tracing": {"otlp": "otlp"}},
    "models": {"source": "objectStorage", "objectStorage": STORAGE},
    "galleries": [
        {"name": "one", "source": "pvc", "pvc": {"claimName": "claim", "subPath": "path"}},
        {"name": "two", "source": "objectStorage",
         "objectStorage": {**STORAGE, "refreshSeconds": 20_000_001}},
        {"name": "three", "source": "image", "image": {"reference": "image", "path": "path"}},
    ],
    "gpu": {"enabled": True, "runtimeClassName": "class", "count": 20_000_002},
    "tls": {"enabled": True, "secretName": "secret", "clientCaSecretName": "secret"},
    "auth": {"secretName": "secret", "key": "key"},
    "tests": {"secretName": "secret"},
    "service": {"annotations": {"note": "annotation"}, "targetRelease": "release"},
    "nodeSelector": {"node": "label"},
    "priorityClassName": "class",
    "tolerations": [{"key": "key", "value": "value", "tolerationSeconds": 20_000_003}],
    "affinity": {"nodeAffinity": {"key": "value"}},
    "serviceAccount": {"name": "account", "annotations": {"role": "annotation"}},
    "updateStrategy": {"maxSurge": 20_000_004, "maxUnavailable": 20_000_005},
    "networkPolicy": {"egress": [{"ports": [{"port": 20_000_006, "protocol": "protocol"}]}]},
    "metrics": {
        "serviceMonitor": {"enabled": True, "labels": {"release": "label"}},
        "prometheusRule": {"enabled": True, "labels": {"release": "label"}, "runbookUrl": "url"},
        "dashboard": {"enabled": True, "labels": {"grafana": "label"}},
    },
    "ingress": {"enabled": True, "host": "host", "className": "class", "tlsSecretName": "secret",
                "annotations": {"note": "annotation"}},
    "grpcRoute": {"enabled": True, "parentRefs": [{"name": "gateway"}], "hostnames": ["host"],
                  "backends": [{"release": "release", "weight": 20_000_007}]},
    "publish": {"enabled": True, "gallery": "one", "shards": 1, "schedule": "schedule",
                "images": {"claimName": "claim", "subPath": "path"}},
}  # fmt: skip
KEDA = {"autoscaling": {"kind": "keda", "keda": {
    "serverAddress": "url", "authenticationRef": "name", "fallbackReplicas": 20_000_008,
}}}  # fmt: skip
HPA = {"autoscaling": {"kind": "hpa", "hpa": {"podsMetric": "metric", "podsMetricTarget": "50m"}}}
POD_MONITOR = {"metrics": {"serviceMonitor": {"enabled": False}, "podMonitor": {
    "enabled": True, "labels": {"release": "label"}}}}  # fmt: skip
LOADTEST = {
    "tls": {"enabled": False, "clientCaSecretName": ""}, "auth": {"secretName": ""},
    "loadtest": {"enabled": True, "maxP99Ms": 20_000_009, "minRate": 20_000_010},
}  # fmt: skip
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "keda": KEDA, "hpa": HPA, "podMonitor": POD_MONITOR, "loadtest": LOADTEST,
}  # fmt: skip

# Not replaced by text: what chooses among kinds, counts memory, or names what others look for.
CHOICES = re.compile(
    r"(.*\.)?(source|kind|type|pullPolicy|platform|logFormat|whenUnsatisfiable|shape|size|memory"
    r"|cpu|gallery|galleries\.\d\.name|nameOverride|fullnameOverride|formats\.\d)"
)
# Not to be found in what is rendered: sums, products, and what counts for other kinds.
DERIVED = re.compile(r"shm\.pythonInstances|probes\.startup\..*|publish\.shards")

Path_ = tuple[str | int, ...]


def leaves(values: Any, at: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    if isinstance(values, Mapping):
        for key, value in values.items():
            yield from leaves(value, (*at, key))
    elif isinstance(values, list):
        for index, value in enumerate(values):
            yield from leaves(value, (*at, index))
    else:
        yield at, values


def replaced(values: Any, change: Any, at: Path_ = ()) -> Any:
    """The values with each leaf as `change(path, leaf)` gives it."""
    if isinstance(values, Mapping):
        return {key: replaced(value, change, (*at, key)) for key, value in values.items()}
    if isinstance(values, list):
        return [replaced(value, change, (*at, index)) for index, value in enumerate(values)]
    return change(at, values)


def dotted(path: Path_) -> str:
    return ".".join(map(str, path))


def is_text(path: Path_, leaf: Any) -> bool:
    return isinstance(leaf, str) and leaf != "" and not CHOICES.fullmatch(dotted(path))


def is_number(path: Path_, leaf: Any) -> bool:
    whole = isinstance(leaf, int) and not isinstance(leaf, bool) and leaf > 0
    return whole and not DERIVED.fullmatch(dotted(path))


def all_values(variant: str) -> dict[str, Any]:
    defaults = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    return merged(merged(defaults, EVERYTHING), VARIANTS[variant])


def rendered_text(values: Mapping[str, Any], tmp_path: Path) -> str:
    """As from a file of values, whatever the schema says; AssertionError with Helm's words."""
    file = tmp_path / "values.yaml"
    file.write_text(json.dumps(values), encoding="utf-8")  # which is YAML, and quotes all text
    arguments = ("template", "prod", str(CHART), "--skip-schema-validation", "--values", str(file))
    done = run_helm(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Strict(yaml.SafeLoader):  # type: ignore[misc] # it ships no types
    """Reads `1e6` as a number, as Kubernetes does and PyYAML does not."""


Strict.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+$"), list("-+0123456789")
)


def read(text: str) -> list[tuple[Path_, Any]]:
    return list(leaves([one for one in yaml.load_all(text, Strict) if one]))


@pytest.mark.parametrize("variant", VARIANTS)
def test_text_is_read_as_text_whatever_its_letters(variant: str, tmp_path: Path) -> None:
    values = all_values(variant)
    texts = [path for path, leaf in leaves(values) if is_text(path, leaf)]
    assert len(texts) > 40

    def with_marks(path: Path_, leaf: Any) -> Any:
        return f"zz{texts.index(path)}zz" if path in texts else leaf

    marked = read(rendered_text(replaced(values, with_marks), tmp_path))
    seen = {mark for _, leaf in marked for mark in re.findall(r"zz\d+zz", str(leaf))}
    assert len(seen) > 40
    for odd in ODD:
        changed = replaced(values, lambda path, leaf, odd=odd: odd if path in texts else leaf)
        found = dict(read(rendered_text(changed, tmp_path)))
        for place, leaf in marked:
            if re.search(r"zz\d+zz", str(leaf)):
                assert found[place] == re.sub(r"zz\d+zz", odd, leaf), (odd, place)


def test_whole_numbers_keep_their_digits(tmp_path: Path) -> None:
    absent: set[str] | None = None  # in every variant so far
    for variant in VARIANTS:
        values = all_values(variant)
        numbers = [path for path, leaf in leaves(values) if is_number(path, leaf)]
        of = {path: 20_000_000 + index for index, path in enumerate(numbers)}
        text = rendered_text(
            replaced(values, lambda path, leaf, of=of: of.get(path, leaf)), tmp_path
        )
        assert not re.findall(r"\d(?:\.\d+)?e\+\d+", text)
        missing = {dotted(path) for path in numbers if str(of[path]) not in text}
        absent = missing if absent is None else absent & missing
    assert absent == set()


def test_the_reader_of_these_tests_is_as_strict_as_kubernetes() -> None:
    for odd in ODD:
        try:
            found = [leaf for _, leaf in read(f"--- {{value: \n {odd}\n}}\n")]
        except yaml.YAMLError:
            continue
        assert found != [odd]
