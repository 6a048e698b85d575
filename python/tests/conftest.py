import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

# The fixture nodes, under the names that processes started by the tests import them by too.
sys.path += [str(HERE / "nodes"), str(HERE)]


@pytest.fixture
def golden() -> Path:
    """The vectors that TypeScript and Rust read too."""
    return HERE.parents[1] / "contract" / "fixtures"
