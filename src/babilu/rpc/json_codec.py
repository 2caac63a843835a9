"""What the client's protocol is made of has one shape in JSON each, derived from its type: nothing is written by hand.

| Python | JSON |
| --- | --- |
| `str`, `bool`, `None` | the same |
| `int` | a whole number of 64 bits; never true or false |
| `bytes` | hexadecimal |
| an enumeration of texts | its value |
| `Passphrase` | a text, prepared as a typed one |
| `tuple[X, ...]` | an array |
| a dataclass | an object; members with a default may be left out, unknown ones are refused |
"""

import dataclasses
import types
from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from babilu.crypto.secret import Passphrase
from babilu.kernel.errors import UsageError
from babilu.kernel.limits import INTEGER_MAX

Json = Any
"""What JSON can hold: None, bool, int, str, lists and dictionaries of these."""

ROOT: Final = "params"


class MisshapenError(UsageError):
    """What came does not have the shape that its place asks for; the sentence names the place and never the value."""

    def __init__(self, place: str, wanted: str) -> None:
        super().__init__(f"{place or ROOT}: {wanted}.")


class JsonShape(ABC):
    """How the values of one type look in JSON.

    Attributes:
        inner: The shape of what it holds, where it holds others.
        choices: What it can be, where that is a closed list.
    """

    inner: "JsonShape | None" = None
    choices: tuple[str, ...] = ()

    @abstractmethod
    def write(self, value: Any) -> Json:  # noqa: ANN401 -- of the type that the shape was made for
        """Give the JSON of a value."""

    @abstractmethod
    def read(self, told: Json, place: str = "") -> Any:  # noqa: ANN401
        """Make the value that JSON stands for.

        Args:
            told: What was read of JSON.
            place: Where it stood, for the sentence about what is wrong.

        Raises:
            MisshapenError: It has another shape.
        """

    @property
    @abstractmethod
    def name(self) -> str:
        """What the reference calls it."""


@cache
def shape_of(kind: Any) -> JsonShape:  # noqa: ANN401 -- a type, or what `typing` makes of types
    """Give the shape of a type.

    Raises:
        TypeError: The type is none that the client's protocol is made of.
    """
    while hasattr(kind, "__supertype__"):
        kind = kind.__supertype__
    if kind in _PLAIN:
        return _PLAIN[kind]
    if get_origin(kind) in {Union, types.UnionType}:
        return _optional(kind)
    if get_origin(kind) is tuple and len(get_args(kind)) == 2 and get_args(kind)[1] is Ellipsis:
        return _Array(shape_of(get_args(kind)[0]))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _Choice(kind)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return RecordCodec(kind)
    raise TypeError(f"{kind!r} has no shape in JSON")


def _optional(kind: Any) -> JsonShape:  # noqa: ANN401
    others = [each for each in get_args(kind) if each is not types.NoneType]
    if len(others) != 1 or len(get_args(kind)) != 2:
        raise TypeError(f"{kind!r} has no shape in JSON")
    return _Optional(shape_of(others[0]))


class _Nothing(JsonShape):
    def write(self, value: None) -> Json:
        return value

    def read(self, told: Json, place: str = "") -> None:
        if told is not None:
            raise MisshapenError(place, "null is needed")

    @property
    def name(self) -> str:
        return "null"


class _Truth(JsonShape):
    def write(self, value: bool) -> Json:
        return value

    def read(self, told: Json, place: str = "") -> bool:
        if not isinstance(told, bool):
            raise MisshapenError(place, "true or false is needed")
        return told

    @property
    def name(self) -> str:
        return "true or false"


class _Whole(JsonShape):
    def write(self, value: int) -> Json:
        return value

    def read(self, told: Json, place: str = "") -> int:
        if type(told) is not int or not -INTEGER_MAX <= told <= INTEGER_MAX:
            raise MisshapenError(place, "a whole number is needed")
        return told

    @property
    def name(self) -> str:
        return "number"


class _Text(JsonShape):
    def write(self, value: str) -> Json:
        return value

    def read(self, told: Json, place: str = "") -> str:
        if not isinstance(told, str):
            raise MisshapenError(place, "a text is needed")
        return told

    @property
    def name(self) -> str:
        return "text"


class _Bytes(JsonShape):
    def write(self, value: bytes) -> Json:
        return value.hex()

    def read(self, told: Json, place: str = "") -> bytes:
        # `fromhex` passes over spaces: there is one way to write bytes.
        if not isinstance(told, str) or len(told) % 2 or not set(told) <= _HEXADECIMAL:
            raise MisshapenError(place, "bytes in lower-case hexadecimal are needed")
        return bytes.fromhex(told)

    @property
    def name(self) -> str:
        return "hexadecimal"


class _Secret(JsonShape):
    def write(self, value: Passphrase) -> Json:
        return value.reveal().decode("utf-8")

    def read(self, told: Json, place: str = "") -> Passphrase:
        if not isinstance(told, str):
            raise MisshapenError(place, "a text is needed")
        return Passphrase(told)

    @property
    def name(self) -> str:
        return "password"


class _Optional(JsonShape):
    def __init__(self, inner: JsonShape) -> None:
        self.inner: JsonShape = inner

    def write(self, value: Any) -> Json:  # noqa: ANN401
        return None if value is None else self.inner.write(value)

    def read(self, told: Json, place: str = "") -> Any:  # noqa: ANN401
        return None if told is None else self.inner.read(told, place)

    @property
    def name(self) -> str:
        return f"{self.inner.name} or null"


class _Array(JsonShape):
    def __init__(self, inner: JsonShape) -> None:
        self.inner: JsonShape = inner

    def write(self, value: tuple[Any, ...]) -> Json:
        return [self.inner.write(each) for each in value]

    def read(self, told: Json, place: str = "") -> tuple[Any, ...]:
        if not isinstance(told, list):
            raise MisshapenError(place, "an array is needed")
        return tuple(self.inner.read(each, f"{place}[{index}]") for index, each in enumerate(told))

    @property
    def name(self) -> str:
        return f"array of {self.inner.name}"


class _Choice(JsonShape):
    def __init__(self, kind: type[StrEnum]) -> None:
        self._kind = kind
        self.choices = tuple(each.value for each in kind)

    def write(self, value: StrEnum) -> Json:
        return value.value

    def read(self, told: Json, place: str = "") -> StrEnum:
        if isinstance(told, str):
            for each in self._kind:
                if each.value == told:
                    return each
        raise MisshapenError(place, f"{' or '.join(self.choices)} is needed")

    @property
    def name(self) -> str:
        return f"`{self._kind.__name__}`"


class RecordCodec(JsonShape):
    """The shape of a dataclass.

    Args:
        kind: The dataclass.

    Attributes:
        members: The shape of each field, in order.
        needed: Fields that have no default.
    """

    def __init__(self, kind: type) -> None:
        hints = get_type_hints(kind)
        fields = dataclasses.fields(kind)
        self.kind: Final = kind
        self.members: Final[Mapping[str, JsonShape]] = {field.name: shape_of(hints[field.name]) for field in fields}
        self.needed: Final = frozenset(
            field.name
            for field in fields
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        )

    def write(self, value: Any) -> Json:  # noqa: ANN401
        return {name: shape.write(getattr(value, name)) for name, shape in self.members.items()}

    def read(self, told: Json, place: str = "") -> Any:  # noqa: ANN401
        """Make the value that a JSON object stands for; see `JsonShape.read`."""
        if not isinstance(told, dict):
            raise MisshapenError(place, "an object is needed")
        unknown = told.keys() - self.members.keys()
        if unknown:
            raise MisshapenError(place, f"there is no member but {_list(self.members)}")
        missing = self.needed - told.keys()
        if missing:
            raise MisshapenError(place, f"{_list(sorted(missing))} is missing")
        prefix = f"{place}." if place else ""
        return self.kind(**{name: self.members[name].read(each, prefix + name) for name, each in told.items()})

    @property
    def name(self) -> str:
        return f"`{self.kind.__name__}`"


def _list(names: Any) -> str:  # noqa: ANN401
    return ", ".join(names) or "none"


_HEXADECIMAL: Final = frozenset("0123456789abcdef")
_PLAIN: Final[Mapping[Any, JsonShape]] = {
    types.NoneType: _Nothing(),
    None: _Nothing(),
    bool: _Truth(),
    int: _Whole(),
    str: _Text(),
    bytes: _Bytes(),
    Passphrase: _Secret(),
}
