"""QuickXorHash, the checksum that OneDrive lists for nearly every file, shaped like `hashlib`.

Every byte is XORed into a ring of 160 bits, 11 bits further on for each byte, so the pattern repeats every 160 bytes.
Whole blocks are therefore XORed together first as big integers (fast in plain Python); only the last 160 bytes that
remain are placed bit by bit, when the digest is asked for. Because a byte's place depends on its offset alone, parts
of a file can be hashed apart (`new(start=offset)`) and put together with `join`.
"""

from __future__ import annotations

from collections.abc import Iterable

name = "quickxor"
digest_size = 20
block_size = 64

_RING_BITS = 160
_SHIFT_BITS = 11
_PERIOD_BYTES = 160  # 11 and 160 have no common factor: the same place comes back after 160 bytes
_BLOCK_BYTES = 410 * _PERIOD_BYTES  # 65,600: fits the processor's second cache, a whole number of periods
_SMALL_BYTES = 2 * _PERIOD_BYTES

Buffer = bytes | bytearray | memoryview


class QuickXorHash:
    """The running hash of a file, or of the part of it that begins at byte `start`."""

    name = name
    digest_size = digest_size
    block_size = block_size

    def __init__(self, start: int = 0) -> None:
        self.start = start
        self.length = 0
        self._wide = 0  # XOR of long stretches, each aligned to a multiple of 160 bytes of the file
        self._narrow = 0  # the same for short ones, so that many small updates stay cheap

    def update(self, data: Buffer, /) -> None:
        """Take in the next bytes of the file; chunks may have any length."""
        view = memoryview(data).cast("B")
        size = len(view)
        offset = (self.start + self.length) % _PERIOD_BYTES
        self.length += size
        done = min(size, _PERIOD_BYTES - offset) if offset else 0
        if done:
            self._narrow ^= int.from_bytes(view[:done], "little") << (8 * offset)
        wide = self._wide
        while size - done > _SMALL_BYTES:
            wide ^= int.from_bytes(view[done : done + _BLOCK_BYTES], "little")
            done = min(done + _BLOCK_BYTES, size)
        self._wide = wide
        if done < size:
            self._narrow ^= int.from_bytes(view[done:], "little")

    def digest(self) -> bytes:
        """The 20 bytes of the hash; raises ValueError for a part that does not begin at byte 0."""
        if self.start:
            raise ValueError(f"this part begins at byte {self.start}: join it with the parts before it")
        ring = _place(_fold(self._wide ^ self._narrow))
        length_in_last_8_bytes = (self.length % (1 << 64)) << (_RING_BITS - 64)
        return (ring ^ length_in_last_8_bytes).to_bytes(digest_size, "little")

    def hexdigest(self) -> str:
        """The hash as 40 hexadecimal digits (OneDrive itself lists base64 of `digest()`)."""
        return self.digest().hex()

    def copy(self) -> QuickXorHash:
        """An independent hash in the same state."""
        twin = QuickXorHash(self.start)
        twin.length, twin._wide, twin._narrow = self.length, self._wide, self._narrow
        return twin


def new(data: Buffer = b"", *, start: int = 0) -> QuickXorHash:
    """A new hash of `data`, whose first byte stands at byte `start` of the file."""
    fresh = QuickXorHash(start)
    fresh.update(data)
    return fresh


def join(parts: Iterable[QuickXorHash]) -> QuickXorHash:
    """The hash of the parts put together, given in any order; raises ValueError on a gap or an overlap."""
    ordered = sorted(parts, key=lambda part: (part.start, part.length))
    whole = QuickXorHash(ordered[0].start if ordered else 0)
    for part in ordered:
        if part.start != whole.start + whole.length:
            raise ValueError(f"a part begins at byte {part.start}, but byte {whole.start + whole.length} comes next")
        whole.length += part.length
        whole._wide ^= part._wide
        whole._narrow ^= part._narrow
    return whole


def _fold(stretch: int) -> int:
    """XOR all 160-byte columns of an aligned stretch into one, by halves."""
    columns = -(-stretch.bit_length() // (8 * _PERIOD_BYTES))
    while columns > 1:
        columns = (columns + 1) // 2
        bits = columns * 8 * _PERIOD_BYTES
        stretch = (stretch >> bits) ^ (stretch & ((1 << bits) - 1))
    return stretch


def _place(columns: int) -> int:
    """Put each of 160 bytes at its place on the ring of 160 bits."""
    line = 0
    for index, byte in enumerate(columns.to_bytes(_PERIOD_BYTES, "little")):
        line ^= byte << (index * _SHIFT_BITS)
    ring = 0
    while line:
        ring ^= line & ((1 << _RING_BITS) - 1)
        line >>= _RING_BITS
    return ring
