"""Link to a running relay over the Unix socket in its folder: one request and one answer on each connection."""

import os
import socket
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.local_socket import reachable
from babilu.presentation.strings import NobodyAnswersError
from babilu.relay.base.admin_requests import SOCKET_NAME, AdminAnswer, AdminErrorAnswer, AdminRequest

T = TypeVar("T")

CONNECT_S: Final = 5.0
ANSWER_S: Final = 3600.0
"""Longest wait for an answer: a backup of a large relay takes its time."""

PIECE_BYTES: Final = 64 * 1024


def ask(home: Path, request: AdminRequest, kind: type[T]) -> T:
    """Ask the relay of a folder.

    Args:
        home: The folder.
        request: What is asked for.
        kind: The type of its answer.

    Raises:
        LinkError: ``unavailable`` where no relay answers.
        BabiluError: What the relay refused it with.
    """
    try:
        with reachable(home / SOCKET_NAME) as address, socket.socket(socket.AF_UNIX) as link:
            link.settimeout(CONNECT_S)
            link.connect(address)
            link.settimeout(ANSWER_S)
            link.sendall(msgspec.json.encode(request) + b"\n")
            answer = b"".join(iter(lambda: link.recv(PIECE_BYTES), b""))
    except (FileNotFoundError, ConnectionRefusedError):
        raise NobodyAnswersError("no_relay", home=home) from None
    except PermissionError:
        raise NobodyAnswersError("relay_of_another", home=home) from None
    except OSError as error:
        raise NobodyAnswersError("relay_silent", home=home) from error
    return _read(answer, home, kind)


def _read(answer: bytes, home: Path, kind: type[T]) -> T:
    try:
        if answer.startswith(b'{"error"'):
            refusal = msgspec.json.decode(answer, type=AdminErrorAnswer).error
            raise BabiluError(ErrorCode(refusal.code), refusal.text)
        return msgspec.json.decode(msgspec.json.decode(answer, type=AdminAnswer).ok, type=kind)
    except (msgspec.DecodeError, ValueError) as error:
        raise NobodyAnswersError("relay_unreadable", home=home, user=os.geteuid()) from error
