import json

import numpy as np
import pytest
from nodes_builtin.recordings import marked, pieces_of, samples_of

from remotemedia import ParamsError, RuntimeData
from remotemedia.testing import run_node, run_node_async

pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed", exc_type=ImportError)

from remotemedia.nodes.pocket_sphinx_node import PocketSphinxNode

HEARD = "go forward ten meters"
GRAMMAR = """#JSGF V1.0;
grammar commands;
public <command> = go (forward | backward) <count> meters | stop;
<count> = one | two | ten;
"""


@pytest.fixture(scope="module")
def recording():
    rate, samples = samples_of()
    assert rate == 16_000
    return samples


def words(text):
    return json.loads(text.metadata["words"])


def test_a_marked_utterance_becomes_text_with_words_in_media_time(recording):
    pieces = marked(pieces_of(recording, 16_000, begin_us=5_000_000))
    [text] = run_node(PocketSphinxNode, pieces)
    assert text.text == HEARD
    assert text.language == "en"
    assert text.metadata["final"] == "true"
    assert (text.metadata["start_ms"], text.metadata["audio_ms"]) == ("5000", "2786")
    assert float(text.metadata["confidence"]) > 0.5
    assert [each["word"] for each in words(text)] == HEARD.split()
    times = [(each["start_ms"], each["end_ms"]) for each in words(text)]
    assert all(start < end for start, end in times)
    assert all(earlier[1] <= later[0] for earlier, later in zip(times, times[1:], strict=False))
    # The speaker begins at about half a second and ends at about 2.1 seconds.
    assert times[0][0] == pytest.approx(5_460, abs=100)
    assert times[-1][1] == pytest.approx(7_120, abs=100)


def test_audio_without_marks_is_one_utterance(recording):
    [text] = run_node(PocketSphinxNode, pieces_of(recording, 16_000))
    assert text.text == HEARD


def test_a_gate_that_knows_the_begin_better_is_believed(recording):
    first, *rest = marked(pieces_of(recording, 16_000))
    for said, start_ms in (("777", "777"), ("-1", "0"), ("9" * 5_000, "0"), ("nan", "0")):
        [text] = run_node(
            PocketSphinxNode, [first.with_metadata({"speech_start_ms": said}), *rest], {"grammar": GRAMMAR}
        )
        assert text.metadata["start_ms"] == start_ms


def test_an_utterance_that_comes_as_a_whole_is_heard_at_once(recording):
    whole = RuntimeData.audio(recording, 16_000, metadata={"speech": "whole", "speech_start_ms": "1500"})
    texts = run_node(PocketSphinxNode, [whole, whole], {"grammar": GRAMMAR})
    assert [(each.text, each.metadata["start_ms"]) for each in texts] == [(HEARD, "1500")] * 2


def test_what_is_between_utterances_is_not_heard(recording):
    pieces = [each.with_metadata({"speech": "none"}) for each in pieces_of(recording, 16_000)]
    assert run_node(PocketSphinxNode, pieces) == []


@pytest.mark.parametrize("silence", [np.zeros(16_000, np.int16), np.zeros(0, np.int16)])
def test_silence_gives_nothing(silence):
    assert run_node(PocketSphinxNode, [RuntimeData.audio(silence, 16_000)]) == []


def test_floats_and_integers_of_32_bits_are_heard_as_well(recording):
    for samples in (recording.astype(np.float32) / 32_768, recording.astype(np.int32) << 16):
        [text] = run_node(PocketSphinxNode, [RuntimeData.audio(samples, 16_000)])
        assert text.text == HEARD


def test_a_grammar_lets_only_its_sentences_be_heard(recording):
    [text] = run_node(PocketSphinxNode, marked(pieces_of(recording, 16_000)), {"grammar": GRAMMAR})
    assert text.text == HEARD
    assert "confidence" not in text.metadata
    assert [each["word"] for each in words(text)] == HEARD.split()
    assert all("confidence" not in each for each in words(text))


@pytest.mark.parametrize("sentence", ["what time is it", "go forward ten meters please"])
def test_a_sentence_of_the_grammar_that_was_not_said_is_not_heard(recording, sentence):
    params = {"grammar": f"#JSGF V1.0; grammar g; public <a> = {sentence};"}
    assert run_node(PocketSphinxNode, marked(pieces_of(recording, 16_000)), params) == []


def test_the_same_audio_gives_the_same_text_whatever_was_heard_before(recording):
    noise = np.random.default_rng(1).integers(-9_000, 9_000, 16_000, dtype=np.int16)
    pieces = marked(pieces_of(recording, 16_000))
    texts = run_node(PocketSphinxNode, [*pieces, *marked(pieces_of(noise, 16_000)), *pieces])
    assert texts[0] == texts[-1]
    assert texts[0].text == HEARD


def test_keywords_are_found_in_other_speech(recording):
    [text] = run_node(PocketSphinxNode, marked(pieces_of(recording, 16_000)), {"keywords": ["forward", "hello"]})
    assert text.text == "forward"
    [word] = words(text)
    assert word["word"] == "forward"
    assert word["confidence"] > 0.5
    assert run_node(PocketSphinxNode, [RuntimeData.audio(recording, 16_000)], {"keywords": ["banana"]}) == []


def test_partial_results_come_while_an_utterance_goes_on_and_change_nothing(recording):
    pieces = marked(pieces_of(recording, 16_000))
    [alone] = run_node(PocketSphinxNode, pieces)
    texts = run_node(PocketSphinxNode, pieces * 2, {"partial_results": True})
    first, second = (at for at, text in enumerate(texts) if text.metadata["final"] == "true")
    assert second == len(texts) - 1
    assert texts[first] == texts[second] == alone
    ends = [int(each.metadata["end_ms"]) for each in texts[:first]]
    assert len(ends) >= 3
    assert ends[0] < 2_000
    assert ends == sorted(ends)


def test_long_speech_is_recognised_in_pieces(recording):
    twice = np.concatenate([recording, recording])
    params = {"max_utterance_secs": len(recording) / 16_000}
    texts = run_node(PocketSphinxNode, [RuntimeData.audio(twice, 16_000)], params)
    assert [each.text for each in texts] == [HEARD, HEARD]
    assert [each.metadata["start_ms"] for each in texts] == ["0", "2786"]


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"grammar": GRAMMAR + "<x> = (;"}, r"params.grammar: line 5: \( is not closed"),
        (
            {"grammar": GRAMMAR.replace("two", "xyzzyq")},
            "params.grammar: line 4: the model does not know the word 'xyzzyq'",
        ),
        ({"grammar": "#JSGF V1.0; grammar g; public <a> = | ;"}, "params.grammar: PocketSphinx does not take it"),
        ({"keywords": ["go xyzzyq"]}, "params.keywords: the model does not know the word 'xyzzyq' of 'go xyzzyq'"),
        ({"keywords": ["go"], "grammar": GRAMMAR}, "leave one of them out"),
    ],
)
def test_what_cannot_be_listened_for_is_told(params, says):
    with pytest.raises(ParamsError, match=says):
        run_node(PocketSphinxNode, [], params)


async def test_it_works_in_a_process_of_its_own(recording):
    [text] = await run_node_async(PocketSphinxNode, marked(pieces_of(recording, 16_000)), over_channel=True)
    assert text.text == HEARD
