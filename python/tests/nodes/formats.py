"""Nodes that say which audio they take, and which kinds they give."""

from dataclasses import dataclass

from remotemedia.core.multiprocessing import AudioFormat, MultiprocessNode, RuntimeData, register_node


@dataclass
class FormatParams:
    format: str = "i16"


@register_node(
    "Takes8k", params=FormatParams, input_format=AudioFormat(sample_rate=(8000, 16000), format="param:format")
)
class Takes8k(MultiprocessNode):
    async def process(self, data):
        return data


@register_node("GivesThreeKinds", output_types=["text", "audio", "json"])
class GivesThreeKinds(MultiprocessNode):
    """Its audio is a loan, where there is one."""

    async def process(self, data):
        yield data.text
        audio = self.loan_audio(50_000, 16000)
        audio.samples[:] = len(data.text)
        yield audio
        del audio
        yield RuntimeData.json({"said": data.text})
