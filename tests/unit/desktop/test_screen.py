import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from babilu.cli.desktop import check_surroundings
from babilu.desktop import screen
from babilu.kernel.errors import UsageError
from babilu.presentation.strings import Strings

ROOT = Path(__file__).resolve().parents[3]
NO_SCREEN = "There is no screen here"
X11 = {"DISPLAY": ":0"}
WAYLAND = {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}

# Each Linux with a Python that runs wheels has these.
COMMON = re.compile(r"lib(c|m|dl|rt|pthread|resolv|gcc_s|stdc\+\+|z)\.so\.\d+")


def all_but(missing: Collection[str]) -> Callable[[str], None]:
    """Make a loader that loads everything but some libraries."""

    def load(name: str) -> None:
        if name in missing:
            raise OSError(f"{name}: cannot open shared object file")

    return load


def test_without_a_screen_a_sentence_says_so() -> None:
    assert [sentence.startswith(NO_SCREEN) for sentence in screen.obstacles({}, "linux", all_but(()))] == [True]
    for environment in (X11, WAYLAND, {"WAYLAND_DISPLAY": "wayland-0"}, {"QT_QPA_PLATFORM": "offscreen"}):
        assert screen.obstacles(environment, "linux", all_but(())) == []
    assert screen.obstacles({}, "darwin", all_but(screen.ALWAYS)) == []


def test_a_missing_library_is_named_with_the_command_that_installs_it() -> None:
    lacking = all_but(("libxcb-cursor.so.0", "libEGL.so.1"))

    (sentence,) = screen.obstacles(X11, "linux", lacking)

    assert sentence == (
        "The desktop client needs libraries of the system that are missing here: libEGL.so.1, libxcb-cursor.so.0. "
        "On Debian and its like: sudo apt install libegl1 libxcb-cursor0"
    )


@pytest.mark.parametrize(
    ("environment", "needed"),
    [
        (X11, {**screen.ALWAYS, **screen.X11}),
        (WAYLAND, {**screen.ALWAYS, **screen.WAYLAND}),
        ({**WAYLAND, "QT_QPA_PLATFORM": "xcb"}, {**screen.ALWAYS, **screen.X11}),
        ({"QT_QPA_PLATFORM": "offscreen"}, screen.ALWAYS),
    ],
    ids=["X11", "Wayland", "X11 by choice", "no screen by choice"],
)
def test_libraries_are_asked_for_where_the_screen_needs_them(
    environment: dict[str, str], needed: dict[str, str]
) -> None:
    asked: list[str] = []

    screen.obstacles(environment, "linux", asked.append)

    assert set(asked) == set(needed)


def test_a_missing_screen_and_a_missing_library_are_told_together() -> None:
    found = screen.obstacles({}, "linux", all_but(("libxcb-cursor.so.0",)))

    assert len(found) == 2
    assert found[0].startswith(NO_SCREEN)
    assert found[1].endswith("sudo apt install libxcb-cursor0")


def test_a_missing_screen_and_a_missing_qt_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "obstacles", lambda: ["There is no screen here."])
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "PySide6" else find(name))

    with pytest.raises(UsageError, match=r"There is no screen here\. The desktop client needs Qt for Python\."):
        check_surroundings(Strings("en"))
    with pytest.raises(UsageError, match="El cliente de escritorio necesita Qt"):
        check_surroundings(Strings("es"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems bring what Qt needs")
def test_every_library_that_qt_needs_is_known() -> None:
    qt = Path(pytest.importorskip("PySide6").__file__).parent / "Qt"
    used = [
        *(qt / "lib" / f"libQt6{part}.so.6" for part in ("Core", "DBus", "Gui", "Network", "Svg", "Widgets", "XcbQpa")),
        qt / "lib" / "libQt6WaylandClient.so.6",
        *(qt / "plugins" / "platforms" / f"lib{name}.so" for name in ("qxcb", "qwayland")),
        *(qt / "plugins" / "xcbglintegrations").glob("*.so"),
    ]
    needed = set().union(*(dynamic_needs(path) for path in used))
    own = {path.name for path in (qt / "lib").iterdir()}
    known = screen.ALWAYS | screen.X11 | screen.WAYLAND

    unknown = {name for name in needed - own - set(known) if not COMMON.fullmatch(name)}

    assert len(needed & set(known)) > 20
    assert unknown == set()


def dynamic_needs(path: Path) -> set[str]:
    """Read the names of the libraries that an ELF file is linked with."""
    names = re.findall(rb"(?<=\0)lib[\w.+-]+?\.so\.\d+(?=\0)", path.read_bytes())
    return {name.decode() for name in names}


def test_looking_needs_the_standard_library_alone() -> None:
    code = (
        "import sys; sys.path[:0] = [sys.argv[1]]; import babilu.desktop.screen; "
        "print([name for name in sys.modules if 'site-packages' in str(getattr(sys.modules[name], '__file__', ''))])"
    )

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, ROOT / "src"], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"
