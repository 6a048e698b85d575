"""One fault or habit per node."""

import asyncio
import os
import subprocess
import sys
import threading

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node

NEVER = threading.Event()


class Echo(MultiprocessNode):
    async def process(self, data):
        return data

    async def cleanup(self):
        self.log.info("cleaned up")


@register_node("FailsToConstruct")
class FailsToConstruct(Echo):
    def __init__(self):
        raise LookupError("no such device")


@register_node("NeedsModel")
class NeedsModel(Echo):
    def __init__(self, model):
        self.model = model


@register_node("FailsToInitialize")
class FailsToInitialize(Echo):
    def initialize(self):
        raise OSError("no such model: base")


@register_node("FailsInProcess")
class FailsInProcess(Echo):
    async def process(self, data):
        try:
            {}["key"]
        except KeyError as error:
            raise ValueError(f"cannot handle {data.text}") from error


@register_node("FailsInFlush")
class FailsInFlush(Echo):
    def flush(self):
        raise RuntimeError("nothing left")


@register_node("FailsInCleanup")
class FailsInCleanup(Echo):
    def cleanup(self):
        raise RuntimeError("cannot close")


@register_node("CallsExit")
class CallsExit(Echo):
    def process(self, data):
        sys.exit(7)


@register_node("Dies")
class Dies(Echo):
    async def process(self, data):
        print("dying now", flush=True)
        os._exit(3)


@register_node("CancelsItself")
class CancelsItself(Echo):
    async def process(self, data):
        raise asyncio.CancelledError


@register_node("SendsTooMuch")
class SendsTooMuch(Echo):
    async def process(self, data):
        return bytes(4096)


@register_node("HangsPlain")
class HangsPlain(Echo):
    def process(self, data):
        self.log.info("hanging")
        NEVER.wait()


@register_node("HangsAsync")
class HangsAsync(Echo):
    async def process(self, data):
        self.log.info("hanging")
        try:
            await asyncio.Event().wait()
        finally:
            self.log.info("cancelled")


@register_node("BlocksTheLoop")
class BlocksTheLoop(Echo):
    async def process(self, data):
        self.log.info("hanging")
        NEVER.wait()


@register_node("Spins")
class Spins(Echo):
    async def process(self, data):
        self.log.info("hanging")
        while True:
            pass


@register_node("HangsPlainInFlush")
class HangsPlainInFlush(Echo):
    def flush(self):
        NEVER.wait()


@register_node("HangsAsyncInFlush")
class HangsAsyncInFlush(Echo):
    async def flush(self):
        await asyncio.Event().wait()


@register_node("BlocksTheLoopInFlush")
class BlocksTheLoopInFlush(Echo):
    async def flush(self):
        self.log.info("hanging")
        NEVER.wait()


@register_node("SpinsInFlush")
class SpinsInFlush(Echo):
    async def flush(self):
        while True:
            pass


@register_node("HangsInInitialize")
class HangsInInitialize(Echo):
    def initialize(self):
        self.progress(0.25, "loading weights")
        NEVER.wait()


@register_node("Keeps")
class Keeps(Echo):
    """Holds on to everything, and gives it back at the end."""

    def initialize(self):
        self.kept = []

    async def process(self, data):
        self.kept.append(data)

    async def flush(self):
        for each in self.kept:
            yield each


@register_node("Reports")
class Reports(Echo):
    """Tells what its process looks like."""

    def process(self, data):
        fd = int(sys.argv[-1])
        listing = subprocess.run(["ls", "/proc/self/fd"], capture_output=True, text=True, check=True).stdout
        return RuntimeData.json(
            {
                "inheritable": os.get_inheritable(fd),
                "child_fds": len(listing.split()),
                "modules": sorted(set(sys.modules) & {"numpy", "grpc", "google.protobuf", "torch", "pydantic"}),
                "node_id": self.node_id,
                "session_id": self.session_id,
                "params": self.params,
            }
        )


@register_node("Where")
class Where(Echo):
    """Tells which input a message came by."""

    async def process(self, data):
        return f"{data.source or 'outside'}: {data.text}"


@register_node("Many")
class Many(Echo):
    """Sends more than a full edge takes."""

    async def process(self, data):
        for number in range(20):
            yield str(number)


@register_node("ManyInFlush")
class ManyInFlush(Many):
    async def process(self, data):
        pass

    async def flush(self):
        for number in range(20):
            yield str(number)


@register_node("NowAndThen")
class NowAndThen(Echo):
    """Never takes long for one output, but for all of them."""

    async def process(self, data):
        for number in range(8):
            await asyncio.sleep(0.1)
            yield str(number)


@register_node("NowAndThenInFlush")
class NowAndThenInFlush(Echo):
    async def process(self, data):
        pass

    async def flush(self):
        for number in range(8):
            await asyncio.sleep(0.1)
            yield str(number)


@register_node("Talks")
class Talks(Echo):
    def initialize(self):
        self.progress(0.4, "loading")

    async def process(self, data):
        print("printed")
        self.log.debug("debugging")
        self.log.error("broken", exc_info=ValueError("why"))
        self.progress(0.5, "late")
        return data


@register_node("Late")
class Late(MultiprocessNode):
    """Gives its messages a time beyond every clock."""

    def process(self, data):
        return RuntimeData.text("x", timestamp_us=2**53)
