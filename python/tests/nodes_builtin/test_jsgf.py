import time

import pytest

from remotemedia.nodes._jsgf import MAX_GRAMMAR_CHARS, GrammarError, check_grammar

HEAD = "#JSGF V1.0;\ngrammar test;\n"


def test_words_have_the_line_where_they_stand_first():
    text = (
        HEAD
        + "public <command> = /2/ go (forward | [back]) {tag} <count>+ meters; // not this\n<count> = one | /* nor\nthis */ ten go;"
    )
    assert check_grammar(text) == {"go": 3, "forward": 3, "back": 3, "meters": 3, "one": 4, "ten": 5}


def test_a_rule_may_name_itself_and_silence():
    assert check_grammar(HEAD + "public <many> = one <many> | <NULL>;") == {"one": 3}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("public <a> = go (forward;", r"line 3: \( is not closed"),
        ("public <a> = go\nforward);", r"line 4: \) closes nothing"),
        ("public <a> = [go);", r"line 3: \) closes nothing"),
        ("public <a> = go\n\n<b>;", "line 3: the rule <b> is named but not defined"),
        ("public <a> = go", "line 3: the statement has no semicolon"),
        ("public <a> = go\n<b> = two;", "line 4: a second = in one rule"),
        ("<a> = go;", "no public rule"),
        ("public <a> = <b>; <b> = <c>; <c> = <b>;", "circle"),
        ("public <a> = one;\n<a> = two;", "line 4: the rule <a> is defined twice"),
        ("public a = go;", "line 3: a rule looks like"),
        ("import <other.*>;\npublic <a> = go;", "line 3: a grammar of a manifest cannot import others"),
        ("public <a> = go } ;", "line 3: '}' is not possible here"),
        ('public <a> = "go \\" import";', "line 3: '\"' is not possible here"),
        ("/* without end", "line 3: '/' is not possible here"),
    ],
)
def test_a_fault_is_told_with_its_line(body, says):
    with pytest.raises(GrammarError, match=says):
        check_grammar(HEAD + body)


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "begins with #JSGF"), ("go;", "begins with #JSGF"), ("#JSGF V1.0;\npublic <a> = go;", "grammar NAME")],
)
def test_a_header_is_needed(text, says):
    with pytest.raises(GrammarError, match=says):
        check_grammar(text)


def test_rules_that_would_fill_the_memory_are_refused():
    doubling = "".join(f"<r{each}> = <r{each + 1}> <r{each + 1}>;" for each in range(30))
    pluses = "(" * 40 + "go" + ")+" * 40
    for body in (f"{doubling}<r30> = go; public <a> = <r0>;", f"public <a> = {pluses};"):
        with pytest.raises(GrammarError, match="more than 5000 words"):
            check_grammar(HEAD + body)
    with pytest.raises(GrammarError, match=f"{MAX_GRAMMAR_CHARS} are possible"):
        check_grammar(HEAD + "x" * MAX_GRAMMAR_CHARS)


@pytest.mark.parametrize(
    "part", ["(", ")", "<a> ", "/* *", "/", "//", " ", "x ", "+", "/*/", "[(", "a=b;", "{", "<", "public <a> = <a>;"]
)
def test_no_grammar_takes_long(part):
    text = (HEAD + "public <a> = " + part * MAX_GRAMMAR_CHARS)[:MAX_GRAMMAR_CHARS]
    began = time.process_time()
    try:
        check_grammar(text)
    except GrammarError:
        pass
    assert time.process_time() - began < 2
