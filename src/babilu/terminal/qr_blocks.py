"""A code for another screen's camera, two rows of it in a line; whoever shows it makes it dark on light."""

QUIET = 2
"""Light modules around the code; scanners ask for four and manage with two."""

_HALVES = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}


def qr_blocks(payload: bytes | str, width: int | None = None) -> list[str]:
    """Draw a code, its light modules as blocks; nothing where the width does not hold it."""
    import segno  # noqa: PLC0415 -- with the first code: it brings all that writes pictures, and most sessions show none

    code = segno.make(payload, error="l", micro=False)
    rows = [[bool(module) for module in row] for row in code.matrix_iter(border=QUIET)]
    if width is not None and len(rows[0]) > width:
        return []
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(_HALVES[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs]
