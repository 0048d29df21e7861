"""QuickXorHash against the published vectors, with odd chunk sizes, in parts, and against a bit-by-bit reference."""

import base64
import hashlib
import random
from itertools import pairwise

import pytest

from onedrive import quickxorhash

VECTORS = [
    ("", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    ("Sg==", "SgAAAAAAAAAAAAAAAQAAAAAAAAA="),
    ("tbQ=", "taAFAAAAAAAAAAAAAgAAAAAAAAA="),
    ("0pZP", "0rDEEwAAAAAAAAAAAwAAAAAAAAA="),
    ("jRRDVA==", "jaDAEKgAAAAAAAAABAAAAAAAAAA="),
    ("eAV52qE=", "eChAHrQRCgAAAAAABQAAAAAAAAA="),
    ("/aNzzCFPS/A=", "/RjFHJgRgicsAR4ACAAAAAAAAAA="),
    ("J9iPGCbfZSTNyw==", "J8DGIzBggm+UgQTNUgYAAAAAAAA="),
    ("2fuxhBJXtpWFe8dOfdGeHw==", "O9tHLAghgSvYohKFyMMxnNCHaHg="),
    ("T6LYJIfDh81JrAK309H2JMJTXis=", "zBTHrspn3mEcohlJdIUAbjGNaNg="),
    ("NbYXsp5/K6mR+NmHwExjvWeWDJFnXTKWVlzYHoesp2E=", "wjuAuWDiq04qDt1R8hHWDDcwVoQ="),
    (
        "Mb7EGva2rEE5fENDL85P+BsapHEEjv2/siVhKjvAQe02feExVOQSkfmuYzU/kTF1MaKjPmKF/w+cbvwfdWL8aQ==",
        "n1anP5NfvD4XDYWIeRPW3ZkPv1Y=",
    ),
    ("77u/", "79jFLwAAAAAAAAAAAwAAAAAAAAA="),
    (base64.b64encode(b"hello world").decode(), "aCgDG9jwBhDc4Q1yawMZAAAAAAA="),
    (base64.b64encode(bytes(160)).decode(), "AAAAAAAAAAAAAAAAoAAAAAAAAAA="),
    (base64.b64encode(b"\xff" * 161).decode(), "/wAAAAAAAAAAAAAAoQAAAAAAAAA="),
]
LONG_VECTORS = [
    (65536, "XhQes7LH2XNgLdVXMMezlbw5oAI="),
    (65537, "XhQes7LH2XNgLdVXMsezlbw5oAI="),
    (1048576, "XhQes7LH2XNgLdVXMMeilbw5oAI="),
    (3000001, "8xGNSJ9sZAPSJjeZQXS4zSesYGU="),
]


def pattern(size: int) -> bytes:
    """The byte string of the long vectors: (i*7+3) mod 256."""
    period = bytes((i * 7 + 3) & 255 for i in range(256))
    return (period * (size // 256 + 1))[:size]


def hash_bit_by_bit(data: bytes) -> bytes:
    """QuickXorHash as the definition has it, one byte after the other, slow and plain."""
    ring = 0
    for index, byte in enumerate(data):
        place = index * 11 % 160
        turned = byte << place
        ring ^= (turned & ((1 << 160) - 1)) ^ (turned >> 160)
    return (ring ^ (len(data) << 96)).to_bytes(20, "little")


def listed(hashed: quickxorhash.QuickXorHash) -> str:
    """The hash in OneDrive's spelling."""
    return base64.b64encode(hashed.digest()).decode()


@pytest.mark.parametrize(("data", "expected"), VECTORS)
def test_short_vectors_of_the_service(data: str, expected: str) -> None:
    assert listed(quickxorhash.new(base64.b64decode(data))) == expected


@pytest.mark.parametrize(("size", "expected"), LONG_VECTORS)
def test_long_vectors_agree(size: int, expected: str) -> None:
    assert listed(quickxorhash.new(pattern(size))) == expected


def test_any_chunk_size_gives_the_same_hash() -> None:
    data = random.Random(5).randbytes(300_007)
    expected = hash_bit_by_bit(data)
    for size in (1, 7, 159, 160, 161, 320, 321, 4096, 65599, 65600, 65601, 65760, 131072, 262144):
        hashed = quickxorhash.new()

        for begin in range(0, len(data), size):
            hashed.update(data[begin : begin + size])

        assert hashed.digest() == expected, f"chunks of {size} bytes"


def test_chunks_of_random_sizes_agree_with_the_definition() -> None:
    source = random.Random(11)
    for _ in range(12):
        data = source.randbytes(source.randrange(140_000))
        hashed, done = quickxorhash.new(), 0
        while done < len(data):
            size = source.choice([0, 1, 50, 160, 333, 1000, 70_000])
            hashed.update(data[done : done + size])
            done += size
        assert hashed.digest() == hash_bit_by_bit(data)


def test_parts_hashed_apart_and_joined_in_any_order_give_the_whole() -> None:
    source = random.Random(7)
    data = source.randbytes(500_003)
    for _ in range(20):
        cuts = [0, *sorted(source.randrange(len(data)) for _ in range(4)), len(data)]
        parts = [quickxorhash.new(data[a:b], start=a) for a, b in pairwise(cuts)]
        source.shuffle(parts)

        whole = quickxorhash.join(parts)

        assert whole.digest() == quickxorhash.new(data).digest()


def test_a_joined_hash_goes_on_with_further_bytes() -> None:
    data = random.Random(8).randbytes(1000)
    whole = quickxorhash.join([quickxorhash.new(data[:333]), quickxorhash.new(data[333:500], start=333)])

    whole.update(data[500:])

    assert whole.digest() == quickxorhash.new(data).digest()


@pytest.mark.parametrize("start", [3, 5])
def test_parts_with_a_gap_or_an_overlap_are_refused(start: int) -> None:
    with pytest.raises(ValueError, match=f"begins at byte {start}, but byte 4 comes next"):
        quickxorhash.join([quickxorhash.new(b"abcd"), quickxorhash.new(b"f", start=start)])


def test_a_part_alone_has_no_digest() -> None:
    with pytest.raises(ValueError, match="begins at byte 160"):
        quickxorhash.new(b"x", start=160).digest()


def test_nothing_joined_is_the_empty_hash() -> None:
    assert quickxorhash.join([]).digest() == bytes(20)


def test_a_copy_goes_its_own_way() -> None:
    first = quickxorhash.new(b"hello ")
    second = first.copy()

    second.update(b"world")

    assert first.digest() == quickxorhash.new(b"hello ").digest()
    assert second.digest() == quickxorhash.new(b"hello world").digest()


def test_it_is_shaped_like_hashlib_and_takes_any_buffer() -> None:
    model = hashlib.sha1()
    for kind in (bytes, bytearray, memoryview):
        ours = quickxorhash.new(kind(b"hello world"))

        assert [name for name in ("name", "digest_size", "block_size", "update", "digest", "hexdigest", "copy")
                if not (hasattr(model, name) and hasattr(ours, name))] == []  # fmt: skip
        assert ours.digest() == ours.digest() == bytes.fromhex(ours.hexdigest())
        assert len(ours.digest()) == ours.digest_size
        assert listed(ours) == "aCgDG9jwBhDc4Q1yawMZAAAAAAA="
