"""The synchronous client: checks, sends, reads the answer."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from functools import partial
from types import TracebackType
from typing import Any, Callable

from vislex_client import options, tensors
from vislex_client.answer import classification
from vislex_client.errors import Cancelled, InvalidRequest, Unavailable, VislexError
from vislex_client.images import Image, image_bytes
from vislex_client.many import in_order
from vislex_client.results import Classification, Health


class Client:
    """One connection to a vislex server; threads may share it.

    `url` is HOST:PORT of the server's gRPC port. `timeout_s` bounds each call from sending to
    answer, unless the call brings its own. Nothing is sent before the first call, so a wrong
    address shows then. Raises InvalidOption.
    """

    def __init__(self, url: str = "localhost:8001", *, timeout_s: float = 30.0) -> None:
        # Here and not above: gRPC and numpy take a third of a second to import.
        from vislex_client import wire

        self.url = options.address(url)
        self._timeout_s = options.seconds("timeout_s", timeout_s)
        self._wire = wire
        self._channel = wire.connect(self.url)
        self._closed = False

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection; calls in flight end with Cancelled."""
        self._closed = True
        self._channel.close()

    def classify(
        self,
        image: Image,
        *,
        alpha: float | None = None,
        top_k: int | None = None,
        read: bool | None = None,
        ranking: str | None = None,
        decide: bool | None = None,
        timeout_s: float | None = None,
        request_id: str | None = None,
    ) -> Classification:
        """Says which known label `image` shows, or that it is `other`.

        `image` is the bytes of an encoded image file, the path of one, or a binary file object.
        `alpha` weighs the visual score against the text's, from 0 (text) to 1 (visual); `top_k` is
        how many candidates are compared; `read=False` skips reading text; `ranking="study"` takes
        candidates by sight alone; `decide=False` gives the nearest label and never `other`. None
        leaves a choice to the server. `request_id` appears in the server's log. Raises
        VislexError.
        """
        timeout_s = self._seconds(timeout_s)
        parameters = options.parameters(alpha, top_k, read, ranking, decide)
        name = options.request_id(request_id)
        arguments = self._wire.request(image_bytes(image), parameters, name)
        result = self._call(self._channel.infer, timeout_s, **arguments)
        return classification(result.as_numpy)

    def classify_many(
        self,
        images: Iterable[Image],
        *,
        concurrency: int = 8,
        alpha: float | None = None,
        top_k: int | None = None,
        read: bool | None = None,
        ranking: str | None = None,
        decide: bool | None = None,
        timeout_s: float | None = None,
    ) -> Iterator[Classification | VislexError]:
        """Classifies `images`, up to `concurrency` at a time, and yields in their order.

        An item is a Classification, or the VislexError that its image ended with: one that fails
        stops no other. `images` is drawn from as answers are taken, so it may be endless. Raises
        InvalidOption at once where an option does not fit.
        """
        if isinstance(images, (str, bytes, bytearray, memoryview, os.PathLike)):
            raise InvalidRequest("classify_many takes several images; for one, call classify")
        options.parameters(alpha, top_k, read, ranking, decide)
        classify = partial(
            self.classify,
            alpha=alpha,
            top_k=top_k,
            read=read,
            ranking=ranking,
            decide=decide,
            timeout_s=self._seconds(timeout_s),
        )
        return in_order(classify, images, options.count("concurrency", concurrency))

    def health(self, *, timeout_s: float | None = None) -> Health:
        """What the server says of itself and of `classify`, within `timeout_s` in all.

        A server that answers but is not ready is a Health with `serving` false; one that does not
        answer raises Unavailable or DeadlineExceeded.
        """
        deadline = time.monotonic() + self._seconds(timeout_s)

        def ask(method: Callable[..., Any], **arguments: Any) -> Any:
            return self._call(method, max(deadline - time.monotonic(), 0.001), **arguments)

        live, ready = ask(self._channel.is_server_live), ask(self._channel.is_server_ready)
        model_ready = _there(partial(ask, self._channel.is_model_ready, model_name=tensors.MODEL))
        server = ask(self._channel.get_server_metadata)
        versions: Iterable[str] = ()
        if model_ready:
            versions = ask(self._channel.get_model_metadata, model_name=tensors.MODEL).versions
        return Health(self.url, live, ready, model_ready, server.version, tuple(versions))

    def _seconds(self, timeout_s: float | None) -> float:
        return self._timeout_s if timeout_s is None else options.seconds("timeout_s", timeout_s)

    def _call(self, method: Callable[..., Any], timeout_s: float, **arguments: Any) -> Any:
        try:
            with self._wire.translated(self.url):
                return method(client_timeout=timeout_s, **arguments)
        except ValueError as error:  # what gRPC raises on a channel that is closed
            if not self._closed:
                raise
            raise Cancelled(f"the client of {self.url} is closed") from error


def _there(model_ready: Callable[[], bool]) -> bool:
    try:
        return model_ready()
    except Unavailable as error:
        if error.status != "NOT_FOUND":
            raise
        return False  # a Triton that has no such model
