"""Globs in gitignore's manner: git itself says what is right."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onedrive.choosing.globs import GlobList, NameGlobs, read_glob_line

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git says what is right here, and it is not there")

NAMES_TEXT = "a|b|ab|a b|foo|bar|foobar|foo.jpg|x.JPG|!x|#x|a-b|a]b|[a]|a\\b|*|1|9z|_|.hid|-|^|a.b.c|\ta|Foo|été.jpg"
PIECES_TEXT = (
    "a|b|foo|bar|*|**|***|?|/|[ab]|[!a]|[^a-c]|[a-|]|[]a]|[]-a]|[a-]|[z-a]|[[:digit:]]|[[:alpha:]_]|[[:foo:]]|[[:digit]"
    "|[a\\]b]|\\|\\*|\\!|!|#| |\\ |.jpg|**/|/**|/**/|x|[!]]|[!]a-]|[\\a-\\c]|[/]|a/b|-|[--0]|\t|[[a]|é|[[:space:]]"
    "|[a-f]*|*/"
)
NAMES = st.sampled_from(NAMES_TEXT.split("|"))
PIECES = st.sampled_from(PIECES_TEXT.split("|"))
GLOB = st.lists(PIECES, min_size=1, max_size=5).map("".join)
LINES = st.lists(st.builds(str.__add__, st.sampled_from(["", "", "", "!", "/"]), GLOB), min_size=1, max_size=4)
Rules = tuple[list[str], list[str]]  # lines, and paths to try them on
PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=4).map("/".join), min_size=8, max_size=30, unique=True)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


def git_matches(repository: Path, rules: Sequence[Rules]) -> list[set[str]]:
    """What `git check-ignore` says to each, in a folder of its own; git folds the case of Latin letters only."""
    for number, (lines, _) in enumerate(rules):
        (repository / str(number)).mkdir(exist_ok=True)
        (repository / str(number) / ".gitignore").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    asked = subprocess.run(
        ["git", "-C", str(repository), "-c", "core.ignorecase=true", "check-ignore", "--no-index", "--stdin", "-z"],
        input="".join(f"{number}/{path}\0" for number, (_, paths) in enumerate(rules) for path in paths).encode(),
        capture_output=True,
        check=False,
    )
    assert asked.returncode in (0, 1), asked.stderr
    matches: list[set[str]] = [set() for _ in rules]
    for line in asked.stdout.decode().split("\0")[:-1]:
        number_text, _, path = line.partition("/")
        matches[int(number_text)].add(path)
    return matches


def our_matches(lines: list[str], paths: list[str]) -> set[str]:
    globs = GlobList(lines)
    return {path for path in paths if globs.matches(f"/{path}")}


@given(rules=st.lists(st.tuples(LINES, PATHS), min_size=1, max_size=12))
@settings(max_examples=14, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_match_what_git_says_where_case_does_not_count(repository: Path, rules: list[Rules]) -> None:
    for (lines, paths), matches in zip(rules, git_matches(repository, rules), strict=True):
        assert (lines, our_matches(lines, paths)) == (lines, matches)


TREE = ["Pictures/2019/a.jpg", "Pictures/2019/raw/a.dng", "Pictures/b.JPG", "Pictures/keep/c.tmp", "docs/build/x.txt"]
TREE += ["build/y.txt", "notes .txt", "a/x/b", "a/b", "foo", "foobar/x", "#1.txt", "!1.txt"]


LISTS = [["*.jpg"], ["Pictures/"], ["/build/"], ["build/"], ["docs/build"], ["Pictures/**/*.dng"], ["**/2019/**"]]
LISTS += [["a/**/b"], ["foo**/x"], ["*", "!*.jpg"], ["Pictures/*", "!Pictures/keep/"], ["*.tmp", "!keep/"]]
LISTS += [["Pictures/", "!Pictures/keep/"]]  # what is below a matched folder cannot be taken back
LISTS += [["notes .txt   "], ["\\#1.txt", "#1.txt"], ["\\!1.txt"], ["[ab].jpg"], ["[!b].*"], ["/"], ["!"], ["", "   "]]
LISTS += [["**"], ["**/"], ["*/"]]


def test_lines_match_what_git_says_about_an_ordinary_tree(repository: Path) -> None:
    rules = [(lines, TREE) for lines in LISTS]

    assert [(lines, our_matches(lines, TREE)) for lines in LISTS] == [
        *zip(LISTS, git_matches(repository, rules), strict=True)
    ]


@pytest.mark.parametrize(
    ("include", "exclude", "admitted"),
    [
        ([], [], {"/Pictures/a.jpg", "/Pictures/raw/b.dng", "/c.JPG"}),
        (["*.jpg"], [], {"/Pictures/a.jpg", "/c.JPG"}),
        (["Pictures/"], [], {"/Pictures/a.jpg", "/Pictures/raw/b.dng"}),
        (["Pictures/"], ["raw/"], {"/Pictures/a.jpg"}),
        ([], ["*", "!*.dng"], set()),  # the folders are excluded, and nothing comes back from below them
        (["*.jpg", "!/c.jpg"], [], {"/Pictures/a.jpg"}),
        (["# only words"], [], set()),
    ],
)
def test_a_file_must_be_included_and_not_excluded(include: list[str], exclude: list[str], admitted: set[str]) -> None:
    globs = NameGlobs(include, exclude)

    assert {path for path in ("/Pictures/a.jpg", "/Pictures/raw/b.dng", "/c.JPG") if globs.admits(path)} == admitted


@pytest.mark.parametrize(
    ("line", "path"),
    [("ÉTÉ*", "/été.jpg"), ("[A].jpg", "/a.jpg"), ("?.jpg", "/é.jpg"), ("a*b", "/a\nb"), ("\ud800*", "/\ud800.jpg")],
)
def test_case_never_counts_and_a_question_mark_is_one_character(line: str, path: str) -> None:
    assert GlobList([line]).matches(path)


@pytest.mark.parametrize("line", ["", "   ", "#", "# photos", "\n"])
def test_an_empty_line_and_a_comment_say_nothing(line: str) -> None:
    assert read_glob_line(line) is None


def test_many_stars_against_a_long_name_take_no_time() -> None:
    name = "a" * 250

    assert not GlobList(["*a" * 30 + "*b"]).matches(f"/{name}")
    assert GlobList(["*a" * 30 + "*b"]).matches(f"/{name}b")
