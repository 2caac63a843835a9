"""Memory of a bot: it lies in the profile, encrypted as all of it is, and outlives the process."""

import json
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any, Final, TypeVar

from babilu.api.commands import Command, ReadValue, StoredKeys, StoreValue

R = TypeVar("R")

PREFIX: Final = "bot/"


class Memory(MutableMapping[str, Any]):
    """A small store of values by key; both survive restarts.

    Keys are texts of at most 250 characters, values whatever JSON can hold, in at most 60,000 bytes. Each change is
    committed before it returns. It may be used from any thread while the bot runs.

    Args:
        ask: Does a command of the client and gives its answer.
    """

    def __init__(self, ask: "Callable[[Command[Any]], Any]") -> None:
        self._ask = ask

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 -- what was stored
        stored = self._ask(ReadValue(PREFIX + key))
        if stored is None:
            raise KeyError(key)
        return json.loads(stored)

    def __setitem__(self, key: str, value: Any) -> None:  # noqa: ANN401 -- what JSON can hold
        self._ask(StoreValue(PREFIX + key, json.dumps(value, ensure_ascii=False, separators=(",", ":"))))

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        self._ask(StoreValue(PREFIX + key, None))

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._ask(ReadValue(PREFIX + key)) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self.beginning_with(""))

    def __len__(self) -> int:
        return len(self.beginning_with(""))

    def beginning_with(self, prefix: str) -> tuple[str, ...]:
        """List the keys that begin with a text, in order."""
        keys: tuple[str, ...] = self._ask(StoredKeys(PREFIX + prefix))
        return tuple(key.removeprefix(PREFIX) for key in keys)
