"""Loads the generated protocol modules, or says in words what is in the way.

They are generated once. A second generation of the package `remotemedia.v1` in one process collides in protobuf's
descriptor pool, so every name they go by means the modules in `remotemedia.wire`.
"""

from __future__ import annotations

import sys
from types import ModuleType

_PACKAGE = "remotemedia.v1"


def load_messages() -> ModuleType:
    """The messages: `remotemedia.wire.remotemedia_pb2`.

    Raises:
        ModuleNotFoundError: protobuf is not installed.
        ImportError: other stubs of the protocol were loaded before.
    """
    try:
        from remotemedia.wire import remotemedia_pb2
    except ModuleNotFoundError as error:
        raise _not_installed(error) from error
    except TypeError as error:
        # How protobuf says that its descriptor pool has the names already.
        raise ImportError(_collision(), name=__name__) from error
    return remotemedia_pb2


def load_stubs() -> ModuleType:
    """The gRPC stubs: `remotemedia.wire.remotemedia_pb2_grpc`.

    Raises:
        ModuleNotFoundError: protobuf or grpcio is not installed.
        ImportError: other stubs of the protocol were loaded before.
    """
    load_messages()
    try:
        from remotemedia.wire import remotemedia_pb2_grpc
    except ModuleNotFoundError as error:
        raise _not_installed(error) from error
    return remotemedia_pb2_grpc


def _not_installed(error: ModuleNotFoundError) -> ModuleNotFoundError:
    message = f"{error.msg}: the client needs what the extra installs: pip install 'remotemedia-sdk[client]'"
    return ModuleNotFoundError(message, name=error.name)


def _collision() -> str:
    others = [found for each in list(sys.modules.values()) if (found := _other_stubs(each)) is not None]
    who = " and ".join(others) or "another module"
    return (
        f"{who} has loaded other stubs of {_PACKAGE} into this process, and protobuf takes only one version of them. "
        "Either import remotemedia_v1_pb2 and remotemedia_v1_pb2_grpc as remotemedia-sdk installs them, and delete or "
        "rename the generated files of your own; or keep your own stubs, which work with the service as they are, and "
        "import remotemedia.client in another process."
    )


def _other_stubs(module: ModuleType | None) -> str | None:
    """The file of a module that protoc generated from another copy of the protocol."""
    descriptor = getattr(module, "DESCRIPTOR", None)
    if getattr(descriptor, "package", None) != _PACKAGE:
        return None
    return getattr(module, "__file__", None) or getattr(module, "__name__", None)
