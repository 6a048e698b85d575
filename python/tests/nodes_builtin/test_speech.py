import time

import numpy as np
import pytest

from remotemedia.nodes._speech import cut_sentences, speak


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        (" \n ", []),
        ("One", ["One"]),
        ("Stop! Go forward. Why? Because", ["Stop!", "Go forward.", "Why?", "Because"]),
        ("Dr. Smith has 3.5 miles to go. Yes.", ["Dr. Smith has 3.5 miles to go. Yes."]),
        ("First line\n\nsecond line", ["First line", "second line"]),
        ("word " * 100, [("word " * 80).strip(), ("word " * 20).strip()]),
        ("x" * 900, ["x" * 400, "x" * 400, "x" * 100]),
    ],
)
def test_a_text_is_cut_where_a_speaker_would_pause(text, sentences):
    assert list(cut_sentences(text)) == sentences


@pytest.mark.parametrize("part", [" ", "\n", ".", "a.", "aaaa. ", "! ", "x", " \n"])
def test_no_text_takes_long_and_no_sentence_is_long(part):
    began = time.process_time()
    sentences = list(cut_sentences(part * 20_000))
    assert time.process_time() - began < 2
    assert all(0 < len(each) <= 400 for each in sentences)


def test_the_first_sentence_is_out_before_the_second_is_made():
    made = []

    def sentences():
        for number in (250, 100):
            made.append(number)
            yield np.full(number, number, np.int16)

    pieces = speak(sentences(), 1_000, 100, 5_000_000)
    first = [next(pieces) for _ in range(3)]
    assert made == [250]
    rest = list(pieces)
    assert [len(each.samples) for each in first + rest] == [100, 100, 50, 100]
    assert [each.timestamp_us for each in first + rest] == [5_000_000, 5_100_000, 5_200_000, 5_250_000]
