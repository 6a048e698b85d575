import numpy as np
import pytest

from remotemedia.nodes._speech_buffer import SpeechBuffer, quiet_place

RATE = 1000


def noise(count):
    return np.random.default_rng(1).normal(0, 0.1, count).astype(np.float32)


def test_it_holds_no_more_than_its_length_and_says_what_had_no_room():
    buffer = SpeechBuffer(RATE, 2)
    assert len(buffer.add(noise(1500))) == 0
    assert not buffer.is_full
    assert len(buffer.add(noise(600))) == 100
    assert buffer.is_full
    buffer.clear()
    assert len(buffer.samples) == 0


def test_a_cut_lies_in_the_pause_and_loses_no_sample():
    samples = noise(3000)
    samples[2300:2700] *= 0.001
    buffer = SpeechBuffer(RATE, 3)
    buffer.add(samples)
    first = buffer.cut()
    assert 2300 < len(first) < 2700
    assert np.array_equal(np.concatenate([first, buffer.samples]), samples)
    # What was cut off does not change with what comes after it.
    buffer.add(noise(100))
    assert np.array_equal(first, samples[: len(first)])


def test_a_pause_in_the_beginning_is_no_place_to_cut():
    samples = noise(3000)
    samples[:1500] = 0
    assert quiet_place(samples, 300) > 2000


def test_silence_is_cut_at_its_end():
    assert quiet_place(np.zeros(3000, np.float32), 300) == 3000 - 150


@pytest.mark.parametrize("count", [0, 1, 300])
def test_what_is_too_short_for_a_pause_is_taken_whole(count):
    assert quiet_place(noise(count), 300) == count
