"""Every machine gets a division of its cores that is whole and within bounds."""

import pytest

from export.repository.sizing import Device, size_models
from tests.unit.test_contract import ENSEMBLES
from vislex.contract.models import MODELS


@pytest.mark.parametrize("device", ["cpu", "gpu"])
@pytest.mark.parametrize("cores", [1, 2, 3, 4, 8, 15, 16, 64, 224])
def test_the_models_that_work_most_get_their_share(cores: int, device: Device) -> None:
    sizes = size_models(cores, device)
    assert set(sizes) <= set(MODELS) - ENSEMBLES
    assert "match" not in sizes  # each instance would hold a copy of the gallery
    assert all(size.instances >= 1 and 1 <= size.threads <= cores for size in sizes.values())
    assert sizes["ocr"].instances > sizes["ocr_det"].instances  # one cuts crops meanwhile


@pytest.mark.parametrize("cores", [1, 2, 4, 8, 16, 64, 224])
def test_no_model_asks_for_more_cores_than_there_are_but_the_detector_for_twice(
    cores: int,
) -> None:
    sizes = size_models(cores, "cpu")
    asked = {name: size.instances * size.threads for name, size in sizes.items()}
    assert asked["siglip2"] <= cores
    assert asked["ocr_rec"] == cores
    assert asked["ocr_det"] == 2 * asked["siglip2"]


def test_a_larger_machine_never_gets_less() -> None:
    before = size_models(1, "cpu")
    for cores in range(2, 129):
        sizes = size_models(cores, "cpu")
        for model, size in sizes.items():
            assert size.instances >= before[model].instances
            assert size.threads >= before[model].threads
        before = sizes
