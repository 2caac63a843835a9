import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from precis_i18n import get_profile

from babilu.identity.names import normalise_name, skeleton
from babilu.kernel.errors import AccountError, ErrorCode
from tests.vectors.vectors import load

SKELETONS = load("uts39_skeletons.json")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("alice", "alice"),
        ("Alice", "alice"),
        ("ALICE_2.b-c", "alice_2.b-c"),
        ("2fast", "2fast"),
        ("\uff22\uff2f\uff22", "bob"),
        ("Jose\u0301", "jos\u00e9"),
        ("Дмитрий", "дмитрий"),
        ("नमिता", "नमिता"),
        ("สวัสดี", "สวัสดี"),
        ("田中さん", "田中さん"),
        ("ひらカタ漢字", "ひらカタ漢字"),
        ("한글漢字", "한글漢字"),
        ("مرحبا", "مرحبا"),
        ("a" * 32, "a" * 32),
    ],
)
def test_a_name_has_one_spelling(typed: str, name: str) -> None:
    assert normalise_name(typed) == name


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "../etc/x",
        "@bob",
        "*",
        "-rf",
        ".hidden",
        "_x",
        "a b",
        "a\nb",
        "a\x00b",
        "a\x1b[31mb",
        "a/b",
        "a\\b",
        "a:b",
        "a~2",
        "a%sb",
        "a\u200bb",
        "a\u202eb",
        "\ufeffbob",
        "a" * 33,
        "a" * 100_000,
        "e\u0336",
        "x" + "\u0301" * 20,
        "नि" + "\u0902" * 5,
        "p\u0430ypal",
        "bo\u0431",
        "\u0430lice",
        "bob1\u0662",
        "\u03b1b",
        "\ud800",
        "\U000e0041bob",
        "ﬁ",
        "☺",
        "\uff11\uff12 3",
    ],
)
def test_what_is_no_name_is_refused_with_a_sentence_that_does_not_repeat_it(typed: str) -> None:
    with pytest.raises(AccountError) as refused:
        normalise_name(typed)
    assert refused.value.code is ErrorCode.NAME_REFUSED
    assert refused.value.text.endswith(".")
    assert len(typed.strip()) < 2 or typed not in refused.value.text


@given(st.text(max_size=40))
def test_normalising_refuses_or_is_final_and_never_grows_past_the_limit(typed: str) -> None:
    try:
        name = normalise_name(typed)
    except AccountError:
        return
    assert normalise_name(name) == name
    assert 1 <= len(name) <= 32
    assert name == name.lower()


@given(st.text(alphabet="abcxyzABCXYZ0189._-", min_size=1, max_size=32))
def test_ascii_names_need_no_tables_and_agree_with_precis(typed: str) -> None:
    try:
        name = normalise_name(typed)
    except AccountError:
        assert typed[0] in "._-"
        return
    assert name == get_profile("UsernameCaseMapped").enforce(typed)


@pytest.mark.parametrize(("one", "other"), SKELETONS["twins"])
def test_names_that_look_alike_are_twins(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(("one", "other"), SKELETONS["different"])
def test_names_that_look_different_are_no_twins(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


@pytest.mark.parametrize(
    ("text", "expected"), [("m", "rn"), ("w", "w"), ("1", "l"), ("|", "l"), ("0", "o"), ("paypa1", "paypal")]
)
def test_a_skeleton_is_made_of_the_published_prototypes(text: str, expected: str) -> None:
    assert skeleton(text) == expected


@given(st.text(max_size=40))
def test_a_skeleton_is_its_own_skeleton(text: str) -> None:
    once = skeleton(text)
    assert skeleton(once) == once


def test_the_tables_are_not_loaded_before_they_are_needed() -> None:
    program = (
        "import sys, babilu.identity.names as names, babilu.identity.unicode_tables as tables; "
        "names.normalise_name('alice'); print([m for m in sys.modules if m.startswith('precis')], "
        "tables.prototypes.cache_info().currsize, tables._scripts.cache_info().currsize)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    )
    assert finished.stdout.strip() == "[] 0 0"
