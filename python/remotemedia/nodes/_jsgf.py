"""Reads a JSGF grammar as far as is needed to say what is wrong with it, and how large it would become.

The format is that of "JSpeech Grammar Format", W3C note of 5 June 2000. PocketSphinx says of a fault only that there is
one, takes undefined rules for silence, and writes a rule out wherever it is named, so that thirty short rules can fill the
memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

MAX_GRAMMAR_CHARS = 20_000
MAX_GRAMMAR_WORDS = 5_000
"""Of a grammar with each rule written out where it is named."""

# No two branches begin alike, so the time grows with the text and not faster. Quotes and backslashes are left out: no word of
# the dictionary needs them.
_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/)
      | (?P<weight>/\s*[0-9.]+\s*/)
      | (?P<tag>\{[^{}\\]*\})
      | <(?P<rule>[^<>\s\\]+)>
      | (?P<sign>[=;|()\[\]*+])
      | (?P<word>[^\s;=|*+<>()\[\]{}/"\\]+)""",
    re.VERBOSE,
)
_CLOSING = {"(": ")", "[": "]"}
_BUILT_IN_RULES = {"NULL", "VOID"}


class GrammarError(ValueError):
    """A grammar that cannot be used; the text names the line."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        kind: ``word``, ``rule`` (its name without brackets), or ``sign``.
        text: What stands there.
        line: From 1 on.
    """

    kind: str
    text: str
    line: int


@dataclass(slots=True)
class _Rule:
    line: int
    words: int = 0
    # How often each rule that it names is written out.
    named: dict[str, int] = field(default_factory=dict)


def check_grammar(text: str) -> dict[str, int]:
    """Checks everything that needs no dictionary.

    Args:
        text: The grammar, header included.

    Returns:
        Its words, each with the line where it stands first.

    Raises:
        GrammarError: it is no grammar, names a rule that it does not define, imports others, or becomes too large.
    """
    if len(text) > MAX_GRAMMAR_CHARS:
        raise GrammarError(f"the grammar has {len(text)} characters; {MAX_GRAMMAR_CHARS} are possible")
    statements = list(_statements(text))
    if not statements or statements[0][0].text != "#JSGF":
        raise GrammarError("line 1: a grammar begins with #JSGF V1.0;")
    if len(statements) < 2 or statements[1][0].text != "grammar":
        raise GrammarError(f"line {statements[0][-1].line}: after the header comes its name: grammar NAME;")
    rules: dict[str, _Rule] = {}
    words: dict[str, int] = {}
    has_public = False
    for statement in statements[2:]:
        first = statement[0]
        is_public = first.text == "public" and first.kind == "word"
        has_public = has_public or is_public
        head, body = (statement[1:3], statement[3:]) if is_public else (statement[:2], statement[2:])
        if first.text == "import" and first.kind == "word":
            raise GrammarError(f"line {first.line}: a grammar of a manifest cannot import others")
        if len(head) < 2 or head[0].kind != "rule" or head[1].text != "=" or not body:
            raise GrammarError(f"line {first.line}: a rule looks like <name> = words; but here stands {first.text!r}")
        if head[0].text in rules:
            raise GrammarError(f"line {first.line}: the rule <{head[0].text}> is defined twice")
        rules[head[0].text] = _measure(head[0].line, body)
        for token in body:
            if token.kind == "word":
                words.setdefault(token.text, token.line)
    if not has_public:
        raise GrammarError("the grammar has no public rule; write public before the one that is to be heard")
    _check_size(rules)
    return words


def _statements(text: str) -> Iterator[list[Token]]:
    """The tokens up to each semicolon."""
    statement: list[Token] = []
    line, at = 1, 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise GrammarError(f"line {line}: {text[at]!r} is not possible here")
        at = found.end()
        kind = found.lastgroup or ""
        if kind == "sign" and found[kind] == ";":
            if statement:
                yield statement
            statement = []
        elif kind in ("word", "rule", "sign"):
            statement.append(Token(kind, found[kind], line))
        line += found[0].count("\n")
    if statement:
        raise GrammarError(f"line {statement[0].line}: the statement has no semicolon at its end")


def _measure(line: int, body: list[Token]) -> _Rule:
    """Counts what a rule writes out. A group with a plus is written out twice: once, and then any number of times."""
    closes: dict[int, int] = {}
    opened: list[int] = []
    for index, token in enumerate(body):
        if token.text in _CLOSING and token.kind == "sign":
            opened.append(index)
        elif token.text in _CLOSING.values() and token.kind == "sign":
            if not opened or _CLOSING[body[opened[-1]].text] != token.text:
                raise GrammarError(f"line {token.line}: {token.text} closes nothing")
            closes[opened.pop()] = index
        elif token.text == "=" and token.kind == "sign":
            raise GrammarError(f"line {token.line}: a second = in one rule; a semicolon is missing before it")
    if opened:
        raise GrammarError(f"line {body[opened[-1]].line}: {body[opened[-1]].text} is not closed")
    rule = _Rule(line)
    times = [1]
    for index, token in enumerate(body):
        if token.kind == "sign":
            if index in closes:
                times.append(min(MAX_GRAMMAR_WORDS + 1, times[-1] * _times(body, closes[index])))
            elif token.text in _CLOSING.values():
                times.pop()
            continue
        count = times[-1] * _times(body, index)
        if token.kind == "word":
            rule.words += count
        elif token.text not in _BUILT_IN_RULES:
            rule.named[token.text] = rule.named.get(token.text, 0) + count
    return rule


def _times(body: list[Token], index: int) -> int:
    following = body[index + 1 : index + 2]
    return 2 if following and following[0].kind == "sign" and following[0].text == "+" else 1


def _check_size(rules: dict[str, _Rule]) -> None:
    for rule in rules.values():
        if unknown := sorted(rule.named.keys() - rules.keys()):
            raise GrammarError(f"line {rule.line}: the rule <{unknown[0]}> is named but not defined")
    # A rule may name itself at its end, which PocketSphinx makes a loop of.
    graph = {name: rule.named.keys() - {name} for name, rule in rules.items()}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " → ".join(f"<{each}>" for each in error.args[1])
        raise GrammarError(f"rules name each other in a circle, which is not possible: {circle}") from None
    sizes: dict[str, int] = {}
    for name in order:
        rule = rules[name]
        size = rule.words + sum(times * sizes.get(each, 1) for each, times in rule.named.items())
        if size > MAX_GRAMMAR_WORDS:
            raise GrammarError(
                f"line {rule.line}: the rule <{name}> has more than {MAX_GRAMMAR_WORDS} words when the rules it names are written out"
            )
        sizes[name] = size
