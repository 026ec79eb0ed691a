"""Which models the quick tests look at."""

from collections.abc import Sequence
from typing import Any

import pytest

from linnet.runtime.pretrained import DEFAULT_NAME


def only_the_default_quickly(names: Sequence[str]) -> list[Any]:
    """Parameters of a test: the default model, and all others among the long tests."""
    return [name if name == DEFAULT_NAME else pytest.param(name, marks=pytest.mark.long) for name in names]
