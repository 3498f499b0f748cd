"""The rules on recorded samples, by promtool; every query is PromQL over metrics that exist."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from tests.helm.chart import CHART, NAME, Rendered

# What a server exposes; tests/helm/test_manifest.py holds it to a live scrape.
EXPOSED = frozenset(
    {
        "nv_inference_request_success", "nv_inference_request_failure", "nv_inference_count",
        "nv_inference_exec_count", "nv_inference_queue_duration_us",
        "nv_inference_compute_infer_duration_us",
        "vislex_decisions_total", "vislex_stage_duration_seconds", "vislex_gallery_version",
        "vislex_gallery_refused_total", "vislex_gallery_swaps_total",
        "vislex_requests_total", "vislex_requests_in_flight", "vislex_request_duration_seconds",
        "vislex_requests_shed_total", "vislex_server_restarts_total", "vislex_ready",
    }
)  # fmt: skip
SAMPLES = sorted(Path(__file__).parent.glob("rules_samples*.yaml"))
_OF_A_HISTOGRAM = re.compile(r"_(bucket|sum|count)$")


@pytest.fixture(scope="module")
def groups(rendered: Mapping[str, Rendered]) -> list[dict[str, Any]]:
    rule = rendered["autoscaled"].one("PrometheusRule")
    return list(rule["spec"]["groups"])


def dashboard() -> dict[str, Any]:
    text = (CHART / "files" / "dashboard.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def queries(groups: list[dict[str, Any]], rendered: Mapping[str, Rendered]) -> Iterator[str]:
    """Every PromQL expression of the chart, Grafana's variables filled in."""
    for group in groups:
        yield from (rule["expr"] for rule in group["rules"])
    (trigger,) = rendered["autoscaled"].one("ScaledObject")["spec"]["triggers"]
    yield trigger["metadata"]["query"]
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"].replace("$__rate_interval", "1m").replace("$", "")


def metrics_of(query: str) -> set[str]:
    """Names of the metrics that a query selects; histograms without their suffix.

    Raises ValueError where the query is not PromQL.
    """
    return {
        _OF_A_HISTOGRAM.sub("", name) if name.startswith("vislex_") else name
        for name in _selected(promql_parser.parse(query))
    }


def _selected(node: Any) -> Iterator[str]:
    if isinstance(node, promql_parser.VectorSelector):
        yield str(node.name)
        return
    for part in ("expr", "lhs", "rhs", "vector_selector", "param"):
        if (below := getattr(node, part, None)) is not None:
            yield from _selected(below)
    for below in getattr(node, "args", None) or []:
        yield from _selected(below)


def test_a_query_names_its_metrics() -> None:
    query = 'histogram_quantile(0.9, rate(vislex_a_bucket{x="1"}[5m])) / (b > 0) or vector(1)'
    assert metrics_of(query) == {"vislex_a", "b"}


def test_every_metric_that_is_asked_for_exists(
    groups: list[dict[str, Any]], rendered: Mapping[str, Rendered]
) -> None:
    recorded = {rule["record"] for group in groups for rule in group["rules"] if "record" in rule}
    asked = set().union(*map(metrics_of, queries(groups, rendered)))
    assert asked - recorded == asked & EXPOSED
    assert recorded <= asked, "recorded for nobody"
    assert asked >= EXPOSED, "EXPOSED lists what nothing asks for"


def test_every_alert_says_how_bad_what_and_why(groups: list[dict[str, Any]]) -> None:
    alerts = [rule for group in groups for rule in group["rules"] if "alert" in rule]
    assert len(alerts) == 10
    for alert in alerts:
        assert alert["labels"]["severity"] in {"warning", "critical"}
        assert alert["annotations"]["summary"].startswith(NAME)
        assert alert["annotations"]["description"].endswith((".", "why."))


def test_the_dashboard_is_installed_for_grafanas_sidecar(
    rendered: Mapping[str, Rendered],
) -> None:
    config = rendered["autoscaled"].one("ConfigMap", f"{NAME}-dashboard")
    assert config["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(config["data"]["vislex.json"]) == dashboard()


def test_dashboard_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    identities = [panel["id"] for panel in dashboard()["panels"]]
    assert len(set(identities)) == len(identities)


needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None,
    reason="promtool is not on PATH; `make promtool` says how to get it without root",
)


def promtool(*arguments: str | Path, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["promtool", *arguments], cwd=cwd, capture_output=True, text=True, timeout=300
    )


@needs_promtool
def test_promtool_accepts_the_rules(groups: list[dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": groups}), encoding="utf-8")
    done = promtool("check", "rules", "rules.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
@pytest.mark.parametrize("samples", SAMPLES, ids=lambda path: path.stem)
def test_the_rules_give_what_was_worked_out_for_recorded_samples(
    samples: Path, groups: list[dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": groups}), encoding="utf-8")
    shutil.copy(samples, tmp_path)
    done = promtool("test", "rules", samples.name, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_the_scalers_query_gives_the_mean_queue_time_of_the_pods(
    rendered: Mapping[str, Rendered], tmp_path: Path
) -> None:
    """Pod a: 40 ms a request, b: 80 ms, c: no requests. HPA divides the sum, 120 ms, by 3 pods."""
    (trigger,) = rendered["autoscaled"].one("ScaledObject")["spec"]["triggers"]
    series = 'namespace="scoring",model="ocr",pod="prod-vislex-7d9f8-'
    inputs = {
        f'nv_inference_queue_duration_us{{{series}aaaaa"}}': "0+1200000x10",
        f'nv_inference_request_success{{{series}aaaaa"}}': "0+30x10",
        f'nv_inference_queue_duration_us{{{series}bbbbb"}}': "0+800000x10",
        f'nv_inference_request_success{{{series}bbbbb"}}': "0+10x10",
        f'nv_inference_queue_duration_us{{{series}ccccc"}}': "0x10",
        f'nv_inference_request_success{{{series}ccccc"}}': "0x10",
        'nv_inference_queue_duration_us{namespace="other",model="ocr",pod="x"}': "0+9e9x10",
        'nv_inference_request_success{namespace="other",model="ocr",pod="x"}': "0+1x10",
    }
    query = f"round({trigger['metadata']['query']})"
    samples = [{"labels": "{}", "value": 120}]
    case = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in inputs.items()],
        "promql_expr_test": [{"expr": query, "eval_time": "5m", "exp_samples": samples}],
    }
    idle = {
        "interval": "1m",
        "promql_expr_test": [
            {"expr": query, "eval_time": "5m", "exp_samples": [{"labels": "{}", "value": 0}]}
        ],
    }
    (tmp_path / "case.yaml").write_text(yaml.safe_dump({"tests": [case, idle]}), encoding="utf-8")
    done = promtool("test", "rules", "case.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
