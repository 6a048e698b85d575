"""One node per shape that a user may write."""

import threading

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node


@register_node("AsyncEcho")
class AsyncEcho(MultiprocessNode):
    async def process(self, data):
        return data


@register_node("PlainEcho")
class PlainEcho(MultiprocessNode):
    def process(self, data):
        return data


@register_node("AsyncTwice")
class AsyncTwice(MultiprocessNode):
    async def process(self, data):
        yield data
        yield data


@register_node("PlainTwice")
class PlainTwice(MultiprocessNode):
    def process(self, data):
        yield data
        yield data


@register_node("ListTwice")
class ListTwice(MultiprocessNode):
    async def process(self, data):
        return [data, data]


@register_node("Hidden")
class Hidden(MultiprocessNode):
    """A plain function around a coroutine."""

    def process(self, data):
        return self._later(data)

    async def _later(self, data):
        return data


@register_node("HiddenGenerator")
class HiddenGenerator(MultiprocessNode):
    """A plain function around an async generator."""

    def process(self, data):
        return self._later(data)

    async def _later(self, data):
        yield data


@register_node("Sink")
class Sink(MultiprocessNode):
    async def process(self, data):
        pass


@register_node("Joined")
class Joined(MultiprocessNode):
    """Keeps everything until the end."""

    async def initialize(self):
        self.parts = []

    async def process(self, data):
        self.parts.append(data)

    async def flush(self):
        return " ".join(each.text for each in self.parts)


@register_node("PlainFlush")
class PlainFlush(MultiprocessNode):
    def initialize(self):
        self.seen = 0

    def process(self, data):
        self.seen += 1

    def flush(self):
        yield str(self.seen)
        yield "done"


@register_node("Threads")
class Threads(MultiprocessNode):
    """Tells in which thread each of its plain hooks ran."""

    def __init__(self):
        self.names = [threading.current_thread().name]

    def initialize(self):
        self.names.append(threading.current_thread().name)

    def process(self, data):
        self.names.append(threading.current_thread().name)

    def flush(self):
        return RuntimeData.json(self.names)


@register_node("shout")
async def shout(data):
    """A bare function."""
    return data.text.upper()


@register_node("gain")
def gain(data, factor=2, *, offset=0):
    """A bare function with parameters."""
    return RuntimeData.audio(data.samples * data.samples.dtype.type(factor) + data.samples.dtype.type(offset), 16000)


@register_node("count")
def count(data, upto: int):
    """A bare generator."""
    yield from map(str, range(upto))


@register_node("acount")
async def acount(data, upto: int = 2):
    """A bare async generator."""
    for number in range(upto):
        yield str(number)
