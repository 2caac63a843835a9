"""Sentences of lines about one's own devices: each is named that came or went, in every language."""

from dataclasses import replace

import pytest

from babilu.api.views import NOTES_LABEL, DeviceChangeView
from babilu.kernel.states import MessageKind
from babilu.presentation.line_keys import changed_devices, line_key
from babilu.presentation.strings import Strings
from tests.unit.presentation.pages import message

CHANGED = (DeviceChangeView("a1" * 16, "Laptop", added=True), DeviceChangeView("b2" * 16, "", added=False))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "LAPTOP was added, a device without a name (b2b2b2b2…) was removed"),
        ("es", "se añadió LAPTOP, se quitó un dispositivo sin nombre (b2b2b2b2…)"),
    ],
)
def test_each_device_is_named_that_came_or_went(language: str, said: str) -> None:
    say = Strings(language)
    line = replace(message(1), kind=MessageKind.DEVICES_CHANGED, conversation=NOTES_LABEL, devices=CHANGED)
    what = changed_devices(line, say, str.upper)
    assert what == said
    assert said in say(line_key(line), name="", day="today", count=0, what=what)


def test_a_line_about_a_contact_names_nobodys_devices() -> None:
    line = replace(message(1), kind=MessageKind.DEVICES_CHANGED, conversation="bob")
    assert (line_key(line), changed_devices(line, Strings("en"), str)) == ("line.devices_changed", "")
