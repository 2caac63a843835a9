"""Reed-Solomon code RS(255, 223) over GF(256): 32 bytes of parity mend up to 16 wrong bytes of 255, wherever they are.

The parameters are those of CCSDS 131.0-B with the field polynomial 0x11d and the roots 2^0 to 2^31, as most libraries
have them. Many codewords are worked on at once, one in each column of an array: with numpy a codeword costs a few
microseconds, where plain Python takes a millisecond. Decoding is the reformulated inversionless Berlekamp-Massey
algorithm (Sarwate, Shanbhag: High-Speed Architectures for Reed-Solomon Decoders, 2001), which takes the same steps for
every codeword, then a Chien search and Forney's formula.

This is no cryptography: it finds what the medium has changed, and nothing that somebody has changed on purpose.
"""

from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from babilu.archive.codeword import CODEWORD, DATA, MENDED, PARITY

Octets = NDArray[np.uint8]
"""An array of bytes."""

_POLYNOMIAL: Final = 0x11D
_ORDER: Final = 255


class _Field(NamedTuple):
    """GF(256) in tables: powers of the generator 2, logarithms, products, and inverses (0 has none)."""

    exp: Octets
    log: Octets
    product: Octets
    inverse: Octets


@cache
def _field() -> _Field:
    exp = np.zeros(_ORDER, dtype=np.uint8)
    log = np.zeros(256, dtype=np.uint8)
    value = 1
    for power in range(_ORDER):
        exp[power] = value
        log[value] = power
        value <<= 1
        if value & 0x100:
            value ^= _POLYNOMIAL
    sums = log.astype(np.int64)[:, None] + log.astype(np.int64)[None, :]
    product = exp[sums % _ORDER]
    product[0, :] = 0
    product[:, 0] = 0
    inverse = np.zeros(256, dtype=np.uint8)
    inverse[1:] = exp[(_ORDER - log[1:].astype(np.int64)) % _ORDER]
    return _Field(exp, log, product, inverse)


@cache
def _parity_table() -> NDArray[np.uint64]:
    """Give the parity that each value of each data byte adds: 223 x 256 rows of 32 bytes, as four words each."""
    field = _field()
    generator = np.array([1], dtype=np.uint8)
    for power in range(PARITY):
        shifted = np.append(generator, np.uint8(0))
        shifted[1:] ^= field.product[generator, field.exp[power]]
        generator = shifted
    # Remainders of x^32, x^33, … by the generator: what a one at each place of the data leaves, the last place first.
    remainder = generator[1:].copy()
    rows = np.zeros((DATA, PARITY), dtype=np.uint8)
    for place in range(DATA - 1, -1, -1):
        rows[place] = remainder
        first = remainder[0]
        remainder = np.append(remainder[1:], np.uint8(0)) ^ field.product[generator[1:], first]
    table = field.product[np.arange(256)[None, :, None], rows[:, None, :]]
    return np.ascontiguousarray(table).view(np.uint64)


def parity_of(data: Octets) -> Octets:
    """Compute the parity of codewords.

    Args:
        data: 223 rows; each column holds the data of one codeword.

    Returns:
        32 rows, with the same columns.
    """
    table = _parity_table()
    columns = data.shape[1]
    total = np.zeros((columns, PARITY // 8), dtype=np.uint64)
    added = np.empty_like(total)
    for place in range(DATA):
        # The mode alone keeps numpy from an extra copy; an index of one byte is always within.
        np.take(table[place], data[place], axis=0, out=added, mode="clip")
        total ^= added
    return np.ascontiguousarray(total.view(np.uint8).T)


def mend(received: Octets) -> tuple[Octets, bool]:
    """Mend codewords as far as they can be.

    Args:
        received: 255 rows, the parity in the last 32; each column is one codeword.

    Returns:
        The codewords, and whether all of them are right now. One with more than 16 wrong bytes stays as it is, but
        for a chance of less than one in 16! that it is taken for another one.
    """
    remainder = parity_of(received[:DATA]) ^ received[DATA:]
    wrong = np.flatnonzero(remainder.any(axis=0))
    if not wrong.size:
        return received, True
    mended = received.copy()
    corrections, found = _corrections(remainder[:, wrong])
    mended[:, wrong[found]] ^= corrections[:, found]
    return mended, bool(found.all())


def _corrections(remainder: Octets) -> tuple[Octets, NDArray[np.bool_]]:
    """Find what is to be added to codewords, by what their division by the generator leaves, and for which it is found.

    Both are by columns.
    """
    field = _field()
    locator, evaluator = _key_equation(_syndromes(remainder))
    # The place p of a codeword stands for x^(254 - p), and an error there makes the inverse of that a root.
    places = np.arange(CODEWORD)
    points = field.exp[(places - (CODEWORD - 1)) % _ORDER]
    roots = _evaluate(locator, points) == 0
    degree = MENDED - np.argmax(locator[:, ::-1] != 0, axis=1)
    found = (locator[:, 0] != 0) & (roots.sum(axis=1) == degree) & (degree > 0)
    word, place = np.nonzero(roots & found[:, None])
    at = points[place]
    # Of the derivative only the odd powers stay, in a field of characteristic 2; times x, they are whole again.
    odd = locator.copy()
    odd[:, ::2] = 0
    slope = _evaluate_each(odd[word], at)
    value = _evaluate_each(evaluator[word], at)
    scale = field.exp[(field.log[at].astype(np.int64) * PARITY) % _ORDER]
    error = field.product[field.product[value, scale], field.inverse[slope]]
    corrections = np.zeros((CODEWORD, remainder.shape[1]), dtype=np.uint8)
    corrections[place, word] = error
    # A correction that leaves no codeword is none: there were more errors than can be mended.
    found &= ~(parity_of(corrections[:DATA]) ^ corrections[DATA:] ^ remainder).any(axis=0)
    return corrections, found


def _syndromes(remainder: Octets) -> Octets:
    """Evaluate remainders at the 32 roots: one row for each codeword."""
    field = _field()
    roots = field.exp[:PARITY]
    values = np.zeros((remainder.shape[1], PARITY), dtype=np.uint8)
    for coefficient in remainder:
        values = field.product[values, roots] ^ coefficient[:, None]
    return values


def _key_equation(syndromes: Octets) -> tuple[Octets, Octets]:
    """Solve the key equation by the reformulated inversionless Berlekamp-Massey algorithm.

    Returns:
        Error locator (17 coefficients, the lowest first) and error evaluator (16), one row for each codeword.
    """
    product = _field().product
    count = syndromes.shape[0]
    width = 3 * MENDED + 1
    delta = np.zeros((count, width + 1), dtype=np.uint8)
    delta[:, :PARITY] = syndromes
    delta[:, width - 1] = 1
    theta = delta[:, :width].copy()
    gamma = np.ones(count, dtype=np.uint8)
    balance = np.zeros(count, dtype=np.int64)
    for _ in range(PARITY):
        first = delta[:, 0].copy()
        shifted = delta[:, 1:].copy()
        swap = (first != 0) & (balance >= 0)
        delta[:, :width] = product[gamma[:, None], shifted] ^ product[first[:, None], theta]
        theta[swap] = shifted[swap]
        gamma = np.where(swap, first, gamma)
        balance = np.where(swap, -balance - 1, balance + 1)
    return delta[:, MENDED : 2 * MENDED + 1].copy(), delta[:, :MENDED].copy()


def _evaluate(polynomials: Octets, points: Octets) -> Octets:
    """Evaluate each row of coefficients, the lowest first, at all points."""
    product = _field().product
    values = np.zeros((polynomials.shape[0], points.size), dtype=np.uint8)
    for power in range(polynomials.shape[1] - 1, -1, -1):
        values = product[values, points] ^ polynomials[:, power, None]
    return values


def _evaluate_each(polynomials: Octets, points: Octets) -> Octets:
    """Evaluate each row of coefficients, the lowest first, at a point of its own."""
    product = _field().product
    values = np.zeros(points.size, dtype=np.uint8)
    for power in range(polynomials.shape[1] - 1, -1, -1):
        values = product[values, points] ^ polynomials[:, power]
    return values
