"""What both clients send and how they read it: one test for both."""

from __future__ import annotations

import threading
import time
from typing import Any

import grpc
import numpy as np
import pytest
from vislex_client import (
    AccessDenied,
    Circuit,
    Galleries,
    Gallery,
    InvalidImage,
    InvalidOption,
    InvalidRequest,
    Line,
    LoadedVersion,
    RefusedVersion,
    Retry,
    ServerFailed,
    Tls,
)  # fmt: skip
from vislex_client.wire import Connection

from tests.unit.client.faces import QUICK, face
from tests.unit.client.faces import client as client
from tests.unit.client.faces import kind as kind
from tests.unit.client.faces import server as server
from tests.unit.client.stand_in import (
    IMAGE,
    StandIn,
    answer,
    failing_first,
    floats,
    image_of,
    response,
    served,
    texts,
)

Code = grpc.StatusCode
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_every_question_is_answered(server: StandIn, client: Any) -> None:
    assert client.classify(IMAGE).label == "微信"
    embedding = client.embed(IMAGE)
    assert (embedding.dtype, embedding.tolist()) == (
        np.float32,
        np.array([0.6, 0.8], np.float32).tolist(),
    )
    embedding[0] = 1  # it is the caller's own
    assert client.read(IMAGE) == (
        Line("通讯录", 0.99, ((10, 20), (110.5, 20), (110.5, 52), (10, 52))),
    )
    assert client.health().serving
    apps = Gallery(
        "apps",
        "v000007",
        (
            LoadedVersion(
                "v000007", 176, 22, "9f" * 32, "2026-11-20T09:58:01+00:00", 6, 0.02, 0.99
            ),
            LoadedVersion("v000006", 170, 21, "9f" * 32, "2026-11-20T09:12:44+00:00"),
        ),
        RefusedVersion("v000008", "GalleryCorrupt: a checksum", "2026-11-20T10:02:17+00:00"),
    )
    assert client.gallery() == client.gallery("apps") == Galleries("apps", (apps,))
    models = [(request.model_name, image_of(request)) for request in server.requests]
    assert models == [("classify", IMAGE), ("embed", IMAGE), ("read", IMAGE), ("gallery", b""),
                      ("gallery", b"apps")]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "outputs", "says"),
    [
        ("embed", {}, "EMBEDDING is missing"),
        ("embed", {"EMBEDDING": floats(3, 4)}, "length 5.0; expected length 1"),
        ("embed", {"EMBEDDING": floats(float("nan"))}, "length nan"),
        ("read", {"LINES": texts('{"failed": "boom"}')}, 'LINES is \'{"failed"'),
        ("gallery", {"STATUS": texts("{}")}, "STATUS is '{}'"),
        ("gallery", {"STATUS": texts('{"default": "a", "galleries": [{}]}')}, "STATUS is"),
    ],
)
def test_an_answer_that_does_not_fit_is_never_taken_for_one(
    server: StandIn, client: Any, method: str, outputs: Any, says: str
) -> None:
    server.infer = lambda request, context: response(outputs)
    image = () if method == "gallery" else (IMAGE,)
    with pytest.raises(ServerFailed) as caught:
        getattr(client, method)(*image)
    assert says in str(caught.value)
    assert len(server.requests) == 1  # asking again would give the same


def test_many_runs_in_order_and_no_more_at_a_time_than_told(server: StandIn, client: Any) -> None:
    lock, running, most = threading.Lock(), 0, 0

    def infer(request: Any, context: Any) -> Any:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        number = int(image_of(request))
        time.sleep(0.01 * (number % 3))  # so that they end in another order
        with lock:
            running -= 1
        return response({**answer(), "LABEL": texts(str(number))})

    server.infer = infer
    images: list[Any] = [str(number).encode() for number in range(20)]
    images[7] = b""
    found = list(client.classify_many(iter(images), concurrency=3))
    assert most == 3
    expected = [str(number) for number in range(20)]
    assert [getattr(item, "label", type(item)) for item in found] == [
        *expected[:7], InvalidImage, *expected[8:],
    ]  # fmt: skip


@pytest.mark.parametrize("chosen", [{"concurrency": 0}, {"alpha": 2}, {"gallery": ""}])
def test_many_refuses_an_option_before_the_first_image(client: Any, chosen: Any) -> None:
    with pytest.raises(InvalidOption):
        client.classify_many([IMAGE], **chosen)
    with pytest.raises(InvalidRequest):
        client.classify_many("screen.png")
    with pytest.raises(TypeError, match="alfa"):
        client.classify(IMAGE, alfa=0.5)


def test_names_of_request_trace_gallery_and_token_arrive(kind: str, server: StandIn) -> None:
    tokens = iter(["first", "second"])
    with (
        served(server) as url,
        face(kind, url, timeout_s=120, retry=QUICK, token=lambda: next(tokens)) as client,
    ):
        server.infer = failing_first(1, Code.UNAVAILABLE)
        client.classify(
            IMAGE, request_id="订单-1", traceparent=TRACE, gallery="apps", gallery_version="v000006"
        )
    for request in server.requests:
        assert request.id == "订单-1"
        assert request.parameters["gallery"].string_param == "apps"
        assert request.parameters["gallery_version"].string_param == "v000006"
    assert [headers["traceparent"] for headers in server.headers] == [TRACE, TRACE]
    sent = [headers["authorization"] for headers in server.headers]
    assert sent == ["Bearer first", "Bearer second"]  # asked anew for each attempt


def test_a_token_that_cannot_be_had_or_sent_is_an_error_that_does_not_tell_it(kind: str) -> None:
    with pytest.raises(InvalidOption) as caught, face(kind, "host:1", token="se\ncret"):
        pass
    assert "cret" not in str(caught.value)

    for secret in ("s3cret", "-----BEGIN PRIVATE KEY"):
        tls = Tls(cert=b"-----BEGIN CERTIFICATE", key=secret.encode())
        assert secret not in repr(tls)
        assert secret not in repr(Connection("h:1", None, secret, None, 60))

    def broken() -> str:
        raise RuntimeError("no vault")

    with face(kind, "127.0.0.1:1", token=broken) as client, pytest.raises(AccessDenied) as denied:
        client.classify(IMAGE)
    assert "no vault" in str(denied.value)


@pytest.mark.parametrize("compression", ["gzip", "deflate"])
def test_messages_are_compressed_when_asked(kind: str, server: StandIn, compression: str) -> None:
    with served(server) as url, face(kind, url, timeout_s=120, compression=compression) as client:
        client.classify(IMAGE)
    assert image_of(server.requests[0]) == IMAGE


@pytest.mark.parametrize(
    "settings",
    [
        {"compression": "zip"}, {"keepalive_s": 0}, {"hedge_after_s": 0}, {"token": ""},
        {"hedge_after_s": 1, "retry": None}, {"url": "xds:///a:1"}, {"url": "ipv4:a:1"},
    ],
)  # fmt: skip
def test_a_setting_that_does_not_fit_is_refused_with_what_was_expected(
    kind: str, settings: Any
) -> None:
    with pytest.raises(InvalidOption, match="expected"), face(kind, **{"url": "h:1", **settings}):
        pass


def test_the_policy_refuses_what_makes_none() -> None:
    for make in (
        lambda: Retry(attempts=0),
        lambda: Retry(initial_s=-1),
        lambda: Retry(max_s=float("nan")),
        lambda: Circuit(failures=0),
        lambda: Circuit(probe_s=0),
    ):
        with pytest.raises(InvalidOption):
            make()


@pytest.mark.parametrize("traceparent", ["", "x", TRACE.upper(), TRACE + "\n", 7])
def test_a_trace_context_that_is_none_is_refused(
    server: StandIn, client: Any, traceparent: Any
) -> None:
    with pytest.raises(InvalidOption, match=r"^traceparent is .*; expected"):
        client.classify(IMAGE, traceparent=traceparent)
    assert not server.requests
