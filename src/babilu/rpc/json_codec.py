"""JSON codec of the client's protocol: each type has one shape, which is derived from it and written nowhere by hand.

| Python | JSON |
| --- | --- |
| `str`, `bool`, `None` | the same |
| `int` | a whole number of 64 bits; never true or false |
| `bytes` | hexadecimal |
| an enumeration of texts | its value |
| `Passphrase` | a text, prepared as a typed one |
| `tuple[X, ...]` | an array |
| a dataclass | an object; members with a default may be left out, unknown ones are refused |
| one of several dataclasses | the object of that one: no two of them need the same members |
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
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
    """A value does not have the shape that its place requires; the sentence names the place and never the value."""

    def __init__(self, place: str, wanted: str) -> None:
        super().__init__(f"{place or ROOT}: {wanted}.")


@dataclass(frozen=True, slots=True)
class JsonShape:
    """How the values of one type look in JSON.

    Attributes:
        name: What the reference calls it.
        write: Gives the JSON of a value.
        read: Makes the value that JSON stands for; takes the place where that stood, for the sentence about what is
            wrong. Raises `MisshapenError` for JSON of another shape.
        inner: The shape of what it holds, where it holds others.
        choices: What it can be, where that is a closed list.
    """

    name: str
    write: Callable[[Any], Json]
    read: Callable[..., Any]
    inner: "JsonShape | None" = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordCodec(JsonShape):
    """The shape of a dataclass.

    Attributes:
        kind: The dataclass.
        members: The shape of each field, in order.
        needed: Fields that have no default.
    """

    kind: type = object
    members: Mapping[str, JsonShape] = field(default_factory=dict)
    needed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class UnionCodec(JsonShape):
    """The shape of what is one of several dataclasses.

    Attributes:
        variants: Their shapes.
    """

    variants: tuple[RecordCodec, ...] = ()


@cache
def shape_of(kind: Any) -> JsonShape:  # noqa: ANN401 -- a type, or what `typing` makes of types
    """Give the shape of a type.

    Raises:
        TypeError: The client's protocol has no such type.
    """
    while hasattr(kind, "__supertype__"):
        kind = kind.__supertype__
    if kind in _PLAIN:
        return _PLAIN[kind]
    match get_origin(kind), get_args(kind):
        case (origin, (inner, types.NoneType) | (types.NoneType, inner)) if origin in {Union, types.UnionType}:
            return _optional(shape_of(inner))
        case (origin, each) if origin in {Union, types.UnionType} and all(is_dataclass(one) for one in each):
            return _union(tuple(_record(one) for one in each))
        case (origin, (inner, last)) if origin is tuple and last is Ellipsis:
            return _array(shape_of(inner))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _choice(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        return _record(kind)
    raise TypeError(f"{kind!r} has no shape in JSON")


def _plain(
    name: str,
    wanted: str,
    fits: Callable[[Json], bool],
    make: Callable[[Any], Any] = lambda told: told,
    write: Callable[[Any], Json] = lambda value: value,
    choices: tuple[str, ...] = (),
) -> JsonShape:
    def read(told: Json, place: str = "") -> Any:  # noqa: ANN401
        if not fits(told):
            raise MisshapenError(place, f"{wanted} needed")
        return make(told)

    return JsonShape(name, write, read, choices=choices)


def _choice(kind: type[StrEnum]) -> JsonShape:
    known = {each.value: each for each in kind}
    return _plain(
        f"`{kind.__name__}`",
        f"{' or '.join(known)} is",
        lambda told: isinstance(told, str) and told in known,
        known.__getitem__,
        lambda value: value.value,
        tuple(known),
    )


def _optional(inner: JsonShape) -> JsonShape:
    def read(told: Json, place: str = "") -> Any:  # noqa: ANN401
        return None if told is None else inner.read(told, place)

    return JsonShape(f"{inner.name} or null", lambda value: None if value is None else inner.write(value), read, inner)


def _array(inner: JsonShape) -> JsonShape:
    def read(told: Json, place: str = "") -> tuple[Any, ...]:
        if not isinstance(told, list):
            raise MisshapenError(place, "an array is needed")
        return tuple(inner.read(each, f"{place}[{index}]") for index, each in enumerate(told))

    return JsonShape(f"array of {inner.name}", lambda value: [inner.write(each) for each in value], read, inner)


def _record(kind: type) -> RecordCodec:
    hints = get_type_hints(kind)
    # Those by position first: what every command or event has besides comes last.
    in_order = sorted(fields(kind), key=lambda each: each.kw_only is True)
    members = {each.name: shape_of(hints[each.name]) for each in in_order}
    needed = frozenset(
        each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING
    )

    def write(value: Any) -> Json:  # noqa: ANN401
        return {name: shape.write(getattr(value, name)) for name, shape in members.items()}

    def read(told: Json, place: str = "") -> Any:  # noqa: ANN401
        if not isinstance(told, dict):
            raise MisshapenError(place, "an object is needed")
        if told.keys() - members.keys():
            raise MisshapenError(place, f"there is no member but {_list(members)}")
        missing = needed - told.keys()
        if missing:
            raise MisshapenError(place, f"{_list(sorted(missing))} is missing")
        prefix = f"{place}." if place else ""
        return kind(**{name: members[name].read(each, prefix + name) for name, each in told.items()})

    return RecordCodec(f"`{kind.__name__}`", write, read, kind=kind, members=members, needed=needed)


def _union(variants: tuple[RecordCodec, ...]) -> UnionCodec:
    """Write each as what it is, and read by the members that only one of them needs."""
    by_kind = {variant.kind: variant for variant in variants}

    def read(told: Json, place: str = "") -> Any:  # noqa: ANN401
        if not isinstance(told, dict):
            raise MisshapenError(place, "an object is needed")
        fits = (each for each in variants if each.needed <= told.keys() <= each.members.keys())
        found = next(fits, None)
        if found is None:
            raise MisshapenError(place, f"{name} is needed")
        return found.read(told, place)

    name = " or ".join(variant.name for variant in variants)
    return UnionCodec(name, lambda value: by_kind[type(value)].write(value), read, variants=variants)


def _list(names: Any) -> str:  # noqa: ANN401
    return ", ".join(names) or "none"


_HEXADECIMAL: Final = frozenset("0123456789abcdef")


def _is_hexadecimal(told: Json) -> bool:
    """Tell whether it is bytes in the one way to write them: `fromhex` passes over spaces."""
    return isinstance(told, str) and not len(told) % 2 and set(told) <= _HEXADECIMAL


def _is_whole(told: Json) -> bool:
    return type(told) is int and -INTEGER_MAX <= told <= INTEGER_MAX


def _is_text(told: Json) -> bool:
    return isinstance(told, str)


_NULL: Final = _plain("null", "null is", lambda told: told is None)
_PLAIN: Final[Mapping[Any, JsonShape]] = {
    types.NoneType: _NULL,
    None: _NULL,
    bool: _plain("true or false", "true or false is", lambda told: isinstance(told, bool)),
    int: _plain("number", "a whole number is", _is_whole),
    str: _plain("text", "a text is", _is_text),
    bytes: _plain(
        "hexadecimal", "bytes in lower-case hexadecimal are", _is_hexadecimal, bytes.fromhex, lambda value: value.hex()
    ),
    Passphrase: _plain("password", "a text is", _is_text, Passphrase, lambda value: value.reveal().decode("utf-8")),
}
