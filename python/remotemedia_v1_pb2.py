"""The protocol's messages, by the name that clients import: the same module as `remotemedia.wire.remotemedia_pb2`."""

import sys

from remotemedia._wire import load_messages

_messages = load_messages()

from remotemedia.wire.remotemedia_pb2 import *  # noqa: E402, F403 - for type checkers; the next line replaces this module

sys.modules[__name__] = _messages
