"""Rehearsal of an archive: another process restores it into a throw-away profile and archives that once more.

A backup that was never read is a hope. Only where counts and hash of what came back are those of what was written does
an archive count as good. The other process is given the file and what opens it, and nothing of this one's memory.
"""

import contextlib
import json
import logging
import os
import shutil
import subprocess  # a process of our own program, with an argument list
import tempfile
from typing import Any, Final

from babilu.archive.header import Opener
from babilu.crypto.secret import Secret
from babilu.engine.archives.making import MadeArchive
from babilu.identity.codec import encode_shape
from babilu.kernel.errors import ArchiveError, ErrorCode
from babilu.kernel.ports import Randomness
from babilu.media.own_python import own_python
from babilu.store.profile_files import ProfilePaths

log = logging.getLogger(__name__)

REHEARSAL_S: Final = 3600.0
"""Longest time that a rehearsal may take."""

_START: Final = (
    "import sys; sys.path.extend(sys.argv[1:]); from babilu.engine.archives.rehearsal_child import main; main()"
)


class Rehearsal:
    """Rehearses archives, one at a time.

    Args:
        paths: The profile; beside it the throw-away one lies for a while.
        randomness: For its keys.
    """

    def __init__(self, paths: ProfilePaths, randomness: Randomness) -> None:
        self._home = paths.home
        self._prefix = f".{paths.database.stem}.rehearsal-"
        self._randomness = randomness
        self._running: subprocess.Popen[str] | None = None

    def rehearse(self, made: MadeArchive, opener: Opener) -> None:
        """Have an archive restored by another process, and compare what comes back.

        Raises:
            ArchiveError: ``archive_damaged``: it cannot be read, or something else comes back.
        """
        for left in self._home.iterdir():
            # Of a run that was killed: nobody but whoever holds this profile makes any.
            if left.name.startswith(self._prefix):
                shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=self._prefix, dir=self._home) as folder:
            found = self._ask({
                "archive": str(made.path.absolute()),
                "code": opener.reveal().hex() if isinstance(opener, Secret) else None,
                "passphrase": None if isinstance(opener, Secret) else opener.reveal().decode(),
                "folder": folder,
                "seed": self._randomness.token(32).hex(),
                "now": made.made_at,
            })  # fmt: skip
        if found != {"counts": encode_shape(made.counts).hex(), "sha256": made.sha256.hex()}:
            log.warning("a rehearsed archive did not come back as it was: %s", found.get("error", "other contents"))
            raise ArchiveError(ErrorCode.ARCHIVE_DAMAGED, "The backup was made, and it does not come back as it was.")

    def stop(self) -> None:
        """End the process that rehearses."""
        running = self._running
        if running is not None:
            with contextlib.suppress(OSError):
                running.kill()

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        environment = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
        with subprocess.Popen(  # noqa: S603  # our own program
            own_python(_START),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            text=True,
        ) as process:
            self._running = process
            try:
                answer, _ = process.communicate(json.dumps(question), REHEARSAL_S)
            except subprocess.TimeoutExpired:
                process.kill()
                return {"error": "no answer"}
            finally:
                self._running = None
        try:
            found = json.loads(answer)
        except ValueError:
            return {"error": "no answer"}
        return found if isinstance(found, dict) else {"error": "no answer"}
