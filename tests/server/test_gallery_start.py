"""A server that starts while its galleries are damaged: it serves what it can and says so."""

import shutil
from pathlib import Path

import pytest
from vislex_client import Client, Gallery, ServerFailed

from tests.service import SCREEN, http, scrape, wait_for
from vislex.gallery.lock import locked
from vislex.screens.gallery import Gallery as Content
from vislex.screens.storage import publish_gallery
from vislex.serving.background import run_service

NOTICED_S = 60.0  # a new version is looked for every second; this is for slow and busy machines


def of(client: Client, name: str) -> Gallery:
    (found,) = client.gallery(name).galleries
    return found


def test_a_server_starts_on_what_was_live_before(
    repository: Path, gallery_root: Path, gallery: Content, tmp_path: Path
) -> None:
    """`games`, the default, has nothing whole; of `apps` the live version is torn."""
    apps, games = tmp_path / "apps", tmp_path / "games"
    for root in (apps, games):
        shutil.copytree(gallery_root, root)
        (root / "v000001" / "items.jsonl").chmod(0o644)
    with locked(apps) as lock:
        publish_gallery(lock, gallery)
    torn = apps / "v000002" / "items.jsonl"
    whole = torn.read_bytes()
    torn.write_bytes(whole[:100])
    (games / "v000001" / "items.jsonl").unlink()

    with (
        run_service(repository, {"games": games, "apps": apps}, tmp_path) as service,
        Client(service.grpc_url, timeout_s=300, retry=None) as client,
    ):
        assert http(service, "/v2/health/ready") == 200  # for `apps`, which is well
        answer = client.classify(SCREEN, gallery="apps")
        assert (answer.label, answer.gallery_version) == ("ayh_amount", "v000001")
        found = of(client, "apps")
        assert found.version == "v000001"
        assert found.refused is not None
        assert found.refused.version == "v000002"
        assert "items.jsonl is not as written" in found.refused.reason
        with pytest.raises(ServerFailed, match="'games' has no version that can be served"):
            client.classify(SCREEN)
        assert of(client, "games").loaded == ()

        samples = scrape(service)
        assert samples['vislex_gallery_version{gallery="apps"}'] == 1
        assert samples['vislex_gallery_refused_total{gallery="apps"}'] == 1
        assert samples['vislex_gallery_refused_total{gallery="games"}'] == 1
        for log in (service.log, service.triton_log):
            assert log.read_text().count("v000002 is refused") == 1
        assert "gallery games none; gallery apps v000001" in service.log.read_text()

        torn.write_bytes(whole)
        wait_for(lambda: of(client, "apps").version == "v000002", NOTICED_S)
        with locked(games) as lock:
            publish_gallery(lock, gallery)
        wait_for(lambda: of(client, "games").version == "v000002", NOTICED_S)
        assert client.classify(SCREEN).gallery_version == "v000002"
