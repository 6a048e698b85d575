import numpy as np
import pytest
from harness import started

from remotemedia import AudioFormat, MultiprocessNode, RuntimeData, register_node
from remotemedia._audio_check import AudioFormatError, audio_check
from remotemedia.testing import run_node


@register_node("Takes16kMono", input_format=AudioFormat(sample_rate=16000, channels=1))
class Takes16kMono(MultiprocessNode):
    def process(self, data):
        return data.kind


def audio(sample_rate, channels=1, dtype=np.int16):
    return RuntimeData.audio(np.zeros((4, channels), dtype), sample_rate)


def test_audio_of_another_format_does_not_reach_the_node():
    assert [each.text for each in run_node(Takes16kMono, [audio(16000), "a"])] == ["audio", "text"]
    with pytest.raises(AudioFormatError) as raised:
        run_node(Takes16kMono, [audio(44100, 2)])
    assert str(raised.value) == (
        "Node 'node' (Takes16kMono) takes 16000 Hz, 1 channel and got 44100 Hz, 2 channels, i16"
    )


async def test_in_its_own_process_the_error_is_named_by_its_code():
    async with started("Takes8k", {"format": "f32"}, module="formats") as (child, around):
        await child.wait_for("ready")
        around.send(audio(8000, dtype=np.float32))
        around.send(audio(8000), 7)
        failure = await child.failure()
        assert (failure.phase, failure.error_type, failure.sequence) == ("process", "input.invalid", 7)
        assert "takes 8000 or 16000 Hz, f32 and got 8000 Hz, 1 channel, i16" in failure.message


@pytest.mark.parametrize(
    ("declared", "params"),
    [
        (None, {}),
        (AudioFormat(), {}),
        (AudioFormat(sample_rate="input", format="input"), {}),
        (AudioFormat(sample_rate="param:rate", format="param:format"), {"rate": None, "format": "keep"}),
    ],
)
def test_a_node_that_takes_any_audio_has_nothing_checked(declared, params):
    assert audio_check(declared, params, "n", "N") is None


def test_a_parameter_can_name_what_is_taken():
    check = audio_check(AudioFormat(sample_rate="param:rate"), {"rate": 8000}, "n", "N")
    check(audio(8000, 2))
    with pytest.raises(AudioFormatError, match="takes 8000 Hz and got 16000 Hz"):
        check(audio(16000))
