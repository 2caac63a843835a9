"""Another program shows a picture: it is given a copy made of decoded pixels, in a folder that goes with Babilu."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from babilu.api.views import PictureView
from babilu.kernel.errors import BabiluError
from babilu.presentation.strings import MisuseError
from babilu.terminal.png import png_of


def opener_of(environment: Mapping[str, str], platform: str = sys.platform) -> str | None:
    """Find the program that opens a file with whatever the person has chosen for its kind; None without a screen."""
    if platform == "darwin":
        return shutil.which("open", path=environment.get("PATH"))
    if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        return None
    return shutil.which("xdg-open", path=environment.get("PATH"))


class OutsidePictures:
    """Copies of pictures that other programs show.

    Args:
        failed: Told, in any thread, why a picture could not be shown.
    """

    def __init__(self, failed: Callable[[BabiluError], object]) -> None:
        self._failed = failed
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._writing: list[threading.Thread] = []
        self._made = 0

    def show(self, picture: PictureView, environment: Mapping[str, str]) -> None:
        """Have a picture shown. A thread writes the copy, for that takes its time; nobody waits for the program.

        Raises:
            UsageError: There is no such program, or no folder for the copy.
        """
        opener = opener_of(environment)
        if opener is None:
            raise MisuseError("nothing_opens")
        try:
            if self._folder is None:
                # Only its owner may look into it.
                self._folder = tempfile.TemporaryDirectory(prefix="babilu-", ignore_cleanup_errors=True)
        except OSError as error:
            raise _refused(error) from error
        self._made += 1
        path = Path(self._folder.name) / f"picture-{self._made}.png"

        def write() -> None:
            try:
                path.write_bytes(png_of(picture))
                _start([opener, str(path)], environment)
            except OSError as error:
                self._failed(_refused(error))

        self._writing = [thread for thread in self._writing if thread.is_alive()]
        self._writing.append(threading.Thread(target=write, name="picture-outside"))
        self._writing[-1].start()

    def close(self) -> None:
        """Delete the copies."""
        for thread in self._writing:
            thread.join()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def _start(command: list[str], environment: Mapping[str, str]) -> None:
    nowhere = subprocess.DEVNULL
    subprocess.Popen(  # noqa: S603 -- the person's own program, and a name of ours
        command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True, env=dict(environment)
    )


def _refused(error: OSError) -> BabiluError:
    return MisuseError("cannot_open_outside", reason=error.strerror or os.strerror(error.errno or 0))
