"""Galleries that were damaged, torn or half written are refused; what is live stays whole."""

import shutil
from pathlib import Path

import pytest

from tests.disk import files_of_at_most
from vislex.errors import GalleryCorrupt, GalleryError
from vislex.gallery.lock import locked
from vislex.gallery.versions import all_versions
from vislex.screens.gallery import Gallery
from vislex.screens.storage import check_gallery, open_gallery, publish_gallery

LIVE = "v000001"


@pytest.fixture
def root(gallery_root: Path, tmp_path: Path) -> Path:
    copied = tmp_path / "gallery"
    shutil.copytree(gallery_root, copied)
    return copied


def files_of(root: Path) -> list[str]:
    return sorted(path.name for path in (root / LIVE).iterdir())


def test_one_flipped_bit_in_any_file_is_found(root: Path) -> None:
    for name in files_of(root):
        path = root / LIVE / name
        whole = path.read_bytes()
        middle = len(whole) // 2
        path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
        with pytest.raises(GalleryError, match=name):
            check_gallery(root, None)
        path.write_bytes(whole)
    open_gallery(root, None)


def test_a_torn_file_is_found(root: Path) -> None:
    for name in files_of(root):
        path = root / LIVE / name
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(GalleryCorrupt, match=name):
            check_gallery(root, None)
        path.write_bytes(whole)


def test_a_version_half_written_is_never_live(root: Path, gallery: Gallery) -> None:
    """A writer that died leaves a folder without a manifest; the live version does not care."""
    half = root / "v000002"
    shutil.copytree(root / LIVE, half)
    (half / "manifest.json").unlink()
    assert open_gallery(root, None).version == LIVE
    (root / "CURRENT").write_text("v000002\n")
    with pytest.raises(GalleryError, match="v000002"):
        open_gallery(root, None)


@pytest.mark.parametrize("size", [0, 100, 5_000, 50_000])
def test_a_full_disk_leaves_the_live_version(root: Path, gallery: Gallery, size: int) -> None:
    largest = max(path.stat().st_size for path in (root / LIVE).iterdir())
    assert size < largest
    with locked(root) as lock:
        # EFBIG, or NumPy's own words for bytes that were not written.
        with files_of_at_most(size), pytest.raises(OSError, match=r"too large|written"):
            publish_gallery(lock, gallery)
        assert open_gallery(root, None).version == LIVE
        assert publish_gallery(lock, gallery) == "v000002"  # once there is room again
    assert open_gallery(root, None).version == "v000002"
    assert all_versions(root) == [LIVE, "v000002"]
    assert not [path for path in root.iterdir() if path.name.startswith(".writing-")]
