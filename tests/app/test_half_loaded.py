"""A Ctrl-C while a library is loaded spoils nothing that is chosen next."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from onedrive.app.program import forget_half_loaded


def test_after_ctrl_c_in_an_import_the_library_is_loaded_anew_with_all_its_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "slow_library"
    (library / "deep").mkdir(parents=True)
    (library / "part.py").write_text("")
    (library / "deep/__init__.py").write_text("")
    (library / "deep/part.py").write_text("")
    (library / "__init__.py").write_text(
        "import pathlib, slow_library.part, slow_library.deep.part\n"
        "if not pathlib.Path(__file__).with_name('calm').exists():\n    raise KeyboardInterrupt\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        importlib.import_module("slow_library")
    (library / "calm").touch()

    forget_half_loaded()

    loaded = importlib.import_module("slow_library")
    assert loaded.part
    assert loaded.deep.part
