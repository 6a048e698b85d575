"""Read messages and write them again: lines of `Type hex` on standard input, hex on standard output."""

import sys

import remotemedia_v1_pb2
from google.protobuf.unknown_fields import UnknownFieldSet


def main() -> None:
    """Parse each message with the SDK's stubs, and print what they make of it."""
    for line in sys.stdin:
        name, text = line.split()
        message = getattr(remotemedia_v1_pb2, name)()
        message.ParseFromString(bytes.fromhex(text.strip("-")))
        if len(UnknownFieldSet(message)) > 0:
            raise ValueError(f"{name} has fields that the stubs do not know")
        print(message.SerializeToString().hex())


main()
