"""Which versions are here, and whether they are the ones that requirements.txt asks for."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from onedrive import VERSION
from onedrive.setup.computer import is_in_range, look_at_program
from onedrive.setup.findings import State


def _installed(**versions: str) -> Callable[[str], str]:
    def look_up(name: str) -> str:
        if name not in versions:
            raise PackageNotFoundError(name)
        return versions[name]

    return look_up


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text("# a comment\nrequests>=2.32,<3\nmsal >= 1.31, <2  # why\n-r other.txt\n\n")
    return path


def test_packages_in_their_ranges_are_one_line(requirements: Path) -> None:
    found = list(look_at_program(requirements, installed=_installed(requests="2.32.0", msal="1.39.1")))

    assert found[-1].words == "Packages: requests 2.32.0, msal 1.39.1"
    assert [finding.state for finding in found] == [State.OK] * 3
    assert f"OneDrive downloader {VERSION} on " in found[0].words


def test_a_package_that_is_missing_or_out_of_range_is_named_with_the_command(requirements: Path) -> None:
    found = {f.name: f for f in look_at_program(requirements, installed=_installed(requests="3.0"))}

    assert found["package requests"].words == "The package requests 3.0 is not in the range >=2.32,<3"
    assert found["package msal"].words == "The package msal is not installed"
    assert "pip install -r requirements.txt" in found["package msal"].cure


def test_without_requirements_nothing_is_judged(tmp_path: Path) -> None:
    found = list(look_at_program(tmp_path / "requirements.txt"))

    assert found[-1].state is State.NOTE


def test_the_packages_of_this_computer_fit_the_programs_own_requirements() -> None:
    path = Path(__file__).resolve().parent.parent.parent / "requirements.txt"

    assert {finding.state for finding in look_at_program(path)} == {State.OK}


@pytest.mark.parametrize(
    ("found", "limits", "fits"),
    [
        ("2.32", ">=2.32,<3", True),
        ("2.32.0", ">=2.32,<3", True),
        ("2", ">=2.0,<3", True),
        ("2.31.9", ">=2.32,<3", False),
        ("3.0", ">=2.32,<3", False),
        ("3", ">=2.32,<3", False),
        ("2.100.1", ">=2.32,<3", True),
        ("2.33rc1", ">=2.32,<3", True),
        ("1.0", "", True),
        ("unknown", ">=1", False),
    ],
)
def test_versions_are_compared_by_their_numbers(found: str, limits: str, *, fits: bool) -> None:
    assert is_in_range(found, limits) is fits
