"""PocketSphinx's decoder: made for free speech, a grammar, or keywords."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from remotemedia.core.multiprocessing import ParamsError
from remotemedia.nodes._jsgf import GrammarError, check_grammar

SAMPLE_RATE_HZ = 16_000
"""What the model was trained on."""

# The decoder's own frames.
_FRAME_MS = 10

# Its name in the decoder, which may hold several.
_SEARCH = "wanted"


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard in one utterance.

    Attributes:
        text: The words.
        words: Each as ``word``, ``start_ms``, ``end_ms``, and ``confidence`` (0 to 1) where it was measured.
        confidence: The mean of the words' confidences; None with a grammar, which has no other words to compare with.
    """

    text: str
    words: list[dict[str, Any]]
    confidence: float | None


class Recognizer:
    """A decoder with the model that is in the package; loading it takes about half a second.

    Args:
        grammar: A JSGF grammar; None for free speech.
        keywords: What is listened for instead.
        keyword_threshold: How likely a keyword must be, 0 to 1.

    Raises:
        ParamsError: the grammar is faulty, or the model does not know a word.
    """

    def __init__(self, grammar: str | None, keywords: Sequence[str] | None, keyword_threshold: float) -> None:
        # Here and not above, because the service imports node modules only to list their nodes.
        from pocketsphinx import Decoder

        self._decoder = Decoder(samprate=SAMPLE_RATE_HZ, loglevel="FATAL")
        self._grammar: Any = None
        self._is_listening = False
        if grammar is not None:
            _add_grammar(self._decoder, grammar)
            self._grammar = self._decoder.get_fsg(_SEARCH)
        if keywords is not None:
            _add_keywords(self._decoder, keywords, keyword_threshold)

    def listen(self, pcm: bytes) -> str:
        """Takes the next piece of an utterance that is not over yet.

        Returns:
            What is heard so far: a guess, empty where there is none.
        """
        if not self._is_listening:
            self._start()
            self._is_listening = True
        self._decoder.process_raw(pcm, full_utt=False)
        best = self._decoder.hyp()
        return "" if best is None else " ".join(best.hypstr.split())

    def recognize(self, pcm: bytes, begin_ms: int) -> Heard | None:
        """Recognizes an utterance as a whole, whatever `listen` has guessed of it.

        Its loudness and colour are then known from its first frame on. Piece by piece the decoder starts from a guess, and
        heard "ten years" where the speaker says "ten meters".

        Args:
            pcm: 16-bit samples.
            begin_ms: Media time of the first one.
        """
        self.forget()
        # In perfect silence, which no microphone gives, the decoder hears words.
        if not pcm.strip(b"\0"):
            return None
        self._start()
        self._decoder.process_raw(pcm, full_utt=True)
        self._decoder.end_utt()
        best = self._decoder.hyp()
        text = "" if best is None else " ".join(best.hypstr.split())
        # The decoder also gives the beginning of a sentence that was not said to its end.
        if not text or (self._grammar is not None and not self._grammar.accept(text)):
            return None
        words = _words(self._decoder.seg(), begin_ms, self._grammar is None)
        if self._grammar is not None:
            return Heard(text, words, None)
        return Heard(text, words, sum(word["confidence"] for word in words) / max(1, len(words)))

    def forget(self) -> None:
        """Ends what `listen` has begun."""
        if self._is_listening:
            self._decoder.end_utt()
            self._is_listening = False

    def _start(self) -> None:
        # The decoder goes on with the loudness and colour of what it heard last; the same audio shall give the same text.
        self._decoder.reinit_feat()
        self._decoder.start_utt()


def _words(segments: Iterable[Any], begin_ms: int, has_confidence: bool) -> list[dict[str, Any]]:
    words = []
    for segment in segments:
        # Silence, breath, the sentence's borders and a grammar's empty steps: <sil>, [BREATH], <s>, (NULL).
        if segment.word[0] in "<[(":
            continue
        # A second pronunciation has a number: read(2).
        word: dict[str, Any] = {
            "word": segment.word.strip().partition("(")[0],
            "start_ms": begin_ms + segment.start_frame * _FRAME_MS,
            "end_ms": begin_ms + (segment.end_frame + 1) * _FRAME_MS,
        }
        if has_confidence:
            word["confidence"] = round(min(1.0, segment.prob), 4)
        words.append(word)
    return words


def _add_grammar(decoder: Any, grammar: str) -> None:
    try:
        words = check_grammar(grammar)
    except GrammarError as error:
        raise ParamsError(f"params.grammar: {error}") from None
    for word, line in words.items():
        if decoder.lookup_word(word) is None:
            raise ParamsError(
                f"params.grammar: line {line}: the model does not know the word {word!r}; it knows small letters"
            )
    try:
        decoder.add_jsgf_string(_SEARCH, grammar)
        decoder.activate_search(_SEARCH)
    except (ValueError, RuntimeError) as error:
        raise ParamsError(f"params.grammar: PocketSphinx does not take it: {error}") from error


def _add_keywords(decoder: Any, keywords: Sequence[str], threshold: float) -> None:
    for keyword in keywords:
        for word in keyword.split():
            if decoder.lookup_word(word) is None:
                raise ParamsError(f"params.keywords: the model does not know the word {word!r} of {keyword!r}")
    with tempfile.NamedTemporaryFile("w", suffix=".kws", encoding="utf-8") as file:
        file.writelines(f"{keyword} /{threshold:g}/\n" for keyword in keywords)
        file.flush()
        decoder.add_kws(_SEARCH, file.name)
    decoder.activate_search(_SEARCH)
