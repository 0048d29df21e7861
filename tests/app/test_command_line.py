"""The command line: what is understood, and that the rest gets a sentence."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st

from onedrive.app.command_line import read_command_line
from onedrive.app.flags import DESCRIPTION, EPILOG
from onedrive.choosing.ranges import DateRange
from onedrive.choosing.selection import EVERYTHING, Duplicates, Layout, Selection, SelectionFlags
from onedrive.errors import UsageError
from onedrive.graph.traits import FileKind

NUMBERS = {1: "Sign in", 2: "Renew", 3: "List", 4: "Download", 6: "Verify", 7: "Manage", 9: "Sign out", 0: "Quit"}


def test_numbers_are_run_in_their_order() -> None:
    command = read_command_line(["4", "3", "--home", "h", "--to", "t", "--root", "/P", "--no-input"], NUMBERS)

    assert command.options == (4, 3)
    assert (command.flags.home, command.flags.downloads, command.flags.root) == (Path("h"), Path("t"), "/P")
    assert command.flags.no_input


def test_no_number_means_the_menu() -> None:
    assert read_command_line([], NUMBERS).options == ()


def test_a_demo_port_means_the_demo() -> None:
    command = read_command_line(["--demo-port", "4711"], NUMBERS)

    assert command.is_demo
    assert command.demo_port == 4711


@pytest.mark.parametrize(
    "words",
    [["5"], ["x"], ["3", "x"], ["-1"], ["3.0"], ["\u0663"], ["--hom", "x"], ["--home"], ["--home", ""], ["--no-input"],
     ["--demo-port", "x"], ["--demo-port", "70000"], ["--demo-port", "0"], ["--to", " "]],
)  # fmt: skip
def test_what_cannot_be_meant_is_wrong_use(words: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        read_command_line(words, NUMBERS)

    assert caught.value.exit_code == 2
    assert caught.value.hint


def test_help_names_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        read_command_line(["--help"], NUMBERS)

    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {code} " in shown for code in ("0", "1", "2", "3", "4", "5", "6", "7", "78", "130"))


def test_in_eighty_columns_the_text_of_help_stands_as_it_was_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    with pytest.raises(SystemExit):
        read_command_line(["--help"], NUMBERS)

    shown = capsys.readouterr().out
    assert DESCRIPTION in shown
    assert EPILOG in shown


@pytest.mark.parametrize(
    ("written", "rate"),
    [("2M", 2e6), ("2m", 2e6), ("500k", 5e5), ("1.5M", 1.5e6), ("1000", 1000), ("2 MB/s", 2e6), ("1G", 1e9)],
)
def test_a_rate_is_in_bytes_a_second(written: str, rate: float) -> None:
    assert read_command_line(["--limit-rate", written, "4"], NUMBERS).limit_rate == rate


def test_without_a_rate_and_a_number_of_connections_there_is_no_limit() -> None:
    command = read_command_line(["4"], NUMBERS)

    assert (command.limit_rate, command.jobs) == (None, None)


@pytest.mark.parametrize("jobs", [1, 16])
def test_a_number_of_connections_may_be_asked_for(jobs: int) -> None:
    assert read_command_line(["--jobs", str(jobs)], NUMBERS).jobs == jobs


@pytest.mark.parametrize(
    "words",
    [["--limit-rate", rate] for rate in ("0", "999", "", "fast", "-1M", "2T", "1e6", "nan", "\u0662M", "9" * 40)]
    + [["--jobs", jobs] for jobs in ("0", "17", "x", "-1", "1.5", "")],
)
def test_a_rate_or_a_number_that_cannot_be_meant_is_wrong_use(words: list[str]) -> None:
    with pytest.raises(UsageError, match="not understood"):
        read_command_line([*words, "4"], NUMBERS)


def test_full_asks_for_a_listing_anew() -> None:
    assert read_command_line(["--full", "3"], NUMBERS).full
    assert not read_command_line(["3"], NUMBERS).full


def test_the_flags_of_a_choice_become_one() -> None:
    line = "--only photos,video --only music --include *.jpg --include /a/ --exclude b --min-size 1k --max-size 2M"
    more = "--from 2019-06 --to 2020-02 --layout date:{year} --duplicates link --dry-run --retry-failed 4"

    command = read_command_line([*line.split(), *more.split()], NUMBERS)

    assert command.selection == SelectionFlags(
        kinds=frozenset({FileKind.PHOTO, FileKind.VIDEO, FileKind.MUSIC}),
        include=("*.jpg", "/a/"),
        exclude=("b",),
        min_size=1000,
        max_size=2_000_000,
        dates=DateRange(date(2019, 6, 1), date(2020, 2, 29)),
        layout=Layout.DATE,
        pattern="{year}",
        duplicates=Duplicates.LINK,
    )
    assert command.dry_run
    assert command.retry_failed
    assert command.flags.downloads is None


@pytest.mark.parametrize("line", ["--to 2019 --to there", "--to there --until 2019", "--downloads there --to 2019"])
def test_to_is_the_last_day_and_the_folder_in_one_line(line: str) -> None:
    command = read_command_line([*line.split(), "4"], NUMBERS)

    assert command.flags.downloads == Path("there")
    assert command.selection.dates == DateRange(last=date(2019, 12, 31))


def test_everything_is_said_to_be_wanted_though_less_was_saved() -> None:
    command = read_command_line(["--only", "everything", "4"], NUMBERS)

    assert command.selection.applied_to(Selection(kinds=frozenset({FileKind.PHOTO}))) == EVERYTHING


def test_without_flags_nothing_wins_over_the_saved_choice() -> None:
    assert read_command_line(["4"], NUMBERS).selection == SelectionFlags()


def test_dates_are_kept_as_they_were_written() -> None:
    command = read_command_line(["--dates", "last 30 days", "4"], NUMBERS)

    assert command.selection.dates == DateRange(last_days=30)


def test_quiet_asks_nothing() -> None:
    assert read_command_line(["--quiet", "3"], NUMBERS).flags.no_input


def test_flags_of_the_verification_and_the_tree() -> None:
    verify, tree = read_command_line(["--sample", "5%", "6"], NUMBERS), read_command_line(["--tree"], NUMBERS)

    assert (verify.sample_percent, verify.quick) == (5.0, False)
    assert read_command_line(["--quick", "6"], NUMBERS).quick
    assert (tree.tree, tree.options) == (True, ())


@pytest.mark.parametrize(("columns", "most"), [("80", 80), ("200", 80), ("60", 60)])
def test_help_fits_eighty_columns_and_names_each_flag(
    columns: str, most: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    with pytest.raises(SystemExit):
        read_command_line(["--help"], NUMBERS)

    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) < most
    for title in ("what to run:", "what to choose:", "where:", "how it speaks:", "examples:"):
        assert f"\n{title}\n" in shown
    for flag in ("--only KINDS", "--to DIR|DATE", "--json", "--completion", "--version", "--sample PERCENT"):
        assert f"\n  {flag}" in shown or f", {flag}" in shown
    assert "3 List; 4 Download" in " ".join(shown.split())


def test_the_version_says_what_runs_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        read_command_line(["--version"], NUMBERS)

    assert caught.value.code == 0
    assert re.fullmatch(r"OneDrive downloader \d+\.\d+\.\d+, Python 3\.\d+\.\d+\S*, \w+\n", capsys.readouterr().out)


def _as_flags(selection: Selection) -> list[str]:
    """The flags that say what a selection.json says."""
    words = [f"--include={glob}" for glob in selection.include] + [f"--exclude={glob}" for glob in selection.exclude]
    words += [f"--only={','.join(kind.word for kind in selection.kinds)}"] if selection.kinds else []
    words += [f"--min-size={selection.min_size}"] if selection.min_size is not None else []
    words += [f"--max-size={selection.max_size}"] if selection.max_size is not None else []
    if selection.dates and selection.dates.last_days is not None:
        words.append(f"--dates={selection.dates.text}")
    elif selection.dates:
        words += [f"--from={selection.dates.first}"] if selection.dates.first else []
        words += [f"--to={selection.dates.last}"] if selection.dates.last else []
    layout = f"date:{selection.pattern}" if selection.layout is Layout.DATE else "onedrive"
    return [*words, f"--layout={layout}", f"--duplicates={selection.duplicates.value}", "4"]


_GLOBS = st.lists(st.sampled_from(["*.jpg", "/Pictures/", "!a*", "**/raw", "b?c", " x", "=", "-y"]), max_size=3).map(
    tuple
)
_DAYS = st.none() | st.dates(date(1900, 1, 1), date(2100, 12, 31))
_RANGES = st.tuples(_DAYS, _DAYS).map(
    lambda ends: DateRange(*sorted(ends) if None not in ends else ends) if any(ends) else None  # type: ignore[type-var]  # no None among those
)
_SIZES = st.lists(st.integers(0, 10**12), max_size=2).map(sorted)


@trials(max_examples=150, deadline=None)
@given(
    st.frozensets(st.sampled_from(FileKind)),
    _GLOBS,
    _GLOBS,
    _SIZES,
    _RANGES | st.integers(1, 9999).map(lambda days: DateRange(last_days=days)),
    st.sampled_from(Layout),
    st.sampled_from(Duplicates),
)
def test_a_selection_and_its_flags_mean_the_same(
    kinds: frozenset[FileKind],
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    sizes: list[int],
    dates: DateRange | None,
    layout: Layout,
    duplicates: Duplicates,
) -> None:
    selection = Selection(
        kinds=kinds,
        include=include,
        exclude=exclude,
        min_size=sizes[0] if sizes else None,
        max_size=sizes[1] if len(sizes) > 1 else None,
        dates=dates,
        layout=layout,
        duplicates=duplicates,
    )

    command = read_command_line(_as_flags(selection), NUMBERS)

    assert command.selection.applied_to(EVERYTHING) == selection
