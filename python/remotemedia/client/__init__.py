"""Runs pipelines on a RemoteMedia service.

    from remotemedia.client import Client, Manifest

    with Client("localhost:50051") as client:
        result = client.execute(Manifest.from_file("manifest.yaml"), {"asr": (samples, 16_000)})
        print(result.status, result["asr"].text)

`AsyncClient` is the same for asyncio. What fails raises a `RemoteMediaError` of ``remotemedia.errors``. Needs what the
extra installs: ``pip install 'remotemedia-sdk[client]'``.
"""

from remotemedia._wire import load_stubs

load_stubs()  # first of all, since only this says in words what is missing or in the way

from remotemedia.client._async_client import AsyncClient  # noqa: E402
from remotemedia.client._async_stream import AsyncStream  # noqa: E402
from remotemedia.client._client import Client  # noqa: E402
from remotemedia.client._connection import Tls  # noqa: E402
from remotemedia.client._data import Input  # noqa: E402
from remotemedia.client._manifest import Manifest, node  # noqa: E402
from remotemedia.client._messages import (  # noqa: E402
    Closed,
    Event,
    ExecuteResult,
    InitProgress,
    Metrics,
    Output,
    Ready,
)
from remotemedia.client._stream import Stream  # noqa: E402

__all__ = [
    "AsyncClient",
    "AsyncStream",
    "Client",
    "Closed",
    "Event",
    "ExecuteResult",
    "InitProgress",
    "Input",
    "Manifest",
    "Metrics",
    "Output",
    "Ready",
    "Stream",
    "Tls",
    "node",
]
