import numpy as np
import pytest

from remotemedia import RuntimeData
from remotemedia.nodes._audio import Resampler, to_i16, to_mono_f32, to_mono_i16

RATES = [(48_000, 16_000), (44_100, 16_000), (8_000, 16_000), (22_050, 16_000), (16_000, 48_000), (16_001, 16_000)]


def tone(rate, frequency, seconds=1.0):
    return np.sin(2 * np.pi * frequency * np.arange(int(rate * seconds)) / rate).astype(np.float32)


def signal_to_noise_db(samples, rate, frequency):
    """Against the best fitting tone of that frequency, in the middle half."""
    middle = slice(len(samples) // 4, -len(samples) // 4)
    phase = 2 * np.pi * frequency * np.arange(len(samples))[middle] / rate
    basis = np.stack([np.sin(phase), np.cos(phase)], axis=1)
    seen = samples[middle].astype(np.float64)
    fitted = basis @ np.linalg.lstsq(basis, seen, rcond=None)[0]
    return 10 * np.log10(np.sum(fitted**2) / np.sum((seen - fitted) ** 2))


@pytest.mark.parametrize(("from_rate", "to_rate"), RATES)
@pytest.mark.parametrize("frequency", [1_000, 3_000])
def test_a_tone_stays_clean(from_rate, to_rate, frequency):
    converted = Resampler(from_rate, to_rate).process(tone(from_rate, frequency), last=True)
    assert signal_to_noise_db(converted, to_rate, frequency) > 95


@pytest.mark.parametrize(("from_rate", "to_rate"), RATES)
def test_level_and_time_stay_the_same(from_rate, to_rate):
    converted = Resampler(from_rate, to_rate).process(tone(from_rate, 440), last=True)
    middle = slice(to_rate // 4, -to_rate // 4)
    assert np.abs(converted - tone(to_rate, 440))[middle].max() < 1e-4


def test_what_the_new_rate_cannot_carry_is_removed():
    for frequency in (8_100, 12_000, 20_000):
        converted = Resampler(48_000, 16_000).process(tone(48_000, frequency), last=True)
        assert np.abs(converted[2_000:-2_000]).max() < 1e-4


@pytest.mark.parametrize(("from_rate", "to_rate"), RATES)
def test_the_cut_of_the_pieces_changes_no_bit(from_rate, to_rate):
    draw = np.random.default_rng(7)
    samples = draw.standard_normal(2_000).astype(np.float32) / 4
    resampler = Resampler(from_rate, to_rate)
    whole = resampler.process(samples, last=True)
    assert len(whole) == round(len(samples) * to_rate / from_rate)
    for largest in (1, 50, 900):
        pieces, at = [], 0
        while at < len(samples):
            size = int(draw.integers(0, largest + 1))
            pieces.append(resampler.process(samples[at : at + size]))
            at += size
        pieces.append(resampler.process(samples[:0], last=True))
        assert np.array_equal(np.concatenate(pieces), whole)


def test_nothing_and_one_sample_have_their_length():
    for from_rate, to_rate in RATES:
        resampler = Resampler(from_rate, to_rate)
        assert len(resampler.process(np.zeros(0, np.float32), last=True)) == 0
        assert len(resampler.process(np.zeros(1, np.float32), last=True)) == round(to_rate / from_rate)


def test_equal_rates_cost_nothing():
    samples = tone(16_000, 440, 0.01)
    assert Resampler(16_000, 16_000).process(samples) is samples


@pytest.mark.parametrize(("from_rate", "to_rate"), [(0, 16_000), (999, 16_000), (2**31, 16_000), (16_000, 200_000)])
def test_rates_beyond_use_are_refused(from_rate, to_rate):
    with pytest.raises(ValueError, match=f"cannot resample {from_rate} Hz to {to_rate} Hz"):
        Resampler(from_rate, to_rate)


def test_every_format_and_number_of_channels_becomes_mono():
    left = np.array([0.5, -0.25, 0.125], np.float32)
    stereo = np.stack([left, np.zeros(3, np.float32)], axis=1)
    for scale, dtype in ((1, np.float32), (32_768, np.int16), (2**31, np.int32)):
        mono = RuntimeData.audio((left * scale).astype(dtype), 16_000)
        assert np.allclose(to_mono_f32(mono), left)
        assert to_mono_i16(mono).tolist() == [16_384, -8_192, 4_096]
        both = RuntimeData.audio((stereo * scale).astype(dtype), 16_000)
        assert np.allclose(to_mono_f32(both), left / 2)
        assert to_mono_i16(both).tolist() == [8_192, -4_096, 2_048]


def test_what_fits_is_not_copied():
    floats = RuntimeData.audio(np.array([0.5, -0.25], np.float32), 16_000)
    assert np.shares_memory(to_mono_f32(floats), np.frombuffer(floats.body, np.uint8))
    integers = RuntimeData.audio(np.array([1, -2], np.int16), 16_000)
    assert np.shares_memory(to_mono_i16(integers), np.frombuffer(integers.body, np.uint8))


def test_hostile_samples_become_ordinary_ones():
    wild = RuntimeData.audio(np.array([np.nan, np.inf, -np.inf, 3e38, -3e38, 1.5], np.float32), 16_000)
    assert to_mono_f32(wild).tolist() == [0, 1, -1, 1, -1, 1]
    assert to_mono_i16(wild).tolist() == [0, 32_767, -32_768, 32_767, -32_768, 32_767]
    assert to_mono_f32(RuntimeData.audio(b"", 16_000, format="f32")).tolist() == []


def test_integers_are_rounded_and_keep_their_shape():
    assert to_i16(np.array([[0.5, 1.0], [-1.0, 1.6 / 32_768]], np.float32)).tolist() == [[16_384, 32_767], [-32_768, 2]]
