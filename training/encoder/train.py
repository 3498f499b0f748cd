"""`python -m training train`: teaches the bundled encoder, from nothing but a seed and time.

Everything it sees it draws itself (`training.drawing`). A batch holds whole families, look-alikes
beside each other, four shots of each screen, and of most images only some patches: see
`schedule.py`.
"""

import argparse
import copy
import json
import sys
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from export.encoders.small import Size, save_checkpoint
from training.encoder import network
from training.encoder.augment import Tokens, View, draw_view
from training.encoder.data import Recipe, Shots, batches, open_shots
from training.encoder.loss import two_level
from training.encoder.schedule import Course, Plan
from training.encoder.validate import validate
from vislex.cli import Commands
from vislex.errors import InvalidOption

_VALIDATION = Recipe(seed=1_000_003, families=16, shots=4)
_BATCH = 128
_TEMPERATURE, _APP_SHARE = 0.03, 0.3  # low: look-alikes differ by little at first
_SAVE_EVERY_S = 300.0


def train(out: Path, plan: Plan, size: Size) -> None:
    """Writes a checkpoint to `out`, every few minutes and at the end, and `out/log.jsonl`.

    Raises InvalidOption where there is no time for a single step, RepositoryError where there is
    no checkpoint to go on from.
    """
    torch.set_num_threads(plan.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    shots = open_shots(Recipe(plan.seed, plan.families, 4), out / "cache" / "train")
    held_out = open_shots(_VALIDATION, out / "cache" / "val")
    fresh = plan.resume is None
    model = (network.draw_tower(size, plan.seed) if fresh else network.load_tower(out)).to(device)
    optimizers = _optimizers(model)
    course, losses = Course(plan, time.monotonic(), plan.resume or 0.0), list[float]()
    saved = course.begun
    for tokens, members in _views(shots, course):
        inputs = _tensors(tokens, device)
        if course.step == 0 and fresh:
            network.scale_patches(model, inputs[0].flatten(0, 1))
        _set_rate(optimizers, course.progress)
        losses = [*losses[-49:], _step(model, optimizers, inputs, shots, members)]
        course.step += 1
        if course.step % 25 == 0:
            print(f"step {course.step}: loss {np.mean(losses[-25:]):.3f}", file=sys.stderr)
        if time.monotonic() - saved > _SAVE_EVERY_S:
            saved = time.monotonic()
            _report(out, model, held_out, course, losses)
    if course.step == 0:
        raise InvalidOption(f"no step fits in {plan.minutes} minutes; expected more of them")
    with torch.no_grad():
        network.centre(model, network.pool(model, *inputs))
    _report(out, model, held_out, course, losses)


def _views(shots: Shots, course: Course) -> Iterator[tuple[list[Tokens], NDArray[np.int64]]]:
    """Batches of views until the course is over, made two ahead by a thread: Pillow lets it."""
    seed = course.plan.seed

    def draw(number: int, members: NDArray[np.int64], view: View) -> list[Tokens]:
        rng = np.random.default_rng([seed, number])
        return [draw_view(shots.jpeg(int(shot)), view, rng) for shot in members]

    with ThreadPoolExecutor(1) as pool:
        waiting: deque[tuple[Future[list[Tokens]], NDArray[np.int64]]] = deque()
        for number, members in enumerate(batches(shots, _BATCH, np.random.default_rng(seed))):
            if course.progress >= 1.0:
                return
            waiting.append((pool.submit(draw, number, members, course.view), members))
            if len(waiting) > 2:
                future, those = waiting.popleft()
                yield future.result(), those


def _tensors(tokens: list[Tokens], device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    pixels = torch.from_numpy(np.stack([t.pixels for t in tokens])).to(device)
    index = torch.from_numpy(np.stack([t.index for t in tokens])).to(device)
    grid = torch.from_numpy(np.stack([t.grid for t in tokens])).to(device)
    return pixels.float() / 127.5 - 1.0, index, grid


def _step(
    model: Any, optimizers: list[torch.optim.Optimizer], inputs: tuple[Tensor, Tensor, Tensor],
    shots: Shots, members: NDArray[np.int64],
) -> float:  # fmt: skip
    device = inputs[0].device
    with torch.autocast(device.type, torch.bfloat16):
        embedding = network.embed(model, *inputs)
    screen = torch.from_numpy(shots.screen[members]).to(device)
    app = torch.from_numpy(shots.app[members]).to(device)
    loss = two_level(embedding.float(), screen, app, _TEMPERATURE, _APP_SHARE)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return float(loss.detach())


def _optimizers(model: Any) -> list[torch.optim.Optimizer]:
    """Muon for the layers' matrices, AdamW for everything else."""
    matrices: list[Tensor] = []
    others: list[Tensor] = []
    for name, weight in model.named_parameters():
        inner = weight.ndim == 2 and "embedding" not in name
        (matrices if inner else others).append(weight)
    return [
        torch.optim.Muon(matrices, lr=2e-3, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=1e-3, weight_decay=0.0, betas=(0.9, 0.98)),
    ]


def _set_rate(optimizers: list[torch.optim.Optimizer], progress: float) -> None:
    """Up over the first 3 %, level to the middle, then straight down to a fiftieth."""
    share = min(1.0, 0.05 + progress / 0.03, max(0.02, (1.0 - progress) / 0.5))
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = group.setdefault("full_lr", group["lr"]) * share


def _report(out: Path, model: Any, held_out: Shots, course: Course, losses: list[float]) -> None:
    half = copy.deepcopy(model).half()  # a copy: training goes on in float32
    save_checkpoint(half, out, trained=True, name="vislex bundled encoder")
    note = {"step": course.step, "progress": round(course.progress, 4), "loss": np.mean(losses)}
    line = json.dumps({**note, **validate(model, held_out)}, default=float)
    print(line, flush=True)
    with (out / "log.jsonl").open("a") as log:
        log.write(line + "\n")


def add_parsers(commands: Commands) -> None:
    parser = commands.add_parser("train")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR",
        help="folder for checkpoint and cache")  # fmt: skip
    parser.add_argument("--minutes", type=float, default=90, help="how long, rendering aside")
    parser.add_argument("--steps", type=int, help="how long, in place of minutes: reproducible")
    parser.add_argument(
        "--resume", type=float, metavar="PROGRESS",
        help="go on from the checkpoint in --out, as if this share (0 to 1) were done",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--families", type=int, default=1800, help="generated app families")
    parser.add_argument("--threads", type=int, default=2)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    if args.steps is not None and args.steps < 1:
        raise InvalidOption(f"--steps is {args.steps}; expected 1 or more")
    if args.resume is not None and not 0.0 <= args.resume < 1.0:
        raise InvalidOption(f"--resume is {args.resume}; expected a share from 0 to below 1")
    plan = Plan(args.seed, args.minutes, args.steps, args.families, args.threads, args.resume)
    train(args.out, plan, Size())
