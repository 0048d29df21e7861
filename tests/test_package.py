"""What `pipx install .` installs: the requirements of the program, and every file of it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from onedrive import RELEASED, VERSION
from tests.sentences import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
WHEEL = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
ONLY_INSTALLED = {"platformdirs>=4.2,<5"}


def test_it_requires_what_the_program_in_a_folder_does() -> None:
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    wanted = {line for line in lines if line[:1].isalpha()}
    locked = dict(re.findall(r"^([\w-]+)==(\S+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE))

    assert set(PROJECT["project"]["dependencies"]) == wanted | ONLY_INSTALLED
    assert [
        each for each in map(Requirement, wanted) if locked[canonicalize_name(each.name)] not in each.specifier
    ] == []


def test_every_file_of_the_program_is_in_it_and_no_name_of_ours_stands_alone() -> None:
    inside = "onedrive_downloader/program/"
    wanted = {*(path.name for path in ROOT.glob("*.py")), "onedrive", "pretend_onedrive", "requirements.txt"}

    assert {source: target for source, target in WHEEL.items() if target.startswith(inside)} == {
        name: f"{inside}{name}" for name in wanted
    }
    assert [target for target in WHEEL.values() if not target.startswith(inside)] == ["onedrive_downloader"]


def test_its_version_stands_in_one_place_and_in_the_changelog() -> None:
    assert Path(PROJECT["tool"]["hatch"]["version"]["path"]).parts == ("onedrive", "__init__.py")
    assert f"\n## {VERSION} - {RELEASED}\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")
