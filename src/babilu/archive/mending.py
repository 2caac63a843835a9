"""Parity and mending of bytes, many codewords at once: byte 1 of each, then byte 2 of each, and so on.

The code, and numpy with it, is loaded with the first archive that is made or read: no other client starts with it.
"""

from babilu.archive.codeword import CODEWORD, DATA


def parity_of(content: bytes, codewords: int) -> bytes:
    """Compute what follows the content of so many codewords."""
    import numpy as np

    from babilu.archive import reed_solomon

    data = np.frombuffer(content, dtype=np.uint8).reshape(DATA, codewords)
    return reed_solomon.parity_of(data).tobytes()


def mended(coded: bytes, codewords: int) -> bytes:
    """Return the content of so many codewords, mended where too much is not wrong."""
    import numpy as np

    from babilu.archive import reed_solomon

    words, _ = reed_solomon.mend(np.frombuffer(coded, dtype=np.uint8).reshape(CODEWORD, codewords))
    return words[:DATA].tobytes()
