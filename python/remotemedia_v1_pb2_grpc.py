"""The protocol's stubs, by the name that clients import: the same module as `remotemedia.wire.remotemedia_pb2_grpc`."""

import sys

from remotemedia._wire import load_stubs

_stubs = load_stubs()

from remotemedia.wire.remotemedia_pb2_grpc import *  # noqa: E402, F403 - for type checkers; the next line replaces this module

sys.modules[__name__] = _stubs
