"""Exports of what a fake client has: groups with their lines, awkward names, files that are not here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.api import commands as c
from babilu.bot.fake_client import FakeClient
from babilu.export.exporter import Exporter
from babilu.export.job import ExportJob, free_place
from babilu.export.model import ExportFormat, ExportReport, ExportRequest
from babilu.export.target import ExportTarget
from babilu.export.times import day_text
from babilu.kernel.errors import ErrorCode, LinkError, UsageError
from babilu.presentation.strings import Strings
from tests.unit.store.builders import NOW, SetClock

HTML, JSON, TEXT = ExportFormat.HTML, ExportFormat.JSON, ExportFormat.TEXT


@pytest.fixture
def client() -> Iterator[FakeClient]:
    made = FakeClient()
    yield made
    made.close()


def export(client: FakeClient, target: Path, how: ExportFormat, language: str = "en") -> ExportReport:
    return Exporter(client, Strings(language), ExportRequest(target, how), SetClock()).run()


def test_a_group_has_its_title_and_a_line_for_each_change(client: FakeClient, tmp_path: Path) -> None:
    client.add_contact("bob")
    client.request(c.StartGroup("Picnic <1>", members=("bob",))).result()
    export(client, tmp_path / "out", TEXT)
    (file,) = (tmp_path / "out" / "conversations").glob("Picnic*.txt")
    text = file.read_text(encoding="utf-8")
    assert text.startswith("Picnic <1>\n")
    assert "* You started the group." in text
    export(client, tmp_path / "es", HTML, "es")
    (page,) = (tmp_path / "es" / "conversations").glob("Picnic*.html")
    shown = page.read_text(encoding="utf-8")
    assert '<html lang="es">' in shown
    assert "Picnic &lt;1&gt;" in shown
    assert '<li class="line"' in shown


def test_names_that_would_be_one_on_a_disk_are_several_files(client: FakeClient, tmp_path: Path) -> None:
    for name in ("bob", "con", "bob - 2"):
        client.receive(name, f"from {name}")
    report = export(client, tmp_path / "out", TEXT)
    files = {each.name: each.read_text(encoding="utf-8") for each in (tmp_path / "out" / "conversations").iterdir()}
    assert report.conversations == len(files)
    assert {"bob.txt", "_con.txt", "bob - 2_.txt"} <= files.keys()
    assert "from bob - 2" in files["bob - 2_.txt"]


def test_a_file_that_is_not_here_is_named_and_not_fetched(client: FakeClient, tmp_path: Path) -> None:
    client.receive("bob", "look", files=(("far.png", 10),))
    report = export(client, tmp_path / "out", TEXT)
    assert (report.files, report.missing) == (0, 1)
    text = (tmp_path / "out" / "conversations" / "bob.txt").read_text(encoding="utf-8")
    assert "[far.png (10 B) - not here when this was written]" in text
    assert not any(isinstance(each, c.FetchFile) for each in client.commands)


def test_a_job_runs_in_a_thread_of_its_own_and_ends_with_the_error_of_its_client(
    client: FakeClient, tmp_path: Path
) -> None:
    client.receive("bob", "hello")
    told: list[int] = []
    request = ExportRequest(tmp_path / "out", JSON)
    job = ExportJob(Strings("en"), request, SetClock(), lambda report: told.append(report.messages))
    assert job.begin(client).result(30).messages == 1
    job.join(30)
    assert told == [1]
    client.fail_next(c.Conversations, LinkError(ErrorCode.CLOSED, "gone"))
    failing = ExportJob(Strings("en"), ExportRequest(tmp_path / "again", JSON), SetClock())
    with pytest.raises(LinkError):
        failing.begin(client).result(30)
    failing.join(30)
    stopped = ExportJob(Strings("en"), ExportRequest(tmp_path / "again", JSON), SetClock())
    stopped.stop()
    with pytest.raises(LinkError):
        stopped.begin(client).result(30)
    stopped.join(30)
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_a_message_whose_time_ends_while_an_export_is_written_is_left_out(client: FakeClient, tmp_path: Path) -> None:
    client.add_contact("bob")
    client.set_timer("bob", 60)
    (first, second) = (client.request(c.Send("bob", text)).result() for text in ("gone first", "gone later"))
    assert first.expires_at is not None
    assert second.expires_at is not None
    clock = SetClock(first.expires_at)
    request = ExportRequest(tmp_path / "out", TEXT, disappearing=True)
    report = Exporter(client, Strings("en"), request, clock).run()
    text = (tmp_path / "out" / "conversations" / "bob.txt").read_text(encoding="utf-8")
    assert ("gone first" in text, "gone later" in text, report.left_out) == (False, True, 1)


def test_a_place_that_somebody_takes_meanwhile_leaves_no_files_beside_it(tmp_path: Path) -> None:
    place = tmp_path / "out.txt"
    target = ExportTarget(place)
    (target.folder / "files").mkdir()
    (target.folder / "files" / "plan.txt").write_text("a plan")
    (target.folder / "out.txt").write_text("what was said")
    place.write_text("mine")
    with pytest.raises(UsageError) as refused:
        target.keep_file(target.folder / "out.txt", target.folder / "files")
    target.discard()
    assert refused.value.code is ErrorCode.EXISTS
    assert place.read_text() == "mine"
    assert [each.name for each in tmp_path.iterdir()] == ["out.txt"]


def test_a_place_is_free_and_safe_whatever_a_conversation_is_called(tmp_path: Path) -> None:
    first = free_place(tmp_path, "../a/b", TEXT, NOW, one=True)
    assert first.parent == tmp_path
    assert first.suffix == ".txt"
    assert first.stem.endswith(day_text(NOW))
    first.touch()
    second = free_place(tmp_path, "../a/b", TEXT, NOW, one=True)
    assert second != first
    assert free_place(tmp_path, "x", HTML, NOW, one=True).suffix == ""
    assert free_place(tmp_path, "x", JSON, NOW, one=False).suffix == ""
