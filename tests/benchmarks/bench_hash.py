"""How fast QuickXorHash is on one core, by block size: `python -m tests.benchmarks.bench_hash`."""

from __future__ import annotations

import platform
import time

from onedrive.quickxorhash import QuickXorHash

TOTAL_BYTES = 1_000_000_000


def main() -> None:
    """Print megabytes a second."""
    print(f"{platform.python_implementation()} {platform.python_version()}")
    for block_bytes in (16_384, 65_536, 65_600, 131_200, 1 << 20):
        block = bytes(range(256)) * (block_bytes // 256 + 1)
        best = 0.0
        for _ in range(3):
            hashed, began = QuickXorHash(), time.process_time()
            for _ in range(TOTAL_BYTES // block_bytes):
                hashed.update(block[:block_bytes])
            hashed.digest()
            best = max(best, hashed.length / (time.process_time() - began))
        print(f"blocks of {block_bytes:>9} bytes: {best / 1e6:6.0f} MB/s")


if __name__ == "__main__":
    main()
