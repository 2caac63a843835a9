"""A daemon's parent stays until the daemon listens or has failed, and ends with the daemon's own words and exit code.

Sockets are bound before anything else: what can go wrong there is told by the process that a person started.
"""

import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

from babilu.api.views import Address
from babilu.cli.exits import Exit, exit_for
from babilu.cli.relay_program import Announcement, Announcer
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, UsageError

log = logging.getLogger(__name__)

UMASK: Final = 0o077
MESSAGE_BYTES_MAX: Final = 64 * 1024

Work = Callable[[Announcer], Exit]


def refuse_where_impossible() -> None:
    """Refuse to make a daemon where the system has none.

    Raises:
        UsageError: This is Windows.
    """
    if not hasattr(os, "fork"):
        raise UsageError("This system has no daemons: run `start` without --daemon, kept by a service manager.")


def start_daemon(work: Work, says: Announcer, folder: Path, keep: list[int]) -> Exit:
    """Do ``work`` in a daemon, and return in the parent once the daemon listens.

    Args:
        work: What the daemon does; it announces once that it listens, and returns at its end.
        says: Who tells the announcement to people, in the parent.
        folder: The daemon's working folder.
        keep: Descriptors that the daemon needs.

    Raises:
        BabiluError: The daemon failed before it listened: its own error.
    """
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _be_daemon(work, folder, [*keep, writing], writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        message = pipe.readline(MESSAGE_BYTES_MAX)
    # It has detached itself and ended; the daemon is its grandchild and nobody's to wait for.
    os.waitpid(child, 0)
    return _relate(message, says)


def _be_daemon(work: Work, folder: Path, keep: list[int], writing: int) -> NoReturn:
    """Detach and work; whatever happens, this process ends here and never returns into its parent's affairs."""
    import daemon

    teller = _Teller(writing)
    code = Exit.SESSION
    try:
        context = daemon.DaemonContext(
            detach_process=True, working_directory=str(folder), umask=UMASK, files_preserve=keep
        )
        context.open()
        code = work(teller)
    except BabiluError as error:
        log.debug("ended", exc_info=True)
        code = exit_for(error)
        teller.failed(error.code, error.text)
    except SystemExit:
        teller.failed(ErrorCode.SHUTTING_DOWN, "The relay was told to end before it was ready.")
    except BaseException as error:
        log.exception("ended by a defect")
        teller.failed(ErrorCode.INTERNAL, f"Babilu met an error of its own, {type(error).__name__}.")
    finally:
        logging.shutdown()
        os._exit(code)


def _relate(message: bytes, says: Announcer) -> Exit:
    if not message:
        raise LinkError(ErrorCode.UNAVAILABLE, "The relay ended while it started; its log may say why.")
    told = json.loads(message)
    if "code" in told:
        raise BabiluError(ErrorCode(told["code"]), told["text"])
    host, port = told.pop("address")
    says.listening(Announcement(address=Address(host, port), **told))
    return Exit.DONE


class _Teller:
    """Announces through the pipe to the parent, which is gone after that."""

    def __init__(self, pipe: int) -> None:
        self._pipe: int | None = pipe

    def listening(self, about: Announcement) -> None:
        """Say that clients can connect."""
        said = {name: getattr(about, name) for name in Announcement.__dataclass_fields__}
        self._tell({**said, "address": [about.address.host, about.address.port], "process": os.getpid()})

    def stopped(self) -> None:
        """Say nothing: nobody listens at the end of a daemon but its log."""

    def failed(self, code: ErrorCode, text: str) -> None:
        """Say why they cannot: the parent ends with the exit code that belongs to this error."""
        self._tell({"code": code.value, "text": text})

    def _tell(self, message: dict[str, object]) -> None:
        pipe, self._pipe = self._pipe, None
        if pipe is None:
            return
        try:
            os.write(pipe, json.dumps(message).encode() + b"\n")
        except BrokenPipeError:
            log.warning("whoever started this has gone")
        os.close(pipe)
