"""`serve --cache-mb`: a screen seen before is answered from what its models said, as it was."""

from collections.abc import Iterator

import pytest
from vislex_client import Client

from loadtest.scrape import Samples, scrape
from tests.conftest import Served
from tests.images import SAMPLES
from vislex.serving.cache import cache_arguments
from vislex.serving.server import Server, run_triton_server

IMAGE = SAMPLES / "queries" / "ayh_amount" / "00.webp"
CACHED = ("siglip2", "ocr_det", "ocr_rec")


@pytest.fixture(scope="module")
def caching(served: Served) -> Iterator[Server]:
    environment = {"VISLEX_GALLERY": str(served.gallery_root)}
    with run_triton_server(
        served.repository, environment=environment, arguments=cache_arguments(64)
    ) as server:
        yield server


def hits(samples: Samples, model: str) -> float:
    return samples.total("nv_cache_num_hits_per_model", model=model)


def test_an_image_seen_before_runs_no_model_again(served: Served, caching: Server) -> None:
    with Client(served.server.grpc_url) as without, Client(caching.grpc_url) as client:
        expected, first = without.classify(IMAGE), client.classify(IMAGE)
        before = scrape(caching.metrics_url)
        assert client.classify(IMAGE) == first == expected
        again = scrape(caching.metrics_url).since(before)
        for model in CACHED:
            assert hits(again, model) > 0, model
            assert again.total("nv_cache_num_misses_per_model", model=model) == 0, model
            assert again.total("nv_inference_exec_count", model=model) == 0, model


def test_options_are_not_answered_from_the_cache(served: Served, caching: Server) -> None:
    """The same image, other options: as a server without a cache answers them."""
    with Client(served.server.grpc_url) as without, Client(caching.grpc_url) as client:
        client.classify(IMAGE)
        for options in ({"alpha": 0.0, "top_k": 2}, {"read": False}, {"ranking": "study"}):
            assert client.classify(IMAGE, **options) == without.classify(IMAGE, **options)


def test_no_cache_is_the_default(served: Served) -> None:
    assert cache_arguments(0) == []
    assert all(hits(scrape(served.server.metrics_url), model) == 0 for model in CACHED)
