"""The chart, rendered once for each of its example values."""

from collections.abc import Mapping

import pytest

from tests.helm.chart import CI_VALUES, Rendered, render


@pytest.fixture(scope="session")
def rendered() -> Mapping[str, Rendered]:
    """Example name, such as `gpu`, to its objects."""
    return {path.name.removesuffix("-values.yaml"): render(files=[path]) for path in CI_VALUES}
