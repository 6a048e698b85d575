import sys
from pathlib import Path

HERE = Path(__file__).parent

# The fixture nodes, under the names that processes started by the tests import them by too.
sys.path += [str(HERE / "nodes"), str(HERE)]
