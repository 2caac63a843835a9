"""Daemon start: the parent waits until the daemon is ready or has failed, and ends with its words and exit code.

Sockets are bound before anything else: what can go wrong there is told by the process that a person started.
"""

import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from babilu.api.views import Address
from babilu.cli.exit_codes import ExitCode, exit_for
from babilu.cli.relay_program import ReadyAnnouncer, ReadyNotice
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.presentation.strings import MisuseError, NobodyAnswersError

log = logging.getLogger(__name__)

UMASK: Final = 0o077
MESSAGE_BYTES_MAX: Final = 64 * 1024

ADDRESSES: Final = ("address", "public")
"""What of an announcement is an address."""

Work = Callable[[ReadyAnnouncer], ExitCode]

Readiness = Callable[[Mapping[str, object]], None]
"""Tells the parent, once, that the daemon is ready, and what there is to know about it."""


def refuse_where_impossible() -> None:
    """Refuse to make a daemon where the system has none.

    Raises:
        UsageError: This is Windows.
    """
    if not hasattr(os, "fork"):
        raise MisuseError("no_daemons")


def start_daemon(work: Work, says: ReadyAnnouncer, folder: Path, keep: list[int]) -> ExitCode:
    """Do ``work`` in a daemon, and return in the parent once the daemon listens.

    Args:
        work: What the daemon does; it announces once that it listens, and returns at its end.
        says: Who tells the announcement to people, in the parent.
        folder: The daemon's working folder.
        keep: Descriptors that the daemon needs.

    Raises:
        BabiluError: The daemon failed before it listened: its own error.
    """

    def work_and_tell(ready: Readiness) -> ExitCode:
        return work(_Teller(ready))

    def relate(told: dict[str, Any]) -> None:
        told.update({name: Address(*told[name]) for name in ADDRESSES})
        says.listening(ReadyNotice(**told))

    return detach(work_and_tell, relate, folder, keep, "relay")


def detach(
    work: Callable[[Readiness], ExitCode],
    relate: Callable[[dict[str, Any]], None],
    folder: Path,
    keep: list[int],
    what: str,
) -> ExitCode:
    """Do ``work`` in a daemon, and return in the parent once the daemon is ready.

    Args:
        work: What the daemon does; it tells once that it is ready, and returns at its end.
        relate: Is given, in the parent, what the daemon told.
        folder: The daemon's working folder.
        keep: Descriptors that the daemon needs.
        what: What the daemon is, for sentences.

    Raises:
        BabiluError: The daemon failed before it was ready: its own error.
    """
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _be_daemon(work, folder, [*keep, writing], _Pipe(writing, what))
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        message = pipe.readline(MESSAGE_BYTES_MAX)
    # It has detached itself and ended; the daemon is its grandchild and nobody's to wait for.
    os.waitpid(child, 0)
    if not message:
        raise NobodyAnswersError("starting")
    told = json.loads(message)
    if "code" in told:
        raise BabiluError(ErrorCode(told["code"]), told["text"])
    relate(told)
    return ExitCode.DONE


def _be_daemon(work: Callable[[Readiness], ExitCode], folder: Path, keep: list[int], pipe: "_Pipe") -> NoReturn:
    """Detach and work; whatever happens, this process ends here and never returns into its parent's affairs."""
    import daemon

    code = ExitCode.SESSION
    try:
        context = daemon.DaemonContext(
            detach_process=True, working_directory=str(folder), umask=UMASK, files_preserve=keep
        )
        context.open()
        code = work(pipe.ready)
    except BabiluError as error:
        log.debug("ended", exc_info=True)
        code = exit_for(error)
        pipe.failed(error.code, error.text)
    except SystemExit:
        pipe.failed(ErrorCode.SHUTTING_DOWN, f"The {pipe.what} was told to end before it was ready.")
    except BaseException as error:
        log.exception("ended by a defect")
        pipe.failed(ErrorCode.INTERNAL, f"Babilu met an error of its own, {type(error).__name__}.")
    finally:
        logging.shutdown()
        os._exit(code)


class _Teller:
    """Announces a relay to the parent of its daemon."""

    def __init__(self, ready: Readiness) -> None:
        self._ready = ready

    def listening(self, about: ReadyNotice) -> None:
        said = {name: getattr(about, name) for name in ReadyNotice.__dataclass_fields__}
        addresses = {name: [said[name].host, said[name].port] for name in ADDRESSES}
        self._ready({**said, **addresses, "process": os.getpid()})

    def stopped(self) -> None:
        """Say nothing: nobody listens at the end of a daemon but its log."""


class _Pipe:
    """Leads to the parent, which is gone after the first word."""

    def __init__(self, descriptor: int, what: str) -> None:
        self.what = what
        self._descriptor: int | None = descriptor

    def ready(self, about: Mapping[str, object]) -> None:
        self._tell(about)

    def failed(self, code: ErrorCode, text: str) -> None:
        """Say why it is not: the parent ends with the exit code that belongs to this error."""
        self._tell({"code": code.value, "text": text})

    def _tell(self, message: Mapping[str, object]) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        try:
            os.write(descriptor, json.dumps(message).encode() + b"\n")
        except BrokenPipeError:
            log.warning("whoever started this has gone")
        os.close(descriptor)
