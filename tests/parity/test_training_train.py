"""The training command: what it writes, and that steps and a seed settle it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import Siglip2VisionModel

from export.encoders.small import Size
from training.__main__ import COMMANDS
from training.encoder import train
from training.encoder.data import Recipe
from training.encoder.schedule import STAGES, Course, Plan
from vislex.cli import with_commands
from vislex.errors import InvalidOption, RepositoryError

SMALL = Size(hidden=48, layers=1, heads=3, mlp=48)
PLAN = Plan(seed=5, minutes=0.0, steps=3, families=3, threads=1)


@pytest.fixture(scope="module", autouse=True)
def few_held_out() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "_VALIDATION", Recipe(seed=6, families=1, shots=2))
        yield


@pytest.fixture(scope="module")
def trained(few_held_out: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one training wrote; to be read only."""
    out = tmp_path_factory.mktemp("trained") / "checkpoint"
    train.train(out, PLAN, SMALL)
    return out


def weights(checkpoint: Path) -> dict[str, torch.Tensor]:
    model = Siglip2VisionModel.from_pretrained(checkpoint, local_files_only=True)
    return dict(model.state_dict())


def test_seed_and_steps_settle_the_weights(trained: Path, tmp_path: Path) -> None:
    train.train(tmp_path, PLAN, SMALL)
    one, other = weights(trained), weights(tmp_path)
    assert all(torch.equal(one[name], other[name]) for name in one)
    told = json.loads((trained / "log.jsonl").read_text().splitlines()[-1])
    assert told["step"] == 3 and told["progress"] == 1.0 and np.isfinite(told["loss"])
    assert json.loads((trained / "config.json").read_text())["trained"] is True


def without_prefix(checkpoint: Path) -> None:
    """Names the weights as transformers 5 does, which 4.57 does not find."""
    file = checkpoint / "model.safetensors"
    save_file({name.removeprefix("vision_model."): w for name, w in load_file(file).items()}, file)


@pytest.mark.parametrize("renamed", [False, True])
def test_going_on_starts_from_the_checkpoint(trained: Path, tmp_path: Path, renamed: bool) -> None:
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    before = weights(tmp_path)
    if renamed:
        without_prefix(tmp_path)
    more = Plan(seed=5, minutes=0.0, steps=1, families=3, threads=1, resume=0.99)
    train.train(tmp_path, more, SMALL)
    after = weights(tmp_path)
    # one step at a fiftieth of the rate: all but where it was, and far from a fresh start
    for ending in ("position_embedding.weight", "patch_embedding.weight"):
        found = next(key for key in after if key.endswith(ending))
        torch.testing.assert_close(after[found], before[found], atol=1e-3, rtol=0)
        assert not torch.equal(after[found], before[found])


def test_the_course_runs_through_every_stage() -> None:
    seen = []
    for step in range(100):
        course = Course(Plan(0, 0.0, 100, 1, 1), begun=0.0, step=step)
        seen.append(course.view)
    assert list(dict.fromkeys(seen)) == [view for _, view in STAGES]


def test_the_command_takes_steps_or_minutes() -> None:
    argv = ["train", "--out", "x", "--steps", "9", "--seed", "3"]
    args = with_commands("training", None, COMMANDS, extra="")(argv).parse_args(argv)
    assert (args.steps, args.seed, args.out) == (9, 3, Path("x"))


def test_what_cannot_be_trained_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match="minutes"):
        train.train(tmp_path, Plan(5, minutes=0.0, steps=None, families=3, threads=1), SMALL)
    empty = Plan(5, minutes=0.0, steps=1, families=3, threads=1, resume=0.5)
    with pytest.raises(RepositoryError, match=r"config\.json"):
        train.train(tmp_path / "new", empty, SMALL)
