"""Where models and galleries come from: the image, another image, a claim, object storage."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.helm.chart import CHART, NAME, Rendered, render
from tests.helm.test_server_pod import MINIMAL, arguments, mounts, volume
from vislex.gallery.versions import current_version, published_before

FETCH = CHART / "files" / "fetch.sh"
PUBLISH = CHART / "files" / "publish.sh"


def test_a_claim_is_mounted_read_only_twice_over(rendered: Mapping[str, Rendered]) -> None:
    objects = rendered["gpu"]
    for name, path, claim, folder in [
        ("models", "/models", "models", "7"),
        ("gallery-screens", "/galleries/screens", "galleries", "screens"),
    ]:
        assert volume(objects.pod, name)["persistentVolumeClaim"] == {
            "claimName": claim,
            "readOnly": True,
        }
        assert mounts(objects.server)[path] == {
            "name": name,
            "mountPath": path,
            "subPath": folder,
            "readOnly": True,
        }
    assert arguments(objects.server)["repository"] == "/models"


def test_what_lies_in_the_servers_image_needs_no_volume(rendered: Mapping[str, Rendered]) -> None:
    objects = rendered["tls"]
    assert arguments(objects.server)["gallery"] == "screens=/opt/vislex/gallery"
    assert "initContainers" not in objects.pod
    assert not [one for one in objects.pod["volumes"] if one["name"].startswith("gallery")]


def test_another_image_is_copied_from(rendered: Mapping[str, Rendered]) -> None:
    objects = rendered["airgapped"]
    (copy,) = [one for one in objects.pod["initContainers"] if one["name"].startswith("copy")]
    assert copy["image"].startswith("registry.site.example/gallery-receipts@sha256:")
    assert copy["command"] == ["cp", "-R", "/gallery/.", "/data/"]
    assert copy["volumeMounts"] == [{"name": "gallery-receipts", "mountPath": "/data"}]
    assert mounts(objects.server)["/galleries/receipts"]["readOnly"] is True


def test_object_storage_is_downloaded_first_and_refreshed_beside(
    rendered: Mapping[str, Rendered],
) -> None:
    objects = rendered["airgapped"]
    by_name = {one["name"]: one for one in objects.pod["initContainers"]}
    models, gallery = by_name["fetch-models"], by_name["fetch-gallery-screens"]
    url = ":s3,provider=Minio,env_auth=true,endpoint=https://minio.site.example:"
    fetch = ["/bin/sh", "/scripts/fetch.sh"]
    assert models["command"] == [*fetch, "models", f"{url}models/7", "/data", "0" * 63 + "3"]
    assert gallery["command"] == [*fetch, "gallery", f"{url}galleries/screens", "/data", ""]
    refresh = by_name["refresh-gallery-screens"]
    assert refresh["command"] == [*gallery["command"], "30"]
    assert refresh["restartPolicy"] == "Always"  # which makes an init container a sidecar
    assert "restartPolicy" not in gallery
    for one in (models, gallery, refresh):
        assert one["envFrom"] == [{"secretRef": {"name": "minio"}}]
    script = objects.one("ConfigMap", f"{NAME}-scripts")["data"]["fetch.sh"]
    assert script.rstrip() == FETCH.read_text(encoding="utf-8").rstrip()


def test_the_first_gallery_named_is_the_first_served(rendered: Mapping[str, Rendered]) -> None:
    given = arguments(rendered["airgapped"].server)["gallery"]
    assert given == "screens=/galleries/screens,receipts=/galleries/receipts"


def test_fields_of_another_source_count_for_nothing() -> None:
    storage = {"url": ":s3:bucket/models", "sha256": "0" * 64}
    leftover = {"pvc": {"claimName": "models", "subPath": "7"}}
    models = {"source": "objectStorage", "objectStorage": storage, **leftover}
    objects = render({**MINIMAL, "models": models})
    assert volume(objects.pod, "models") == {"name": "models", "emptyDir": {}}
    assert "subPath" not in mounts(objects.server)["/models"]


def test_without_downloads_there_is_no_script() -> None:
    with pytest.raises(KeyError):
        render(MINIMAL).one("ConfigMap", f"{NAME}-scripts")


# fetch.sh itself, with a stand-in for rclone that copies folders.


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with `rclone copy SOURCE DIR` and `rclone copyto SOURCE FILE`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    rclone = folder / "rclone"
    rclone.write_text(
        "#!/bin/sh\n"
        'case $1 in copy) mkdir -p "$3" && cp -R "$2/." "$3" ;; copyto) cp "$2" "$3" ;; esac\n',
        encoding="utf-8",
    )
    rclone.chmod(0o755)
    return folder


def fetch(tools: Path, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    path = os.pathsep.join([str(tools), os.environ["PATH"]])
    scratch = tools.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    return subprocess.run(
        ["/bin/sh", FETCH, *arguments], capture_output=True, text=True, timeout=120,
        env={**os.environ, "PATH": path, "TMPDIR": str(scratch)},
    )  # fmt: skip


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A repository in the storage, with its checksums."""
    folder = tmp_path / "storage" / "models"
    (folder / "ocr" / "1").mkdir(parents=True)
    (folder / "ocr" / "1" / "model.py").write_text("x = 1\n", encoding="utf-8")
    (folder / "ocr" / "config.pbtxt").write_text("max_batch_size: 8\n", encoding="utf-8")
    # As the README says to write it.
    script = "find . -type f ! -name SHA256SUMS -exec sha256sum {} + | sort -k 2 > SHA256SUMS"
    subprocess.run(["/bin/sh", "-c", script], cwd=folder, check=True)
    return folder


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_models_arrive_whole(tools: Path, models: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = fetch(tools, "models", models, out, digest(models / "SHA256SUMS"))
    assert done.returncode == 0, done.stderr
    assert "2 files, all as pinned" in done.stdout
    assert (out / "ocr" / "1" / "model.py").read_text(encoding="utf-8") == "x = 1\n"


def test_a_changed_model_is_refused(tools: Path, models: Path, tmp_path: Path) -> None:
    pinned = digest(models / "SHA256SUMS")
    (models / "ocr" / "1" / "model.py").write_text("x = 2\n", encoding="utf-8")
    done = fetch(tools, "models", models, tmp_path / "out", pinned)
    assert done.returncode == 1
    assert "changed: ./ocr/1/model.py: FAILED" in done.stderr


def test_changed_checksums_are_refused(tools: Path, models: Path, tmp_path: Path) -> None:
    done = fetch(tools, "models", models, tmp_path / "out", "0" * 64)
    assert done.returncode == 1
    assert f"expected {'0' * 64}" in done.stderr


def test_a_model_that_nobody_listed_is_refused(tools: Path, models: Path, tmp_path: Path) -> None:
    (models / "evil.py").write_text("import os\n", encoding="utf-8")
    done = fetch(tools, "models", models, tmp_path / "out", digest(models / "SHA256SUMS"))
    assert done.returncode == 1
    assert "not in SHA256SUMS: ./evil.py" in done.stderr


def test_models_without_checksums_are_refused(tools: Path, models: Path, tmp_path: Path) -> None:
    (models / "SHA256SUMS").unlink()
    done = fetch(tools, "models", models, tmp_path / "out", "0" * 64)
    assert done.returncode == 1
    assert "holds no SHA256SUMS" in done.stderr


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """A gallery in the storage, its version 2 live."""
    folder = tmp_path / "storage" / "gallery"
    for version in ("v000001", "v000002"):
        (folder / version).mkdir(parents=True)
        (folder / version / "manifest.json").write_text(version, encoding="utf-8")
    (folder / "PUBLISHED").write_text("v000001\nv000002\n", encoding="utf-8")
    (folder / "CURRENT").write_text("v000002\n", encoding="utf-8")
    return folder


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_a_pinned_version_of_a_gallery_arrives_alone(
    tools: Path, storage: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    done = fetch(tools, "gallery", storage, out, digest(storage / "v000002" / "manifest.json"))
    assert done.returncode == 0, done.stderr
    assert listing(out) == ["CURRENT", "PUBLISHED", "v000002"]
    assert (out / "CURRENT").read_text(encoding="utf-8") == "v000002\n"
    assert published_before(out) == []


def test_the_version_before_comes_along_with_the_record(
    tools: Path, storage: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    done = fetch(tools, "gallery", storage, out)
    assert done.stdout == "gallery: v000002 in place, v000001 before it\n"
    assert listing(out) == ["CURRENT", "PUBLISHED", "v000001", "v000002"]
    assert current_version(out) == "v000002"
    assert published_before(out) == ["v000001"]


@pytest.mark.parametrize(
    ("record", "current", "before"),
    [
        ("v000001\nv000002\nv000004\n", "v000004", ["v000002"]),  # v000003 was never published
        ("v000001\nv000002", "v000003", ["v000002"]),  # published before the record was written
        ("v000001\n", "v000001", []),
        ("v000001\nv000002\n", "v000001", []),  # gone back to by CURRENT alone
        ("../../etc\n\nv000001\n", "v000002", ["v000001"]),
        ("v000001\nv000002\nv000009\n", "v000010", []),  # what is recorded is not there
        (None, "v000002", []),
    ],
)
def test_only_what_was_published_before_is_the_way_back(
    record: str | None, current: str, before: list[str], tools: Path, storage: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for version in ("v000001", "v000002", "v000003", "v000004", "v000010"):
        (storage / version).mkdir(exist_ok=True)
        (storage / version / "manifest.json").write_text(version, encoding="utf-8")
    (storage / "PUBLISHED").unlink()
    if record is not None:
        (storage / "PUBLISHED").write_text(record, encoding="utf-8")
    (storage / "CURRENT").write_text(current, encoding="utf-8")
    done = fetch(tools, "gallery", storage, out)
    assert done.returncode == 0, done.stderr
    assert listing(out) == ["CURRENT", "PUBLISHED", *before, current]
    assert published_before(out) == before
    assert bool(done.stderr) is (record is None or "v000009" in record)


def test_a_newer_version_takes_over_and_the_one_before_stays(
    tools: Path, storage: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for version in ("v000001", "v000002", "v000003"):
        (storage / version).mkdir(exist_ok=True)
        (storage / version / "manifest.json").write_text(version, encoding="utf-8")
        (storage / "CURRENT").write_text(version, encoding="utf-8")
        with (storage / "PUBLISHED").open("a", encoding="utf-8") as record:
            record.write(f"{version}\n")
        assert fetch(tools, "gallery", storage, out).returncode == 0
    assert listing(out) == ["CURRENT", "PUBLISHED", "v000002", "v000003"]
    assert (out / "CURRENT").read_text(encoding="utf-8") == "v000003"


def test_a_version_that_is_not_there_yet_changes_nothing(
    tools: Path, storage: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    assert fetch(tools, "gallery", storage, out).returncode == 0
    (storage / "CURRENT").write_text("v000009", encoding="utf-8")
    assert fetch(tools, "gallery", storage, out).returncode != 0
    assert (out / "CURRENT").read_text(encoding="utf-8") == "v000002\n"


def test_a_version_other_than_the_pinned_is_refused(
    tools: Path, storage: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    done = fetch(tools, "gallery", storage, out, "0" * 64)
    assert done.returncode == 1
    assert not (out / "CURRENT").exists()


@pytest.mark.parametrize("name", ["../../etc", "", "/etc"])
def test_a_current_that_leads_elsewhere_is_refused(
    name: str, tools: Path, storage: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (storage / "CURRENT").write_text(name, encoding="utf-8")
    done = fetch(tools, "gallery", storage, out)
    assert done.returncode == 1
    assert "which is no version" in done.stderr


def test_the_sidecar_goes_on_after_a_failure(tools: Path, storage: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    shutil.move(storage / "CURRENT", tmp_path / "later")
    path = os.pathsep.join([str(tools), os.environ["PATH"]])
    process = subprocess.Popen(
        ["/bin/sh", FETCH, "gallery", storage, out, "", "0.1"],
        env={**os.environ, "PATH": path}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None and process.stdout is not None
        while "trying again" not in process.stderr.readline():
            assert process.poll() is None
        assert not (out / "CURRENT").exists()
        shutil.copy(tmp_path / "later", storage / "CURRENT")
        assert process.stdout.readline() == "gallery: v000002 in place, v000001 before it\n"
    finally:
        process.kill()
        process.communicate()


# publish.sh, with a stand-in for index_builder that notes its calls.


def test_shards_are_merged_once_all_are_built(tmp_path: Path) -> None:
    gallery = tmp_path / "screens"
    (gallery / ".work").mkdir(parents=True)
    calls, folder = tmp_path / "calls", tmp_path / "bin"
    folder.mkdir()
    stand_in = folder / "python"
    stand_in.write_text(f'#!/bin/sh\necho "$@" >> {calls}\n', encoding="utf-8")
    stand_in.chmod(0o755)
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "POLL_S": "0.1"}

    def start(shard: int) -> "subprocess.Popen[bytes]":
        places = [str(gallery), "/images", "/models"]
        return subprocess.Popen(
            ["/bin/sh", str(PUBLISH), *places, "2", str(shard), "run7"], env=environment
        )

    first = start(0)
    with pytest.raises(subprocess.TimeoutExpired):  # it waits for the other
        first.wait(1.0)
    assert start(1).wait(120) == 0
    assert first.wait(120) == 0
    build = f"-m index_builder build /images --gallery {gallery} --repository /models --shards 2"
    assert calls.read_text(encoding="utf-8").splitlines() == [
        f"{build} --shard 0",
        f"{build} --shard 1",
        f"-m index_builder merge --gallery {gallery} --shards 2 --wait-seconds 600",
    ]
    assert not list((gallery / ".work").iterdir())
