"""Exports of a real client: readable without Babilu, whole or not there, and nothing that was to be left out."""

import json
import os
import stat
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from babilu.api import commands as c
from babilu.api import views
from babilu.api.client import DirectProfile
from babilu.crypto.secret import Passphrase
from babilu.export import exporter, html_pages
from babilu.export.exporter import Exporter
from babilu.export.model import ExportFormat, ExportReport, ExportRequest
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.presentation.strings import Strings
from babilu.system import SystemClock
from tests.integration.engine.party import Party

NOTES = views.NOTES_LABEL
HTML, JSON, TEXT = ExportFormat.HTML, ExportFormat.JSON, ExportFormat.TEXT


@pytest.fixture
def carol(tmp_path: Path) -> Iterator[Party]:
    party = Party(tmp_path / "home", DirectProfile("carol", Passphrase("passphrase of carol"), None))
    yield party
    party.close()


def export(
    party: Party, target: Path, how: ExportFormat = HTML, conversation: str | None = None, *, disappearing: bool = False
) -> ExportReport:
    return Exporter(
        party.client, Strings("en"), ExportRequest(target, how, conversation, disappearing), SystemClock()
    ).run()


def refusal(party: Party, target: Path, how: ExportFormat = HTML, conversation: str | None = None) -> ErrorCode:
    with pytest.raises(BabiluError) as refused:
        export(party, target, how, conversation)
    return refused.value.code


class Page(HTMLParser):
    """What a browser would see: elements, what they name, and texts."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "img", "link", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open and data.strip():
            self.texts.append(data)

    def all(self, tag: str, name: str) -> list[str | None]:
        return [attributes.get(name) for element, attributes in self.elements if element == tag]


def every_page(folder: Path) -> list[Page]:
    return [Page(path) for path in sorted(folder.rglob("*.html"))]


def document(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def modes(folder: Path) -> set[str]:
    return {stat.filemode(path.lstat().st_mode) for path in (folder, *folder.rglob("*"))}


def test_pages_need_nothing_else_and_run_nothing(carol: Party, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script> <img src=https://evil.example/x onerror=alert(1)> \x1b[31m \u202e &amp; \"'"
    carol.send(NOTES, evil)
    carol.send(NOTES, "*bold* `code` ||secret|| https://good.example/a?b=1&c=2\n> a quote\n```\n<b>code</b>\n```")
    report = export(carol, tmp_path / "out")
    assert (report.conversations, report.messages, report.path) == (1, 2, tmp_path / "out")
    index, page = Page(tmp_path / "out" / "index.html"), Page(tmp_path / "out" / "conversations" / "notes.html")
    assert index.open == page.open == []
    assert index.all("a", "href") == ["#main", "conversations/notes.html"]
    tags = {tag for each in (index, page) for tag, _ in each.elements}
    assert tags.isdisjoint({"script", "link", "iframe", "object", "embed", "form", "base", "img"})
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    fetched = [
        value for name in ("src", "srcset", "background") for tag, at in page.elements if (value := at.get(name))
    ]
    assert fetched == []
    assert "".join(page.texts).count("<script>alert(1)</script>") == 1
    text = (tmp_path / "out" / "conversations" / "notes.html").read_text(encoding="utf-8")
    assert not {"\x1b", "\u202e"} & set(text)
    assert "default-src 'none'" in text
    assert "prefers-color-scheme: dark" in text
    assert [link for link in page.all("a", "href") if link and "good" in link] == ["https://good.example/a?b=1&c=2"]
    assert {"b", "code", "blockquote", "pre"} <= tags
    assert page.all("html", "lang") == ["en"]
    assert len(page.all("main", "id")) == len(page.all("h1", "id")) == 1


def test_folders_and_files_are_for_their_owner_alone(carol: Party, tmp_path: Path) -> None:
    photo = tmp_path / "plan.bin"
    photo.write_bytes(b"secret")
    old = os.umask(0)
    try:
        carol.ask(c.Send(NOTES, "look", files=(str(photo),)))
        export(carol, tmp_path / "out")
    finally:
        os.umask(old)
    assert modes(tmp_path / "out") == {"drwx------", "-rw-------"}
    assert (tmp_path / "out" / "files" / "notes" / "plan.bin").read_bytes() == b"secret"
    page = Page(tmp_path / "out" / "conversations" / "notes.html")
    assert "../files/notes/plan.bin" in page.all("a", "href")


def test_a_file_that_a_browser_would_run_is_named_and_not_linked(carol: Party, tmp_path: Path) -> None:
    for name in ("evil.SVG", "evil.xht"):
        (tmp_path / name).write_text("<svg onload='alert(1)'/>", encoding="utf-8")
        carol.ask(c.Send(NOTES, "look", files=(str(tmp_path / name),)))
    export(carol, tmp_path / "out")
    page = Page(tmp_path / "out" / "conversations" / "notes.html")
    assert not [link for link in (*page.all("a", "href"), *page.all("img", "src")) if link and "evil" in link]
    assert "evil.SVG" in "".join(page.texts)
    assert "evil.xht" in "".join(page.texts)


def test_replies_edits_deletions_and_reactions_are_shown(carol: Party, tmp_path: Path) -> None:
    first = carol.send(NOTES, "tea?")
    carol.ask(c.Send(NOTES, "yes", reply_to=first.id))
    edited = carol.send(NOTES, "colour")
    carol.ask(c.EditMessage(edited.id, "color"))
    carol.ask(c.SetReactions(first.id, ("👍",)))
    export(carol, tmp_path / "out")
    page = Page(tmp_path / "out" / "conversations" / "notes.html")
    assert f"#m{first.id.hex()}" in page.all("a", "href")
    shown = "".join(page.texts)
    assert "colour" not in shown
    assert "edited" in shown
    assert "👍" in shown
    export(carol, tmp_path / "notes.txt", TEXT, NOTES)
    text = (tmp_path / "notes.txt").read_text(encoding="utf-8")
    assert "      > carol: tea?\n" in text
    assert "      👍 carol\n" in text
    assert "carol: color [edited" in text


def test_a_long_conversation_is_several_pages_with_links_and_a_document_has_it_all(
    carol: Party, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("babilu.export.writers.MESSAGES_ON_PAGE", 2)
    monkeypatch.setattr(exporter, "PAGE", 2)
    for number in range(5):
        carol.send(NOTES, f"note {number}")
    export(carol, tmp_path / "out")
    folder = tmp_path / "out" / "conversations"
    assert sorted(path.name for path in folder.iterdir()) == ["notes - 2.html", "notes - 3.html", "notes.html"]
    links = [set(Page(folder / name).all("a", "href")) for name in ("notes.html", "notes - 2.html", "notes - 3.html")]
    assert [("notes%20-%202.html" in each, "notes.html" in each) for each in links] == [
        (True, False),
        (False, True),
        (True, False),
    ]
    export(carol, tmp_path / "json", JSON)
    found = document(tmp_path / "json" / "conversations" / "notes.json")
    assert found["babilu_export"] == 1
    assert found["conversation"]["conversation"] == NOTES
    assert [each["text"] for each in found["messages"]] == [f"note {number}" for number in range(5)]
    assert html_pages.MESSAGES_ON_PAGE > 2


def test_what_disappears_is_left_out_with_its_quotes_unless_it_is_asked_for(carol: Party, tmp_path: Path) -> None:
    secret = carol.ask(c.Send(NOTES, "the secret", timer=86_400))
    carol.ask(c.Send(NOTES, "an answer", reply_to=secret.id))
    report = export(carol, tmp_path / "without.json", JSON, NOTES)
    assert report.left_out == 1
    assert "the secret" not in (tmp_path / "without.json").read_text(encoding="utf-8")
    report = export(carol, tmp_path / "with.json", JSON, NOTES, disappearing=True)
    texts = [each["text"] for each in document(tmp_path / "with.json")["messages"]]
    assert (report.left_out, texts) == (0, ["the secret", "an answer"])


def test_nothing_that_exists_is_written_over(carol: Party, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "nowhere").symlink_to(tmp_path / "nothing")
    for name, how in (("folder", HTML), ("file.txt", TEXT), ("nowhere", HTML)):
        assert refusal(carol, tmp_path / name, how, NOTES) is ErrorCode.EXISTS
    assert (tmp_path / "file.txt").read_text(encoding="utf-8") == "mine"
    assert refusal(carol, tmp_path / "no" / "such", HTML) is ErrorCode.NOT_FOUND
    assert refusal(carol, tmp_path / "x", HTML, "nobody") is ErrorCode.NOT_FOUND
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.txt", "folder", "home", "nowhere"]


def test_what_comes_to_the_place_meanwhile_stays_and_nothing_half_written_is_left(carol: Party, tmp_path: Path) -> None:
    carol.send(NOTES, "hello")
    target = tmp_path / "out"

    def somebody_comes(_: ExportReport) -> None:
        target.mkdir(exist_ok=True)

    request = ExportRequest(target, HTML)
    with pytest.raises(BabiluError) as refused:
        Exporter(carol.client, Strings("en"), request, SystemClock(), somebody_comes).run()
    assert refused.value.code is ErrorCode.EXISTS
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "out"]
    assert list(target.iterdir()) == []


def test_an_export_that_is_ended_leaves_nothing(carol: Party, tmp_path: Path) -> None:
    carol.send(NOTES, "hello")
    ended = Exporter(
        carol.client, Strings("en"), ExportRequest(tmp_path / "out", HTML), SystemClock(), stopped=lambda: True
    )
    with pytest.raises(BabiluError) as refused:
        ended.run()
    assert refused.value.code is ErrorCode.CLOSED
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_files_of_one_document_lie_in_a_folder_of_its_name(carol: Party, tmp_path: Path) -> None:
    photo = tmp_path / "plan b.bin"
    photo.write_bytes(b"secret")
    carol.ask(c.Send(NOTES, "look", files=(str(photo),)))
    report = export(carol, tmp_path / "notes.json", JSON, NOTES)
    (message,) = document(tmp_path / "notes.json")["messages"]
    assert [each["path"] for each in message["files"]] == ["notes.json.files/plan b.bin"]
    assert (tmp_path / "notes.json.files" / "plan b.bin").read_bytes() == b"secret"
    assert (report.files, report.missing) == (1, 0)
