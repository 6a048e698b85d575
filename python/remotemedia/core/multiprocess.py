"""Another spelling of `remotemedia.core.multiprocessing`: the same module, so that there is one registry."""

import sys

from remotemedia.core import multiprocessing
from remotemedia.core.multiprocessing import *  # noqa: F403 - for type checkers; the line below replaces this module

sys.modules[__name__] = multiprocessing
