"""Mentions in a text that is being written: ``@name``, as a word of its own."""


def mentions(text: str, name: str) -> bool:
    """Tell whether a text mentions somebody: ``@name`` stands in it, and no further letter makes another name of it."""
    return any(_ends_word(text, start + 1 + len(name)) for start in _places(text, f"@{name}"))


def _places(text: str, word: str) -> "list[int]":
    places, start = [], text.find(word)
    while start >= 0:
        if start == 0 or not text[start - 1].isalnum():
            places.append(start)
        start = text.find(word, start + 1)
    return places


def _ends_word(text: str, end: int) -> bool:
    return end >= len(text) or not (text[end].isalnum() or text[end] in "_~-")
