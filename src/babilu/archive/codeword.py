"""Shape of the codewords with which an archive mends itself: see `babilu.archive.reed_solomon`."""

from typing import Final

CODEWORD: Final = 255
PARITY: Final = 32
DATA: Final = CODEWORD - PARITY
MENDED: Final = PARITY // 2
"""Wrong bytes of one codeword that are mended."""
