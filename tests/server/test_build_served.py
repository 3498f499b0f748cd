"""A gallery built by the models of a server is the one built in this process."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from index_builder.__main__ import main
from tests.conftest import Served
from tests.images import SAMPLES
from vislex.contract.images import SIGLIP2
from vislex.errors import ModelFailed
from vislex.gallery.index import all_vectors
from vislex.infer.grpc import GrpcInfer
from vislex.screens.storage import open_gallery


def test_building_over_grpc_gives_the_same_gallery(served: Served, tmp_path: Path) -> None:
    for label in ("ayh_amount", "zsyh_setting"):
        (tmp_path / "images" / label).mkdir(parents=True)
        for path in sorted((SAMPLES / "gallery" / label).iterdir())[:2]:
            shutil.copy(path, tmp_path / "images" / label)
    words = ["build", str(tmp_path / "images"), "--repository", str(served.repository)]
    assert main([*words, "--gallery", str(tmp_path / "here")]) == 0
    url = served.server.grpc_url
    assert main([*words, "--gallery", str(tmp_path / "there"), "--url", url]) == 0
    here, there = (open_gallery(tmp_path / name, None) for name in ("here", "there"))
    assert [(i.id, i.sha256, i.text) for i in here.items] == [
        (i.id, i.sha256, i.text) for i in there.items
    ]
    assert here.source == there.source
    np.testing.assert_allclose(all_vectors(here.index), all_vectors(there.index), atol=1e-4)


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelFailed, match=r"siglip2 at 127\.0\.0\.1:1"):
        GrpcInfer("127.0.0.1:1", waits_s=())(
            SIGLIP2,
            {
                "pixel_values": np.zeros((1, 256, 768), np.float32),
                "pixel_attention_mask": np.ones((1, 256), np.int32),
                "spatial_shapes": np.ones((1, 2), np.int32),
            },
        )
