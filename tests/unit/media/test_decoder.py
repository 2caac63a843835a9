"""The process that decodes: what it may do is nothing but its work, and whatever it does its caller goes on."""

import io
import os
import sys
import threading
import time
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from babilu.kernel.states import PictureDetail
from babilu.media import pictures
from babilu.media.confinement import MEMORY_BYTES
from babilu.media.decoder import _START, AT_ONCE, Confinement, PictureDecoder
from babilu.media.exchange import (
    ANSWER_REST_BYTES,
    PICTURE_BYTES,
    PictureAnswer,
    PictureRequest,
    PictureTask,
    RawPicture,
)
from babilu.media.formats import PictureFormat
from babilu.media.own_python import own_python
from babilu.media.pictures import FRAMES_MAX, PIXELS_MAX, UnfitError, _opened, carry_out
from tests.unit.media.corpus import PICTURES, exif, many_frames, moving, photo, png_header, profile, saved

BODY = PICTURES["jpeg-plain"]()
PREVIEW = RawPicture(1, 1, b"\0\0\0")

FILTERED = sys.platform == "linux" and os.uname().machine in {"x86_64", "aarch64"}

READ = "import os, sys, time\nwhile os.read(0, 65536): pass\n"
READY = "import os, sys, time\nos.write(1, b'\\x01')\n"


def playing(script: str, seconds: float = 5.0) -> PictureDecoder:
    """Make a decoder whose process does something else."""
    return PictureDecoder((sys.executable, "-I", "-S", "-c", script), seconds)


def answering(answer: bytes) -> PictureDecoder:
    return playing(f"{READY}{READ}os.write(1, {answer!r})\n")


@pytest.mark.parametrize(
    "script",
    [
        "raise SystemExit(1)",
        "import os; os.write(1, b'\\x02')",
        f"{READY}os._exit(0)",
        f"{READY}{READ}os.kill(os.getpid(), 9)",
        f"{READY}{READ}os.write(1, b'what?')",
        f"{READY}os.close(0)\nos.write(1, b'\\x90')",
        f"{READY}{READ}os.write(1, b'\\xdd\\xff\\xff\\xff\\xff')",
    ],
)
def test_a_process_that_dies_or_answers_nonsense_means_that_its_picture_cannot_be_shown(script: str) -> None:
    decoder = playing(script)
    # More than a pipe holds: whoever writes notices.
    body = BODY + bytes(500_000)
    assert decoder.show(body, 64) is None
    assert decoder.clean(body) is None
    assert not decoder.inspect(body).done


@pytest.mark.parametrize(
    "script",
    [
        f"{READY}time.sleep(60)",
        f"{READY}{READ}time.sleep(60)",
        f"{READY}{READ}os.write(1, b'\\x98')\nos.close(2)\ntime.sleep(60)",
        f"{READY}{READ}\nwhile True: pass",
    ],
)
def test_a_process_that_hangs_is_ended_after_its_time(script: str) -> None:
    began = time.monotonic()
    assert playing(script, 0.2).show(BODY, 64) is None
    assert time.monotonic() - began < 30


def test_a_process_that_says_too_much_is_ended() -> None:
    script = f"{READY}{READ}\nwhile True: os.write(1, bytes(65536))"
    assert playing(script).show(BODY, 64) is None
    talkative = PictureAnswer(done=True, width=2, height=2, body=bytes(ANSWER_REST_BYTES))
    assert not answering(msgspec.msgpack.encode(talkative)).inspect(BODY).done
    quieter = PictureAnswer(done=True, width=2, height=2, body=bytes(ANSWER_REST_BYTES - 100))
    assert answering(msgspec.msgpack.encode(quieter)).inspect(BODY).done


@pytest.mark.parametrize(
    "answer",
    [
        PictureAnswer(done=True, width=65, height=1, body=bytes(260)),
        PictureAnswer(done=True, width=2, height=2, body=bytes(15)),
        PictureAnswer(done=True, width=0, height=2, body=b""),
        PictureAnswer(done=True, width=2, height=2, body=b""),
        PictureAnswer(done=False, width=2, height=2, body=bytes(16)),
    ],
)
def test_pixels_that_do_not_fill_the_picture_are_not_shown(answer: PictureAnswer) -> None:
    assert answering(msgspec.msgpack.encode(answer)).show(BODY, 64) is None


def test_pixels_that_fill_it_are() -> None:
    whole = PictureAnswer(done=True, width=2, height=2, body=bytes(range(16)))
    assert answering(msgspec.msgpack.encode(whole)).show(BODY, 64) == RawPicture(2, 2, bytes(range(16)))


@pytest.mark.parametrize(
    "answer",
    [
        PictureAnswer(done=True, width=2, height=2, preview=PREVIEW, kind=PictureFormat.JPEG, body=b"GIF89a"),
        PictureAnswer(done=True, width=2, height=2, preview=PREVIEW, kind=PictureFormat.OTHER, body=b"II*\0"),
        PictureAnswer(done=True, width=2_561, height=2, preview=PREVIEW, kind=PictureFormat.JPEG, body=BODY),
        PictureAnswer(done=True, width=2, height=2, preview=None, kind=PictureFormat.JPEG, body=BODY),
        PictureAnswer(
            done=True, width=2, height=2, preview=RawPicture(33, 1, bytes(99)), kind=PictureFormat.JPEG, body=BODY
        ),
        PictureAnswer(
            done=True, width=2, height=2, preview=RawPicture(2, 1, bytes(5)), kind=PictureFormat.JPEG, body=BODY
        ),
    ],
)
def test_what_is_no_picture_is_not_sent(answer: PictureAnswer) -> None:
    assert answering(msgspec.msgpack.encode(answer)).clean(BODY) is None


@pytest.mark.parametrize(
    ("script", "confined"),
    [
        (READY, Confinement.FILTERED),
        ("import os; os.write(1, b'\\x02')", Confinement.LIMITED),
        ("import os; os.write(1, b'\\x03')", Confinement.NONE),
        ("raise SystemExit(1)", Confinement.NONE),
    ],
)
def test_how_a_process_is_confined_it_says_when_it_is_ready(script: str, confined: Confinement) -> None:
    assert playing(script).confinement() is confined


def test_within_limits_alone_a_picture_is_decoded_all_the_same() -> None:
    whole = msgspec.msgpack.encode(PictureAnswer(done=True, width=2, height=2, body=bytes(16)))
    script = f"import os\nos.write(1, b'\\x02')\n{READ}os.write(1, {whole!r})\n"
    assert playing(script).show(BODY, 64) is not None


@pytest.mark.skipif(not FILTERED, reason="system calls are filtered on Linux, on processors whose calls are known")
def test_on_this_machine_system_calls_are_filtered() -> None:
    assert PictureDecoder().confinement() is Confinement.FILTERED


def test_a_picture_that_is_too_large_is_given_to_nobody(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    decoder = playing(f"open({str(seen)!r}, 'w')")
    assert decoder.show(BODY.ljust(PICTURE_BYTES + 1), 64) is None
    assert not seen.exists()
    assert decoder.show(BODY, 64) is None
    assert seen.exists()


def test_so_many_are_decoded_at_once_and_no_more() -> None:
    class Counting(PictureDecoder):
        now = most = 0

        def _exchange(self, *given: object) -> bytes:
            del given
            with lock:
                self.now += 1
                self.most = max(self.most, self.now)
                all_in.set() if self.now == AT_ONCE else None
            all_in.wait(10)
            with lock:
                self.now -= 1
            return b""

    lock, all_in = threading.Lock(), threading.Event()
    decoder = Counting()
    threads = [threading.Thread(target=decoder.show, args=(BODY, 64)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert decoder.most == AT_ONCE


def test_the_end_of_the_client_ends_what_is_being_decoded() -> None:
    decoder = playing(f"{READY}{READ}time.sleep(60)", 60.0)
    shown: list[RawPicture | None] = []
    thread = threading.Thread(target=lambda: shown.append(decoder.show(BODY, 64)))
    thread.start()
    while not decoder._running:
        time.sleep(0.01)
    decoder.close()
    thread.join(30)
    assert shown == [None]
    assert decoder.show(BODY, 64) is None


# What a process may do once it is confined: it is asked to try, and says what came of it.


def tried(attempt: str, *, threads: bool = False, before: str = "pass") -> str:
    """Have a confined process try something; gives the name of the error, or ``done``."""
    command = list(own_python(_START))
    script = (
        "import sys; sys.path.extend(sys.argv[1:])\n"
        "import ctypes, os, socket, subprocess, signal, threading\n"
        "from babilu.media.confinement import confine, leave_environment\n"
        "parent = os.getppid()\n"
        f"{before}\n"
        "leave_environment()\n"
        f"confine(threads={threads})\n"
        "try:\n"
        f"    {attempt}\n"
        "    said = 'done'\n"
        "except BaseException as error:\n"
        "    said = type(error).__name__\n"
        "os.write(1, said.encode())\n"
        "os._exit(0)\n"
    )
    command[command.index("-c") + 1] = script
    read, write = os.pipe()
    try:
        child = os.posix_spawn(
            command[0],
            command,
            {"SECRET": "x"},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, write, 1),
                (os.POSIX_SPAWN_CLOSE, read),
                (os.POSIX_SPAWN_CLOSE, write),
            ],
        )
    finally:
        os.close(write)
    with os.fdopen(read, "rb") as answer:
        said = answer.read().decode()
    os.waitpid(child, 0)
    return said


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/passwd')",
        "open('/tmp/babilu-must-not-be-there', 'w')",
        "socket.socket()",
        "socket.socketpair()",
        "os.fork()",
        "subprocess.run(['/bin/true'])",
        "os.pipe()",
        "threading.Thread(target=print).start()",
    ],
)
def test_a_confined_process_opens_nothing_and_begins_nothing(attempt: str) -> None:
    assert tried(attempt).endswith("Error")


@pytest.mark.skipif(not FILTERED, reason="system calls are filtered on Linux, on processors whose calls are known")
@pytest.mark.parametrize(
    "attempt",
    [
        "os.kill(parent, 0)",
        "os.execv('/bin/true', ['true'])",
        "os.stat('/etc/passwd')",
        "os.listdir('/')",
        "os.unlink('/tmp/nothing-of-this-name')",
        "os.mkdir('/tmp/babilu-must-not-be-there')",
        "os.chmod('/tmp', 0o777)",
        "os.setuid(0)",
        "import resource; resource.setrlimit(resource.RLIMIT_CPU, (60, 60))",
        "os.dup(1)",
    ],
)
def test_system_calls_that_are_no_part_of_decoding_fail(attempt: str) -> None:
    assert tried(attempt) in {"PermissionError", "OSError", "ValueError"}


@pytest.mark.skipif(not FILTERED, reason="threads are told from processes by the filter")
def test_where_threads_may_be_begun_processes_may_not() -> None:
    begin = "thread = threading.Thread(target=len, args=('',)); thread.start(); thread.join()"
    assert tried(begin, threads=True) == "done"
    for attempt in ("os.fork()", "socket.socket()", "open('/etc/passwd')", "os.execv('/bin/true', ['true'])"):
        assert tried(attempt, threads=True) in {"PermissionError", "OSError"}


def test_memory_and_time_of_a_process_are_bounded() -> None:
    assert tried(f"bytes({MEMORY_BYTES})") == "MemoryError"
    assert tried(f"bytes({MEMORY_BYTES // 4})") == "done"
    # It is killed, and says nothing.
    assert tried("sum(range(10 ** 12))") == ""


def test_narrower_limits_of_whoever_started_the_client_stay() -> None:
    before = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2 ** 28, 2 ** 28))"
    assert tried("bytes(2 ** 26)", before=before) == "done"
    assert tried("bytes(2 ** 28)", before=before) == "MemoryError"


def test_nothing_of_the_environment_is_left() -> None:
    assert tried("assert not os.environ") == "done"
    assert tried("assert os.getcwd() == '/'") in {"done", "PermissionError"}


def test_what_is_decoded_late_needs_no_module_that_is_not_there_yet() -> None:
    """A picture in which everything occurs that Pillow imports late."""
    decoder = PictureDecoder()
    for name in ("jpeg-mpf", "jpeg-cmyk", "png-moving", "webp-moving", "gif-moving", "png-16-bit"):
        assert decoder.clean(PICTURES[name]()) is not None, name


def test_a_picture_of_telephones_is_decoded_where_its_decoder_is() -> None:
    heif = pytest.importorskip("pillow_heif")
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x0f\x01\x02\0\x04\0\0\0abc\0\0\0\0\0"
    body = io.BytesIO()
    heif.from_pillow(photo((200, 120))).save(body, exif=exif)
    decoder = PictureDecoder()
    clean = decoder.clean(body.getvalue())
    assert clean is not None
    assert (clean.kind, clean.width, clean.height) == (PictureFormat.JPEG, 200, 120)
    assert b"Exif" not in clean.body
    assert [detail.value for detail in decoder.inspect(body.getvalue()).details] == ["camera"]
    shown = decoder.show(body.getvalue(), 50)
    assert shown is not None
    assert (shown.width, shown.height) == (50, 30)


def test_the_answer_has_room_for_what_it_says_beside_the_picture() -> None:
    preview = RawPicture(32, 32, bytes(3 * 32 * 32))
    whole = PictureAnswer(done=True, width=65_535, height=65_535, details=tuple(PictureDetail), preview=preview)
    assert len(msgspec.msgpack.encode(whole)) < ANSWER_REST_BYTES


@pytest.mark.parametrize(("width", "height"), [(20_000, 10_001), (70_000, 1), (64_000, 64_000)])
def test_how_large_a_picture_is_its_header_says_before_anything_is_decoded(
    width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As `prepare` sets it in the process.
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    with pytest.raises(UnfitError):
        _opened(PictureFormat.PNG, png_header(width, height))
    assert PictureDecoder().show(png_header(width, height), 8) is None
    with _opened(PictureFormat.PNG, png_header(20_000, 10_000)) as image:
        assert image.width * image.height == PIXELS_MAX


def test_a_large_picture_is_decoded_within_memory_and_time() -> None:
    body = saved(photo((12_000, 9_000)), "JPEG", quality=60)
    shown = PictureDecoder().show(body, 100)
    assert shown is not None
    assert (shown.width, shown.height) == (100, 75)


@pytest.mark.parametrize(("count", "sent"), [(FRAMES_MAX, True), (FRAMES_MAX + 1, False)])
def test_a_moving_picture_has_so_many_frames_and_no_more(count: int, sent: bool) -> None:
    assert (PictureDecoder().clean(many_frames(count)) is not None) is sent


def test_the_frames_of_a_moving_picture_have_so_many_pixels_together(monkeypatch: pytest.MonkeyPatch) -> None:
    body = moving("GIF", 4)
    request = PictureRequest(PictureTask.CLEAN, PictureFormat.GIF, 2_560)
    monkeypatch.setattr("babilu.media.pictures.FRAME_PIXELS_MAX", 4 * 32 * 24)
    assert carry_out(request, body).kind is PictureFormat.GIF
    monkeypatch.setattr("babilu.media.pictures.FRAME_PIXELS_MAX", 4 * 32 * 24 - 1)
    with pytest.raises(UnfitError):
        carry_out(request, body)


def test_a_moving_picture_whose_frames_are_too_large_or_turned_goes_as_a_file() -> None:
    decoder = PictureDecoder()
    large = saved(photo((2_561, 20)), "GIF", save_all=True, append_images=[photo((2_561, 20)).rotate(180)])
    assert decoder.clean(large) is None
    assert decoder.clean(moving("PNG", exif=exif(6))) is None


def test_a_large_colour_profile_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    body = PICTURES["jpeg-icc"]()
    monkeypatch.setattr("babilu.media.colour_profiles.PROFILE_BYTES", len(profile()) - 1)
    answer = carry_out(PictureRequest(PictureTask.CLEAN, PictureFormat.JPEG, 2_560), body)
    assert b"ICC_PROFILE" not in answer.body
    monkeypatch.undo()
    answer = carry_out(PictureRequest(PictureTask.CLEAN, PictureFormat.JPEG, 2_560), body)
    assert b"ICC_PROFILE" in answer.body


def test_what_comes_out_is_looked_into_before_it_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder of a later version that keeps more than it was asked for makes nothing leave."""

    def talkative(image: Image.Image, saved: io.BytesIO, profile: bytes | None) -> None:
        image.save(saved, "JPEG", comment=b"hello", icc_profile=profile)

    monkeypatch.setitem(pictures._SAVES, PictureFormat.JPEG, talkative)
    with pytest.raises(UnfitError):
        carry_out(PictureRequest(PictureTask.CLEAN, PictureFormat.JPEG, 2_560), BODY)


def test_a_process_that_is_never_ready_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("babilu.media.decoder.STARTING_SECONDS", 0.2)
    assert playing("import time; time.sleep(60)", 60.0).show(BODY, 64) is None
