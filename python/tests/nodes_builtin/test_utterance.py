import numpy as np
import pytest

from remotemedia import RuntimeData
from remotemedia.nodes._utterance import Utterance


def audio(mark=None, rate=16_000, secs=0.1, value=0.5, timestamp_us=0):
    samples = np.full(int(rate * secs), value, np.float32)
    metadata = {} if mark is None else {"speech": mark}
    return RuntimeData.audio(samples, rate, metadata=metadata, timestamp_us=timestamp_us)


@pytest.fixture
def utterance():
    return Utterance(16_000, 0.1, 1.0)


def test_an_utterance_goes_from_start_to_end(utterance):
    assert utterance.add(audio("none")) is None
    assert utterance.add(audio("start")) is None
    assert utterance.add(audio("continue")) is None
    assert len(utterance.add(audio("end", timestamp_us=300_000))) == 4_800
    assert utterance.timestamp_us == 300_000
    assert utterance.take() is None


def test_an_utterance_may_come_as_a_whole(utterance):
    utterance.add(audio("start", value=0.1))
    assert utterance.add(audio("whole", value=0.5)).tolist() == [0.5] * 1_600
    assert utterance.take() is None


def test_a_start_forgets_what_had_no_end(utterance):
    utterance.add(audio("start", value=0.1))
    utterance.add(audio("start", value=0.5))
    assert utterance.add(audio("end")).tolist() == [0.5] * 3_200


def test_pieces_of_several_rates_become_one(utterance):
    for rate in (48_000, 48_000, 44_100, 16_000, 8_000):
        assert utterance.add(audio(rate=rate)) is None
    samples = utterance.take()
    assert len(samples) == 5 * 1_600
    # Each rate begins and ends within the filter's length of silence.
    assert np.median(samples) == pytest.approx(0.5, abs=1e-3)


def test_an_utterance_is_over_at_its_longest(utterance):
    lengths = [
        None if (got := utterance.add(audio("start" if at == 0 else "continue"))) is None else len(got)
        for at in range(12)
    ]
    assert lengths == [None] * 9 + [16_000, None, None]
    assert len(utterance.take()) == 3_200


def test_what_is_kept_is_no_view_of_the_message(utterance):
    samples = np.full(1_600, 0.5, np.float32)
    utterance.add(RuntimeData.audio(samples, 16_000))
    samples[:] = 0
    assert utterance.take().max() == 0.5


def test_a_rate_that_is_none_of_sound_is_refused(utterance):
    with pytest.raises(ValueError, match="cannot resample 999999937 Hz"):
        utterance.add(RuntimeData.audio(np.zeros(9, np.float32), 999_999_937))
