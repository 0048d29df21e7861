"""Folders that may not be entered are said as such by every option: no mistake of the program, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.starting import START, run

# Root goes everywhere, unless it leaves these rights behind.
_AS_ANYONE = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
_is_root = hasattr(os, "geteuid") and os.geteuid() == 0
pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or (_is_root and not shutil.which(_AS_ANYONE[0])), reason="every folder can be entered here"
)
_SMALL = ("--max-size", "1M")  # the demo has a large file that takes its time
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def option(tmp_path: Path) -> Run:
    """Run options of the demo as somebody for whom modes count."""
    run(tmp_path, "--demo", "--no-input", "--quiet", *_SMALL, "1", "3", "4")

    def as_anyone(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*(_AS_ANYONE if _is_root else []), sys.executable, str(START), "--demo", "--no-input", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    return as_anyone


@contextmanager
def _closed(folder: Path) -> Iterator[None]:
    folder.chmod(0)
    yield
    folder.chmod(0o755)


def test_folders_that_may_not_be_entered_cost_their_files_alone_and_are_no_mistake(tmp_path: Path, option: Run) -> None:
    with _closed(tmp_path / "demo-home" / "downloads" / "Pictures"):
        ended = option(*_SMALL, "--quick", "4", "6")
    with _closed(tmp_path / "demo-home"):
        checked = option("8")

    assert ended.returncode == 7
    assert "permission denied" in ended.stdout
    assert "permission denied" in checked.stdout
    assert "Network" in checked.stdout
    assert "mistake" not in ended.stdout + ended.stderr + checked.stdout + checked.stderr
