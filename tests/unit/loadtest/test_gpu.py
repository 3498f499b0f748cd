"""What of the GPU benchmark can be checked without a GPU."""

import pytest

from export.bench import SO400M
from loadtest import gpu


def test_flops_of_so400m() -> None:
    """27 layers x 256 patches x (2 (4 x 1152^2 + 2 x 1152 x 4304) + 4 x 1152 x 256)."""
    assert gpu.flops_per_image(SO400M) == 218_621_804_544


def test_inputs_are_as_a_screen_has_them() -> None:
    given = gpu.inputs(2)
    assert given["pixel_values"].shape == (2, 256, 768)
    assert given["pixel_attention_mask"].sum(axis=1).tolist() == [253, 253]
    assert given["spatial_shapes"].tolist() == [[23, 11], [23, 11]]


def test_without_a_gpu_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    assert gpu.main([]) == 1
    assert "no NVIDIA GPU" in capsys.readouterr().err
