"""Nodes that fill audio in place, and where in shared memory it lies."""

import numpy as np

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node


def place_of(buffer):
    """Inode and offset of a buffer's first byte: the same in every process that maps it."""
    address = np.frombuffer(buffer, np.uint8).__array_interface__["data"][0]
    with open("/proc/self/maps") as maps:
        for span, _, offset, _, inode, *_ in map(str.split, maps):
            start, end = (int(each, 16) for each in span.split("-"))
            if start <= address < end:
                return [int(inode), int(offset, 16) + address - start]
    raise LookupError(hex(address))


class Lender(MultiprocessNode):
    def double(self, data):
        out = self.loan_audio(data.num_samples, data.sample_rate, data.channels, metadata={"by": self.node_id})
        np.multiply(data.samples, 2, out=out.samples)
        return out


@register_node("Doubles")
class Doubles(Lender):
    async def process(self, data):
        return self.double(data)


@register_node("DoublesPlain")
class DoublesPlain(Lender):
    def process(self, data):
        return self.double(data)


@register_node("TellsPlaceAndDoubles")
class TellsPlaceAndDoubles(Lender):
    """Sends something else between the loan and its sending."""

    async def process(self, data):
        out = self.double(data)
        yield RuntimeData.json(place_of(out.body))
        yield out


@register_node("LosesLoans")
class LosesLoans(Lender):
    async def process(self, data):
        self.double(data)
        return self.double(data)


@register_node("SendsTwice")
class SendsTwice(Lender):
    async def process(self, data):
        out = self.double(data)
        return [out, out]
