"""Sets of minutes as Python integers: bit n is the n-th minute of a window. Pure; the kernel's alphabet."""

from collections.abc import Iterable, Iterator
from typing import Final

_BITS_OF_BYTE: Final = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))


def stretch(first: int, last: int) -> int:
    """Minutes first <= m < last; those before the window are cut off, an empty stretch is no minute."""
    first = max(first, 0)
    return ((1 << (last - first)) - 1) << first if last > first else 0


def union(stretches: Iterable[tuple[int, int]]) -> int:
    mask = 0
    for first, last in stretches:
        mask |= stretch(first, last)
    return mask


def at_least(masks: Iterable[int], most: int) -> list[int]:
    """The minutes that are in one of the masks or more, in two or more, and so on up to `most`."""
    found = [0] * most
    for each in masks:
        for k in range(most - 1, 0, -1):
            found[k] |= found[k - 1] & each
        if most:
            found[0] |= each
    return found


def part(mask: int, first: int, size: int) -> int:
    """The minutes first <= m < first + size of a mask, as a mask of their own."""
    return mask >> first & ((1 << size) - 1)


def runs(mask: int, length: int) -> int:
    """Minutes at which `length` minutes in a row begin. Doubling: log2(length) shifts instead of length."""
    have = 1
    while have * 2 <= length:
        mask &= mask >> have
        have *= 2
    return mask & (mask >> (length - have)) if length > have else mask


def every(step: int, size: int, offset: int = 0) -> int:
    """Every step-th minute of a window, the first at `offset`."""
    if size <= offset:
        return 0
    count = (size - offset + step - 1) // step
    # A one followed by step-1 zeros, count times: the geometric series (2^(step*count) - 1) / (2^step - 1).
    return ((1 << (step * count)) - 1) // ((1 << step) - 1) << offset


def minutes(mask: int) -> Iterator[int]:
    """The minutes of a mask, ascending."""
    for index, byte in enumerate(octets(mask, mask.bit_length())):
        if byte:
            for bit in _BITS_OF_BYTE[byte]:
                yield index * 8 + bit


def stretches(mask: int) -> Iterator[tuple[int, int]]:
    """The runs of minutes in a mask, ascending: first <= m < last."""
    at = 0
    while mask:
        gap = (mask & -mask).bit_length() - 1
        mask >>= gap
        length = (~mask & mask + 1).bit_length() - 1
        yield at + gap, at + gap + length
        mask >>= length
        at += gap + length


def octets(mask: int, size: int) -> bytes:
    """The mask of a window of `size` minutes as bytes: minute m is bit m & 7 of byte m >> 3."""
    return mask.to_bytes((size + 7) // 8, "little")
