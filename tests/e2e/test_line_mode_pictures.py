"""A photo between two people, each in a process of its own: what it says stays with whoever took it, unless asked."""

from pathlib import Path

from tests.e2e.pairs import Pair
from tests.unit.media.corpus import PICTURES, SECRET


def test_a_photo_is_looked_into_and_arrives_without_the_place_where_it_was_taken(pair: Pair, tmp_path: Path) -> None:
    photo, into = tmp_path / "holiday.jpg", tmp_path / "into"
    photo.write_bytes(PICTURES["jpeg-exif-gps"]())
    into.mkdir()
    pair.alice.do("inspect", files=[str(photo)], tag="i")
    (inspected,) = pair.alice.take("inspected", tag="i")["files"]
    assert inspected["contains"] == ["place", "time", "camera", "person", "text"]

    def arrived(**more: object) -> bytes:
        pair.alice.do("send", to="bob", text="look", files=[str(photo)], tag="s", **more)
        sent = pair.alice.take("sent", tag="s")["id"]
        (file,) = pair.bob.take("message", id=sent)["files"]
        assert (file["width"], file["height"]) == (96, 64)
        pair.bob.do("fetch", id=sent, into=str(into), tag="f")
        return Path(pair.bob.take("saved", id=sent, tag="f")["path"]).read_bytes()

    assert SECRET not in arrived()
    assert arrived(as_files=True) == photo.read_bytes()
    photo.write_bytes(photo.read_bytes()[:500])
    pair.alice.do("send", to="bob", text="look", files=[str(photo)], tag="no")
    pair.alice.take("error", tag="no", code="cannot_clean")
