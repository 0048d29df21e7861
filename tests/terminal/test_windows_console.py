from __future__ import annotations

import pytest

from onedrive.terminal.windows import decode_keys


@pytest.mark.parametrize(
    ("units", "text"),
    [
        ("3\r", "3\r"),
        ("a\xe0Hb", "ab"),  # arrow up
        ("a\x00;b", "ab"),  # F1
        ("\xe0 la carte", "à la carte"),
        ("\xe0s", "às"),
        ("\xe0", "à"),
        ("\x1a", "\x04"),
        ("\ud83d\udcf7", "📷"),
        ("\ud83d", "\ufffd"),
    ],
)
def test_console_keys_become_text(units: str, text: str) -> None:
    assert decode_keys(units) == text


def test_ctrl_c_interrupts() -> None:
    with pytest.raises(KeyboardInterrupt):
        decode_keys("3\x03")
