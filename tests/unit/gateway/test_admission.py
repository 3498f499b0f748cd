"""Slots, the table that the stages read, and the gateway's metrics."""

import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from vislex.calls import SLOT, TABLE_VARIABLE, CallTable, WantedCalls
from vislex.errors import Abandoned, InvalidOption
from vislex.gateway.admission import Admission
from vislex.gateway.metrics import GatewayMetrics


@pytest.fixture
def table(tmp_path: Path) -> CallTable:
    return CallTable(tmp_path / "calls", 2)


@pytest.fixture
def stage(table: CallTable) -> WantedCalls:
    return WantedCalls({TABLE_VARIABLE: str(table.path)})


def test_no_more_calls_than_slots(table: CallTable) -> None:
    admission = Admission(table, 2)
    first = admission.admit(time.monotonic() + 120)
    assert first is not None
    assert admission.admit(time.monotonic() + 120) is not None
    assert admission.full
    assert admission.admit(time.monotonic() + 120) is None
    admission.release(first)
    assert admission.in_flight == 1
    assert admission.admit(time.monotonic() + 120) is not None


def test_images_being_received_are_bounded(table: CallTable) -> None:
    """Two a slot: whoever sends slowly takes memory, though no slot."""
    admission = Admission(table, 2)
    with ExitStack() as stack:
        rooms = [stack.enter_context(admission.receiving()) for _ in range(6)]
        assert rooms == [True] * 4 + [False] * 2
    with admission.receiving() as room:
        assert room
    for _ in range(2):
        admission.admit(time.monotonic() + 120)
    with admission.receiving() as room:
        assert not room


def test_a_stage_sees_what_is_wanted(table: CallTable, stage: WantedCalls) -> None:
    admission = Admission(table, 2)
    call = admission.admit(time.monotonic() + 120)
    assert call is not None
    stage.check({SLOT: call.slot})
    admission.cancel(call)
    with pytest.raises(Abandoned, match="cancelled"):
        stage.check({SLOT: call.slot})
    admission.release(call)
    again = admission.admit(time.monotonic() - 0.001)
    assert again is not None
    with pytest.raises(Abandoned, match="deadline"):
        stage.check({SLOT: again.slot})


def test_a_late_cancellation_does_not_hit_the_slots_next_call(
    table: CallTable, stage: WantedCalls
) -> None:
    admission = Admission(table, 1)
    gone = admission.admit(time.monotonic() + 120)
    assert gone is not None
    admission.release(gone)
    new = admission.admit(time.monotonic() + 120)
    assert new is not None
    assert new.slot == gone.slot
    admission.cancel(gone)
    stage.check({SLOT: new.slot})


def test_without_a_gateway_every_call_is_wanted(stage: WantedCalls) -> None:
    WantedCalls({}).check({SLOT: 3})
    stage.check({})
    with pytest.raises(InvalidOption, match=SLOT):
        stage.check({SLOT: 99})
    with pytest.raises(InvalidOption, match=SLOT):
        stage.check({SLOT: "0"})


def test_stages_leave_notes_for_the_log(table: CallTable, stage: WantedCalls) -> None:
    admission = Admission(table, 2)
    call = admission.admit(time.monotonic() + 120)
    assert call is not None
    mine = {SLOT: call.slot}
    stage.note(mine, "prepare", {"image_bytes": 5})
    stage.note(mine, "prepare", {"decode_ms": 1.5})
    stage.note(mine, "match", {"label": "微信", "decision": "known"})
    stage.note(mine, "siglip2", {"unknown": "lane"})
    stage.note({}, "match", {"label": "of nobody"})
    expected = {"image_bytes": 5, "decode_ms": 1.5, "label": "微信", "decision": "known"}
    assert admission.notes(call) == expected
    stage.note(mine, "match", {"reason": "x" * 600})  # more than a lane holds
    assert admission.notes(call) == expected
    admission.release(call)
    again = admission.admit(time.monotonic() + 120)
    assert again is not None
    assert again.slot == call.slot
    assert admission.notes(again) == {}
    stage.check({SLOT: again.slot})


def test_the_oldest_call_is_known(table: CallTable) -> None:
    admission = Admission(table, 2)
    assert admission.oldest_s() == 0
    admission.admit(time.monotonic() + 120)
    time.sleep(0.02)
    admission.admit(time.monotonic() + 120)
    assert 0.02 <= admission.oldest_s() < 60


def test_metrics_add_up() -> None:
    metrics = GatewayMetrics()
    for code, seconds in (("OK", 0.003), ("OK", 0.3), ("UNAVAILABLE", 31.0), ("OK", 0.25)):
        metrics.record(code, seconds)
    lines = metrics.text(in_flight=3, ready=True).splitlines()
    assert 'vislex_requests_total{code="OK"} 3' in lines
    assert 'vislex_requests_total{code="UNAVAILABLE"} 1' in lines
    assert "vislex_requests_in_flight 3" in lines
    assert "vislex_ready 1" in lines
    assert 'vislex_request_duration_seconds_bucket{le="0.005"} 1' in lines
    assert 'vislex_request_duration_seconds_bucket{le="0.25"} 2' in lines
    assert 'vislex_request_duration_seconds_bucket{le="0.5"} 3' in lines
    assert 'vislex_request_duration_seconds_bucket{le="30.0"} 3' in lines
    assert 'vislex_request_duration_seconds_bucket{le="+Inf"} 4' in lines
    assert "vislex_request_duration_seconds_count 4" in lines
    assert "vislex_request_duration_seconds_sum 31.553000" in lines
