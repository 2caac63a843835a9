# ruff: noqa: RUF001 -- letters of many scripts, some of which look like others

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babilu.store.message_records import SearchFilter
from babilu.store.message_search import INDEX_BATCH, INDEX_CHARACTERS
from babilu.store.search_text import fold, phrase
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import add_contact, add_incoming, add_outgoing

OPERATORS = ['"', '"" OR', "hello AND", "NEAR(a b)", "text:x", "a*b", "^start", "(", "-not", "{a b}", "a + b", "'"]


@pytest.fixture(params=["indexed", "waiting"])
def is_indexed(request: pytest.FixtureRequest) -> bool:
    """Every search finds the same, whether a text is in the index or still waits for it."""
    return bool(request.param == "indexed")


def write(unit: UnitOfWork, texts: list[str], *, is_indexed: bool) -> int:
    contact = add_contact(unit).contact
    for text in texts:
        add_incoming(unit, contact, text)
    if is_indexed:
        unit.search.index_waiting()
    return contact


def found(unit: UnitOfWork, query: str, contact: int | None = None, limit: int = 50) -> list[str]:
    return [record.text for record in unit.search.find(query, SearchFilter(contact), limit)]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("The quick brown fox", "quick"),
        ("The quick brown fox", "uick bro"),
        ("The quick brown fox", "QUICK"),
        ("mañana por la mañana", "MANANA"),
        ("manana", "mañana"),
        ("ΑΘΗΝΑ", "αθηνα"),
        ("Αθήνα", "αθηνα"),
        ("привет, Мир", "МИР"),
        ("cafe\u0301 au lait", "café au"),
        ("café au lait", "cafe\u0301 au"),
        ("今日は東京へ行きます", "東京へ"),
        ("今日は東京へ行きます", "東京"),
        ("今日は東京へ行きます", "東"),
        ("Señor", "ñ"),
        ("Señor", "n"),
        ("Éa", "ea"),
        ("X", "x"),
        ("100%", "0%"),
        ("a_b", "_"),
        ("what?", "?"),
        ("5*3", "*"),
        ("[x]", "]"),
        ("[x]", "["),
        ("a^b", "^"),
        ("a-b", "-"),
        ("one\ntwo", "e\nt"),
        ("😀 smile", "😀"),
        ("before\0after", "after"),
        ("ΑΘΗΝΑΣ", "ηνασ"),
        ("한국어", "국"),
        ("Straße", "STRASSE"),
        ("STRASSE", "straße"),
        ("ẞ", "ss"),
        ("Łódź, Øresund, Đakovo", "lodz, oresund, dakovo"),
        ("Lodz", "łódź"),
        ("Æther, œuvre, Iğdır, Guðrún", "aether, oeuvre, igdir, gudrun"),
        ("ﬁne oﬃce", "fine office"),
        ("fine", "ﬁ"),
        ("ＡＢＣ１２３", "abc123"),
        ("ﾃﾞｰﾀ", "データ"),
        ("データ", "ﾃﾞｰﾀ"),
        ("10\u00a0km, 1\u202f000", "10 km, 1 000"),
        ("one\ntwo\r\n\tthree", "one two three"),
        ("one two", "one  two"),
        ("it’s, ‘so’", "it's, 'so'"),
        ("it's", "it’s"),
        ("“yes”, «no»", '"yes", "no"'),
        ("a – b — c‑d", "a - b - c-d"),
        ("❤ love", "❤\ufe0f"),
        ("❤\ufe0f love", "❤ love"),
        ("co\u00adoperate", "cooperate"),
        ("long\u200bword", "longword"),
        ("می\u200cخواهم", "میخواهم"),
        ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد", "محمد"),
        ("محـــمد", "محمد"),
    ],
)
def test_a_text_is_found_by_its_letters(unit: UnitOfWork, text: str, query: str, *, is_indexed: bool) -> None:
    write(unit, ["something else: é, q", text, "nothing"], is_indexed=is_indexed)
    assert text in found(unit, query)


@pytest.mark.parametrize("query", ["fox trot", "foxes", "zz", "z", "q?", "*", "%", "_", "[a-z]", "東京"])
def test_what_is_not_in_a_text_is_not_found(unit: UnitOfWork, query: str, *, is_indexed: bool) -> None:
    write(unit, ["The quick brown fox", "今日は京東へ"], is_indexed=is_indexed)
    assert found(unit, query) == []


@pytest.mark.parametrize("query", OPERATORS)
def test_a_query_is_never_read_as_search_syntax(unit: UnitOfWork, query: str, *, is_indexed: bool) -> None:
    write(unit, ["hello there", "a b start text x", f"quoted: {query}!"], is_indexed=is_indexed)
    assert found(unit, query) == [f"quoted: {query}!"]


@pytest.mark.parametrize("query", ["", "\u0301"])
def test_an_empty_query_finds_nothing(unit: UnitOfWork, query: str, *, is_indexed: bool) -> None:
    write(unit, ["hello"], is_indexed=is_indexed)
    assert found(unit, query) == []


@pytest.mark.parametrize("query", ["common", "co"])
def test_the_newest_are_found_first_and_no_more_than_asked_for(
    unit: UnitOfWork, query: str, *, is_indexed: bool
) -> None:
    texts = [f"common {number}" for number in range(9)]
    write(unit, texts, is_indexed=is_indexed)
    assert found(unit, query, limit=4) == texts[:-5:-1]


@pytest.mark.parametrize("query", ["common", "co"])
def test_indexed_and_waiting_texts_come_together_in_one_order(unit: UnitOfWork, query: str) -> None:
    contact = write(unit, ["common 1", "common 2"], is_indexed=True)
    add_outgoing(unit, contact, "common 3")
    assert found(unit, query) == ["common 3", "common 2", "common 1"]
    assert found(unit, query, limit=2) == ["common 3", "common 2"]


@pytest.mark.parametrize("query", ["common", "co"])
def test_a_search_can_stay_in_one_conversation(unit: UnitOfWork, query: str, *, is_indexed: bool) -> None:
    write(unit, ["common to all"], is_indexed=is_indexed)
    carol = add_contact(unit, "carol").contact
    add_incoming(unit, carol, "common to carol")
    if is_indexed:
        unit.search.index_waiting()
    assert found(unit, query, carol) == ["common to carol"]


def test_a_deleted_text_is_found_no_longer(unit: UnitOfWork, *, is_indexed: bool) -> None:
    contact = add_contact(unit).contact
    message = add_incoming(unit, contact, "regretted")
    if is_indexed:
        unit.search.index_waiting()
    unit.messages.delete(message)
    assert (found(unit, "regretted"), found(unit, "re")) == ([], [])
    add_incoming(unit, contact, "next")
    unit.search.index_waiting()
    assert found(unit, "next") == ["next"]


def indexed_up_to(unit: UnitOfWork) -> int:
    return unit.statements.number("SELECT position FROM message_indexed")


def test_texts_enter_the_index_by_the_batch(unit: UnitOfWork) -> None:
    contact = add_contact(unit).contact
    for _ in range(INDEX_BATCH - 1):
        add_incoming(unit, contact, "short")
    assert indexed_up_to(unit) == 0
    add_incoming(unit, contact, "short")
    assert indexed_up_to(unit) == INDEX_BATCH


def test_large_texts_do_not_wait_for_a_full_batch(unit: UnitOfWork) -> None:
    contact = add_contact(unit).contact
    add_incoming(unit, contact, "x" * (INDEX_CHARACTERS - 1))
    assert indexed_up_to(unit) == 0
    add_incoming(unit, contact, "x")
    assert indexed_up_to(unit) == 2


@given(text=st.text(max_size=30), start=st.integers(0, 29), length=st.integers(1, 9))
def test_every_piece_of_an_unaccented_text_matches_it_in_lower_case(text: str, start: int, length: int) -> None:
    bare = fold(text)
    assert fold(bare[start : start + length]) in bare


@given(st.text(max_size=30))
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("İstanbul", "istanbul"),
        ("ΟΔΥΣΣΕΥΣ Οδυσσεύς", "οδυσσευσ οδυσσευσ"),
        ("ΌΛΑ", "ολα"),
        ("Žluťoučký kůň", "zlutoucky kun"),
        ("ひらがな ガ", "ひらがな ガ"),
        ("한국어", "한국어"),
        ("हिन्दी", "हिन्दी"),
        ("a\0b", "a b"),
        ("أحمد", "أحمد"),
        ("\ufdfa", "\ufdfa"),
    ],
)
def test_case_and_accents_are_folded_and_letters_of_other_scripts_stay(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.characters(exclude_categories=["Cs"]))
def test_a_text_grows_little_by_being_folded(character: str) -> None:
    assert len(fold(character).encode()) <= 6 * len(character.encode())


def test_a_phrase_doubles_its_quotes() -> None:
    assert phrase('say "hi"') == '"say ""hi"""'
