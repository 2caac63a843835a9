"""JSON-RPC methods and notifications: the commands and events of the client's protocol, found by their types.

A few more methods belong to the connection itself: who may speak, which events are told, the end of the host.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast, get_args

from babilu.api import commands, events
from babilu.api.commands import Command
from babilu.crypto.secret import Passphrase
from babilu.rpc.json_codec import JsonShape, RecordCodec, UnionCodec, shape_of


@dataclass(frozen=True, slots=True)
class Attachment:
    """Who hosts the profile.

    Attributes:
        name: The own name.
        process: Number of the host's process.
        daemon: Whether it is a daemon, which `Stop` ends.
        version: Version of the host's Babilu.
        api: Digest of the shapes of its methods and events (16 hexadecimal digits), the same where both sides fit.
        reads: Whether the host takes each message that arrives for itself, as the line mode does.
    """

    name: str
    process: int
    daemon: bool
    version: str
    api: str
    reads: bool = False


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription: its number, and the cursor of the last event before it."""

    subscription: int
    cursor: int


@dataclass(frozen=True, slots=True)
class Attach(Command[Attachment]):
    """Prove that one may use the profile; nothing else is answered before.

    Raises:
        AccountError: ``wrong_credentials``; the third one ends the connection.
    """

    passphrase: Passphrase


@dataclass(frozen=True, slots=True)
class Subscribe(Command[Subscribed]):
    """Subscribe to events from now on, or to those after a cursor that are still remembered (0 for all of them).

    Raises:
        UsageError: The events after ``since`` are no longer remembered: read the state anew.
    """

    since: int | None = None


@dataclass(frozen=True, slots=True)
class Unsubscribe(Command[None]):
    """End a subscription."""

    subscription: int


@dataclass(frozen=True, slots=True)
class Stop(Command[None]):
    """End the daemon that hosts the profile.

    Raises:
        ProtocolError: ``not_allowed`` where the host is no daemon.
    """


@dataclass(frozen=True, slots=True)
class Ended:
    """The last notification of a connection: why the other side ends it.

    Attributes:
        code: Stable code: ``host_ended``, or ``busy`` where events were not read fast enough.
        text: A sentence for people.
    """

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Method:
    """One method.

    Attributes:
        name: As it is written.
        command: The type of the command.
        params: Shape of the command.
        answer: Shape of its answer.
    """

    name: str
    command: type[Command[Any]]
    params: RecordCodec
    answer: JsonShape


def name_of(kind: type) -> str:
    """Write the name of a command or an event as JSON-RPC does: ``take_unshown``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


@cache
def methods() -> Mapping[str, Method]:
    """Give every method by its name: those of the connection first."""
    return {method.name: method for method in map(_method, (*_of_connection(), *_of_client()))}


@cache
def notifications() -> Mapping[str, RecordCodec]:
    """Give the shape of every event by its name."""
    return {name_of(kind): cast("RecordCodec", shape_of(kind)) for kind in get_args(events.Event)}


@cache
def api_digest() -> str:
    """Return a digest of the shapes of all methods and events, in 16 hexadecimal digits."""
    seen: dict[str, Any] = {}
    for method in methods().values():
        seen[f"method {method.name}"] = [_describe(method.params), _describe(method.answer)]
    for name, shape in notifications().items():
        seen[f"event {name}"] = _describe(shape)
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:16]


def _describe(shape: JsonShape) -> Any:  # noqa: ANN401 -- JSON
    if isinstance(shape, RecordCodec):
        return {name: [_describe(each), name in shape.needed] for name, each in shape.members.items()}
    if isinstance(shape, UnionCodec):
        return [_describe(variant) for variant in shape.variants]
    return [shape.name, shape.choices, None if shape.inner is None else _describe(shape.inner)]


def _of_connection() -> Iterator[type[Command[Any]]]:
    yield from (Attach, Subscribe, Unsubscribe, Stop)


def _of_client() -> Iterator[type[Command[Any]]]:
    named = [each for each in vars(commands).values() if isinstance(each, type) and issubclass(each, Command)]
    yield from (each for each in named if each is not Command)


def _method(command: type[Command[Any]]) -> Method:
    (base,) = command.__orig_bases__  # type: ignore[attr-defined]  # each is a subclass of Command[its answer]
    (answer,) = get_args(base)
    kind: object = command
    return Method(name_of(command), command, cast("RecordCodec", shape_of(kind)), shape_of(answer))
