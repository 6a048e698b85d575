"""Replies to commands by rules: what a dialogue needs when it knows its sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, TextData, register_node

_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Rule:
    """One sentence and its reply. ``{name}`` stands for a word of the slot ``name``.

    Attributes:
        heard: For example ``go {direction} {count} meters``.
        reply: For example ``Okay, going {direction} {count} meters.``
    """

    heard: str
    reply: str


@dataclass(frozen=True)
class ReplyParams:
    """Parameters of CommandReplyNode.

    Attributes:
        rules: The first one that fits the whole sentence answers.
        slots: The words or phrases that each slot may be.
        otherwise: The reply when no rule fits; ``{heard}`` in it is the sentence.
    """

    rules: list[Rule]
    slots: dict[str, list[str]] = field(default_factory=dict)
    otherwise: str = "Sorry, I did not understand that."


@register_node("CommandReplyNode", input_types=["text"], output_types=["text"], params=ReplyParams)
class CommandReplyNode(MultiprocessNode):
    """Answers each sentence by the first rule that fits it.

    Metadata of the reply: ``rule``, the number of the rule that answered, from 1 on; 0 when none did.
    """

    def initialize(self) -> None:
        """Reads the rules."""
        params = self.params_as(ReplyParams)
        self._otherwise = params.otherwise
        self._rules = [(compile_sentence(rule.heard, params.slots), checked_reply(rule)) for rule in params.rules]

    async def process(self, data: TextData) -> RuntimeData:
        """Gives the reply to one sentence."""
        heard = " ".join(data.text.lower().split())
        for number, (sentence, reply) in enumerate(self._rules, start=1):
            if found := sentence.fullmatch(heard):
                return _reply(fill(reply, found.groupdict()), number)
        return _reply(fill(self._otherwise, {"heard": heard}), 0)


def compile_sentence(heard: str, slots: dict[str, list[str]]) -> re.Pattern[str]:
    """A pattern that fits the sentence with any word of its slots.

    Raises:
        ValueError: it names a slot that is not there, or one twice.
    """
    parts = _SLOT.split(" ".join(heard.lower().split()))
    # Texts and names of slots take turns.
    names = parts[1::2]
    for name in names:
        if name not in slots:
            raise ValueError(f"rule {heard!r} names the slot {name!r}; there are {sorted(slots)}")
        if names.count(name) > 1:
            raise ValueError(f"rule {heard!r} names the slot {name!r} twice")
    pattern = [re.escape(part) for part in parts]
    for index, name in enumerate(names):
        words = "|".join(re.escape(word.lower()) for word in slots[name])
        pattern[2 * index + 1] = f"(?P<{name}>{words})"
    return re.compile("".join(pattern))


def checked_reply(rule: Rule) -> str:
    """The reply of a rule.

    Raises:
        ValueError: it names a slot that the sentence does not have.
    """
    if strange := set(_SLOT.findall(rule.reply)) - set(_SLOT.findall(rule.heard.lower())):
        raise ValueError(f"reply {rule.reply!r} names {sorted(strange)}, which {rule.heard!r} does not")
    return rule.reply


def fill(template: str, words: dict[str, str]) -> str:
    """The template with words in place of its slots. Not `str.format`: that would also reach into objects."""
    return _SLOT.sub(lambda slot: words.get(slot[1], slot[0]), template)


def _reply(text: str, rule: int) -> RuntimeData:
    return RuntimeData.text(text, language="en", metadata={"rule": str(rule)})
