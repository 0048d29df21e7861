"""A name that the disk cannot take costs that item only, whatever the disk says and whichever call it says it to."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable

import pytest

from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk

REFUSALS: dict[str, Callable[[], Exception]] = {
    "signs": lambda: OSError(errno.EILSEQ, "Invalid or incomplete multibyte or wide character"),
    "locale": lambda: UnicodeEncodeError("ascii", "\u00e4", 0, 1, "ordinal not in range(128)"),
}


def _refuse_other_than_ascii(monkeypatch: pytest.MonkeyPatch, make: Callable[[], Exception]) -> None:
    """The disk below `downloads` takes plain letters only."""

    def refusing(call: Callable[..., object]) -> Callable[..., object]:
        def meet(*paths: object, **more: object) -> object:
            for path in paths[:2]:
                if isinstance(path, str | os.PathLike) and not os.fspath(path).isascii():
                    raise make()
            return call(*paths, **more)

        return meet

    for module, names in ((os, ("open", "mkdir", "rename", "replace", "link", "utime", "scandir")), (io, ("open",))):
        for name in names:
            monkeypatch.setattr(module, name, refusing(getattr(module, name)))
    for name in ("stat", "lstat"):
        monkeypatch.setattr(os, name, refusing(getattr(os, name)))


@pytest.mark.posix("calls by which Python looks at names")
@pytest.mark.parametrize("refusal", REFUSALS)
def test_it_is_named_and_everything_else_comes_moves_and_is_verified(
    desk: Desk, drive: DemoDrive, monkeypatch: pytest.MonkeyPatch, refusal: str
) -> None:
    desk.given("/a.txt", "/to move.txt", "/B/b.txt", here=True)
    drive.rename(drive.find("/to move.txt"), "m\u00f6ve.txt")
    desk.given("/\u00e4.txt", "/\u00f6/c.txt", "/d.txt", {"/twin \u00fc.txt": b"/a.txt"})
    _refuse_other_than_ascii(monkeypatch, REFUSALS[refusal])

    result = desk.download()

    assert (result.exit_code, sorted(desk.errors())) == (
        3,
        ["/m\u00f6ve.txt", "/twin \u00fc.txt", "/\u00e4.txt", "/\u00f6", "/\u00f6/c.txt"],
    )
    assert set(desk.files()) == {"a.txt", "to move.txt", "B/b.txt", "d.txt"}
    assert desk.verify().exit_code == 7
    assert {"/a.txt", "/B/b.txt", "/d.txt"}.isdisjoint(desk.odd())
    monkeypatch.undo()
    assert (desk.download().exit_code, desk.verify().exit_code) == (0, 0)
