"""The documents say what the program does: flags, settings, exit codes, links, cited facts, and lines to type."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from onedrive.app.flags import EPILOG, make_parser
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.settings import NAMES
from onedrive.terminal.events import markdown
from pretend_onedrive.model.sample import build_sample_drive
from tests.conftest import FixedToken
from tests.desk import Desk
from tests.faults.server import FaultyServer
from tools.man_page import PAGE, make_page

TOP = Path(__file__).resolve().parent.parent
DOCS = TOP / "docs"
PAGES = [TOP / "README.md", *sorted(DOCS.glob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")
_FIRST_CELL = re.compile(r"^\| *(`.*?) *\|(?!`)", re.MULTILINE)


def _read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the sites that show Markdown make them."""
    headings = re.findall(r"^#+ (.*)$", _read(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _sources() -> list[Path]:
    return [
        path
        for pattern in ("*.py", "onedrive/**/*.py", "pretend_onedrive/**/*.py", "tests/**/*.py")
        for path in TOP.glob(pattern)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_within_the_documents_leads_somewhere(page: Path) -> None:
    for name, anchor in LINK.findall(_read(page)):
        if "://" in name:
            continue
        target = (page.parent / name) if name else page
        assert target.exists(), f"{page.name} links to {name}"
        assert not anchor or anchor in _anchors(target), f"{page.name} links to {name}#{anchor}"


def test_the_index_names_every_page_and_the_manual_page_is_made_of_the_flags() -> None:
    assert PAGE.read_text(encoding="utf-8") == make_page(), "run python -m tools.man_page"
    assert {page.name for page in DOCS.iterdir()} - {name for name, _ in LINK.findall(_read(DOCS / "README.md"))} == {
        "README.md"
    }


def test_the_flags_are_those_of_the_parser() -> None:
    cells = " ".join(_FIRST_CELL.findall(_read(DOCS / "options.md").partition("## Settings")[0]))
    told = set(re.findall(r"(--[a-z][a-z-]+)", cells))
    actions = make_parser()._actions  # argparse has no public list of them
    known = {option for action in actions for option in action.option_strings if option.startswith("--")}

    assert told == known


def test_the_exit_codes_are_those_of_the_help() -> None:
    told = re.findall(r"^\| (\d+) \|", _read(DOCS / "options.md"), re.MULTILINE)
    known = re.findall(r"^  (\d+)  +[a-z]", EPILOG.partition("exit codes:")[2], re.MULTILINE)

    assert told == known
    assert len(told) > 8


def test_the_settings_are_those_that_are_read_and_the_example_has_them_all() -> None:
    told = set(re.findall(r"`((?:MS_OPENGRAPH|ONEDRIVE)_[A-Z_]+)`", _read(DOCS / "options.md")))
    example = set(re.findall(r"^#?([A-Z_]+)=", _read(TOP / ".env.example"), re.MULTILINE))

    assert told == set(NAMES) == example


def test_the_table_of_events_is_the_one_that_the_schema_makes() -> None:
    assert markdown() in _read(DOCS / "events.md"), "python -m onedrive.terminal.events prints the table"


def test_every_fact_that_the_code_cites_stands_in_the_fact_sheet() -> None:
    facts = _read(DOCS / "graph-facts.md")
    sections = set(re.findall(r"^#+ (\d+(?:\.\d+)?)\.? ", facts, re.MULTILINE))
    traps = set(re.findall(r"^(?:\| )?(\d+)(?:\.| \|) ", facts.partition("## 7. TRAP LIST")[2], re.MULTILINE))
    cited = [
        (path.name, kind, number)
        for path in _sources()
        for kind, number in re.findall(r"((?:graph-facts|GRAPH_FACTS) §|traps? )(\d+(?:\.\d+)?)", _read(path))
    ]

    assert len(cited) > 30
    assert [row for row in cited if row[2] not in (sections if "§" in row[1] else traps)] == []


def test_the_places_that_the_page_on_security_names_are_there() -> None:
    named = set(re.findall(r"`([a-z_/]+(?:\.py|/))`", _read(DOCS / "security.md")))

    assert len(named) > 30
    assert [name for name in named if not any((TOP / part / name).exists() for part in ("", "onedrive", "tests"))] == []


def _jq_lines() -> list[str]:
    (block,) = re.findall(r"```jq\n(.*?)```", _read(DOCS / "choosing.md"), re.DOTALL)
    return [line for line in block.splitlines() if line]


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed here")
@pytest.mark.parametrize(
    ("number", "folders"),
    [
        (0, {"Pictures", "Odd names"}),
        (1, {"Pictures"}),
        (2, {"Documents", "Notes", "Odd names", "Pictures", "Videos"}),
    ],
)
def test_a_list_that_was_cut_down_with_jq_is_a_choice(home: Path, number: int, folders: set[str]) -> None:
    drive = build_sample_drive(None, big_file_bytes=20_000_000)
    with FaultyServer(drive, home=None, auto_consent=True) as demo:
        http = HttpClient(demo_port=demo.port)
        desk = Desk(home, GraphSession(http, FixedToken(demo), SharedPause(print)), http, demo)
        desk.list_drive()
        before = len(json.loads((home / "file_list.json").read_text()))
        subprocess.run(_jq_lines()[number], shell=True, check=True, cwd=home)
        (home / "mine.json").replace(home / "file_list.json")
        chosen = {row["path"] for row in json.loads((home / "file_list.json").read_text())}

        result = desk.download()
        http.close()

    assert result.exit_code == 0
    assert 0 < len(chosen) < before
    assert len(desk.files()) == len(chosen) - desk.said.getvalue().count("malware")
    assert {place.partition("/")[0] for place in desk.files() if "/" in place} <= folders
