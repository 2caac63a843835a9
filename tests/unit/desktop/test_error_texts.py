"""What went wrong and what is being done is said in the user's language, whatever the engine calls it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from babilu.desktop.error_texts import sentence_for, sentence_for_code, sentence_for_listening
from babilu.desktop.language import Language
from babilu.desktop.widgets.sidebar import work_name
from babilu.kernel.errors import AccountError, BabiluError, ErrorCode, LinkError, Reason, UsageError

SOURCES = Path(__file__).resolve().parents[3] / "src/babilu"


@pytest.fixture(autouse=True)
def language(qapp: QApplication) -> Iterator[Language]:
    made = Language(qapp, "en")
    yield made
    made.close()


def tasks() -> set[str]:
    """Give the names of all long work that anything in the product tells of."""
    found: set[str] = set()
    for path in SOURCES.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "Progress(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"Progress", "events.Progress", "e.Progress"}:
                name = node.args[0]
                assert isinstance(name, ast.Constant), f"{path.name}: name the task where it is told"
                found.add(str(name.value))
    return found


def test_every_error_has_a_sentence_in_both_languages(language: Language) -> None:
    english = {code: sentence_for_code(code.value) for code in ErrorCode}
    language.choose("es")
    spanish = {code: sentence_for_code(code.value) for code in ErrorCode}
    assert [code for code in ErrorCode if not english[code].endswith(".")] == []
    assert [code for code in ErrorCode if english[code] == spanish[code]] == []


REASONS = {
    Reason.PROFILE: AccountError(ErrorCode.WRONG_CREDENTIALS, ""),
    Reason.ACCOUNT: AccountError(ErrorCode.WRONG_CREDENTIALS, ""),
    Reason.OTHER_DEVICE: AccountError(ErrorCode.DEVICE_UNKNOWN, ""),
    Reason.FILE: BabiluError(ErrorCode.TOO_LARGE, ""),
}
"""What each reason makes more exact; all others say why nobody answers."""


def test_every_reason_has_a_sentence_of_its_own_in_both_languages(language: Language) -> None:
    def said() -> list[str]:
        errors = [REASONS.get(reason, LinkError(ErrorCode.UNAVAILABLE, "")).because(reason) for reason in Reason]
        return [sentence_for(error) for error in errors] + [sentence_for_code(error.code) for error in errors]

    english = said()
    language.choose("es")
    # Four codes have these reasons.
    assert len(set(english)) == len(set(said())) == len(Reason) + 4
    assert not set(english) & set(said())


def test_no_error_but_one_of_our_own_is_called_one() -> None:
    ours = sentence_for_code(ErrorCode.INTERNAL)
    assert [code for code in ErrorCode if sentence_for_code(code) == ours] == [ErrorCode.INTERNAL]


def test_a_code_of_a_later_version_is_not_shown_as_it_is() -> None:
    assert sentence_for_code("flux_capacitor") == sentence_for_code("internal") == "Something went wrong inside Babilu."


@pytest.mark.parametrize("task", sorted(tasks()))
def test_every_long_work_of_the_client_has_a_name(task: str) -> None:
    assert work_name(task) != work_name("something else")


def test_the_steps_of_an_opening_are_told_apart() -> None:
    assert work_name("opening", 1) != work_name("opening", 2)


def test_why_nothing_listens_is_said_for_listening_alone() -> None:
    assert sentence_for_listening(UsageError("Cannot listen at [::]:80: taken.")).startswith("Nothing can listen there")
    closed = LinkError(ErrorCode.CLOSED, "Closed.")
    assert sentence_for_listening(closed) == sentence_for(closed)
