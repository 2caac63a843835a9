"""Both languages are complete, switch at run time, and leave no sentence of the other behind."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import START_MS
from babilu.desktop.language import day_name, short_day, translate
from babilu.desktop.preferences import PreferenceStore
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

ROOT = Path(__file__).resolve().parents[3]
DAY = 86_400_000
PLACEHOLDER = re.compile(r"\{\d\}|%n")


def load_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("translations", ROOT / "tools/translations.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = load_tool()


@pytest.mark.parametrize("language", TOOL.LANGUAGES)
def test_every_sentence_is_translated_and_none_is_left_over(language: str) -> None:
    known = TOOL.read(language)
    assert set(known) == set(TOOL.wanted_in(language))
    unfinished = [sentence.text for sentence, translation in known.items() if not translation.finished]
    assert unfinished == []
    assert all(all(form.strip() for form in translation.forms) for translation in known.values())


@pytest.mark.parametrize("language", TOOL.LANGUAGES)
def test_translations_keep_what_is_put_in(language: str) -> None:
    for sentence, translation in TOOL.read(language).items():
        wanted = set(PLACEHOLDER.findall(sentence.text))
        for form in translation.forms:
            assert set(PLACEHOLDER.findall(form)) == wanted, sentence.text


@pytest.mark.parametrize("language", TOOL.LANGUAGES)
def test_what_is_shipped_is_what_was_translated(language: str, tmp_path: Path) -> None:
    TOOL.compile_to(language, tmp_path / "fresh.qm")
    assert (tmp_path / "fresh.qm").read_bytes() == (TOOL.DATA / f"babilu_{language}.qm").read_bytes()


def words(desktop: DesktopUnderTest) -> set[str]:
    found = {label.text() for label in desktop.window.findChildren(QLabel)}
    found |= {button.text() for button in desktop.window.findChildren(QAbstractButton)}
    found |= {button.accessibleName() for button in desktop.window.findChildren(QAbstractButton)}
    found |= {field.placeholderText() for field in desktop.window.findChildren(QLineEdit)}
    return {word for word in found if word}


def test_the_language_changes_everywhere_at_once(desktop: DesktopUnderTest, client: FakeClient) -> None:
    client.fill_history("bob", 3)
    client.ask_for_conversation("mallory")
    desktop.enter()
    desktop.open("bob")
    desktop.chat.request.show_request(next(iter(desktop.client_model.requests.values())))
    navigator = desktop.window.navigator
    spanish = TOOL.read("es")
    english = {s.text for s, t in spanish.items() if s.text not in t.forms and not PLACEHOLDER.search(s.text)}
    for open_sheet in (
        navigator.settings,
        navigator.keys,
        navigator.switch,
        navigator.begin_anew,
        navigator.connection,
        navigator.details,
        lambda: navigator.verify("bob"),
        lambda: navigator.block("bob"),
        lambda: navigator.messages.info(desktop.client_model.messages.message(1)),
    ):
        desktop.app.preferences.change(language="en")
        open_sheet()
        desktop.settle()
        desktop.app.preferences.change(language="es")
        desktop.settle()
        assert words(desktop) & english == set()
        desktop.window.sheets.clear()
        desktop.settle()
    desktop.app.preferences.change(language="en")


def test_days_are_named_relative_to_now(desktop: DesktopUnderTest) -> None:
    assert desktop.app.language.code == "en"
    assert day_name(START_MS, START_MS) == "Today"
    assert day_name(START_MS - DAY, START_MS) == "Yesterday"
    assert day_name(START_MS - 400 * DAY, START_MS) != day_name(START_MS - 40 * DAY, START_MS)
    assert short_day(START_MS - 2 * DAY, START_MS) != short_day(START_MS - 20 * DAY, START_MS)


def test_numbers_have_their_forms(desktop: DesktopUnderTest) -> None:
    assert desktop.app.language.code == "en"
    assert translate("Settings", "%n minute(s)", None, 1) == "1 minute"
    assert translate("Settings", "%n minute(s)", None, 5) == "5 minutes"


def test_the_language_of_the_command_line_holds_until_another_is_chosen(
    qtbot: QtBot, qapp: QApplication, client: FakeClient, tmp_path: Path
) -> None:
    desktop = DesktopUnderTest(qapp, qtbot, client, tmp_path, language="es")
    try:
        assert desktop.app.language.code == "es"
        desktop.app.preferences.change(enter_sends=False)
        assert desktop.app.language.code == "es"
        desktop.app.preferences.change(language="system")
        desktop.app.preferences.change(language="en")
        assert desktop.app.language.code == "en"
    finally:
        desktop.stop()


@pytest.mark.parametrize(
    ("wished", "locale", "language"), [("fr:es:en", "en_US.UTF-8", "es"), ("", "es_MX.UTF-8", "es"), ("fr", "C", "en")]
)
def test_the_language_of_the_system_is_the_first_wished_one_that_there_is(
    wished: str, locale: str, language: str
) -> None:
    code = "from babilu.desktop.language import SYSTEM, code_of; print(code_of(SYSTEM))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "LANGUAGE": wished, "LC_ALL": locale, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{language}\n"


def test_a_language_that_is_not_there_any_more_is_that_of_the_system(qapp: QApplication, tmp_path: Path) -> None:
    del qapp
    (tmp_path / "desktop.ini").write_text("[preferences]\nlanguage=eo\n")
    assert PreferenceStore(tmp_path).value.language == "system"
