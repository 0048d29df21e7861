"""selection.json: readable, editable, and every mistake in it gets a sentence."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from onedrive.choosing.ranges import read_date_range
from onedrive.choosing.selection import (
    EVERYTHING,
    SELECTION,
    Duplicates,
    Layout,
    Selection,
    read_selection,
    selection_from_json,
    selection_to_json,
    write_selection,
)
from onedrive.errors import StateFileBroken
from onedrive.graph.item import LARGEST_SIZE
from onedrive.graph.traits import FileKind
from tests.choosing.choices import any_selections


def test_a_choice_is_written_so_that_a_person_can_read_and_edit_it(home: Path) -> None:
    selection = Selection(
        kinds=frozenset({FileKind.VIDEO, FileKind.PHOTO, FileKind.OTHER}),
        folders=("/Bilder/Größe",),
        dates=read_date_range("since 2019"),
        min_size=500,
        layout=Layout.DATE,
    )

    write_selection(home, selection)

    assert (home / SELECTION).read_text(encoding="utf-8") == (
        '{\n "version": 1,\n "kinds": [\n  "photos",\n  "videos",\n  "other"\n ],\n "folders": [\n'
        '  "/Bilder/Größe"\n ],\n'
        ' "min_size": 500,\n "dates": "2019..",\n "layout": "date",\n "pattern": "{year}/{year}-{month}",\n'
        ' "duplicates": "all"\n}\n'
    )
    assert read_selection(home) == selection


def test_without_a_file_everything_is_wanted(home: Path) -> None:
    assert read_selection(home) == EVERYTHING
    assert read_selection(home / "nowhere") == EVERYTHING


@given(any_selections())
@settings(max_examples=150)
def test_every_choice_is_read_back_from_its_json(selection: Selection) -> None:
    row = json.loads(json.dumps(selection_to_json(selection)))

    assert selection_from_json(row) == selection


@given(any_selections())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_choice_is_read_back_from_its_file(home: Path, selection: Selection) -> None:
    write_selection(home, selection)

    assert read_selection(home) == selection


@pytest.mark.parametrize(
    ("text", "selection"),
    [
        ("{}", EVERYTHING),
        ('\ufeff{"kinds": ["photos"]}', Selection(kinds=frozenset({FileKind.PHOTO}))),
        ('{"kinds": ["OTHER files"]}', Selection(kinds=frozenset({FileKind.OTHER}))),
        ('{"min_size": "10M", "max_size": null}', Selection(min_size=10_000_000)),
        ('{"dates": 2019}', Selection(dates=read_date_range("2019"))),
        ('{"dates": null}', EVERYTHING),
        ('{"duplicates": "link"}', Selection(duplicates=Duplicates.LINK)),
        ('{"folders": ["/\\ud800"]}', Selection(folders=("/\ud800",))),
        (f'{{"max_size": {LARGEST_SIZE}}}', Selection(max_size=LARGEST_SIZE)),
    ],
)
def test_what_a_person_writes_is_understood(home: Path, text: str, selection: Selection) -> None:
    (home / SELECTION).write_text(text, encoding="utf-8")

    assert read_selection(home) == selection


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("{", "it is not JSON (line 1)"),
        ('{\n "kinds": [,]\n}', "it is not JSON (line 2)"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "it is not a JSON object"),
        ("null", "it is not a JSON object"),
        ('{"kind": ["photos"]}', "there is no setting 'kind' (there are cameras, dates, duplicates, exclude, folders"),
        ('{"\\u001b[31m": 1}', "there is no setting '\\x1b[31m'"),
        ('{"kinds": ["photo"]}', "there is no kind 'photo' (there are photos, videos, music, documents, other)"),
        ('{"kinds": ["photos"], "kinds": []}', "it has the setting 'kinds' twice"),
        ('{"kinds": "photos"}', "'kinds' is not a list of texts"),
        ('{"kinds": [1]}', "'kinds' is not a list of texts"),
        ('{"kinds": null}', "'kinds' is not a list of texts"),
        ('{"folders": ["Pictures"]}', "the folder 'Pictures' in 'folders' does not begin with '/'"),
        ('{"without_folders": [""]}', "'without_folders' is not a list of texts"),
        ('{"include": {"a": 1}}', "'include' is not a list of texts"),
        (
            '{"include": ["#x"]}',
            "in 'include', In such patterns # begins a remark; for a name that begins so write",
        ),
        ('{"exclude": ["*.jpg", "!"]}', "in 'exclude', '!' is no pattern such as '*.jpg', '/Pictures/'"),
        ('{"min_size": -1}', "in 'min_size', '-1' is no size such as 500k, 10M or 1.5G"),
        ('{"min_size": 1.5}', "'min_size' is 1.5, and must be a number of bytes"),
        ('{"min_size": true}', "'min_size' is True, and must be a number of bytes"),
        ('{"max_size": []}', "'max_size' is [], and must be a number of bytes"),
        (f'{{"max_size": {LARGEST_SIZE + 1}}}', "is more than any file has"),
        ('{"max_size": 1' + "0" * 4000 + "}", "is no size such as"),
        ('{"max_size": 1' + "0" * 5000 + "}", "it is not JSON"),
        ('{"min_size": 2, "max_size": 1}', "'min_size' is more than 'max_size', so no file could be wanted"),
        ('{"dates": "soon"}', "in 'dates', 'soon' is no date such as 2019, 2019-06 or 2019-06-30"),
        ('{"dates": ["2019"]}', "'dates' is ['2019'], and must be a text such as"),
        ('{"dates": false}', "'dates' is False, and must be"),
        ('{"layout": "Date"}', "'layout' is 'Date', and must be one of onedrive, date"),
        ('{"layout": null}', "'layout' is None, and must be one of"),
        ('{"duplicates": 3}', "'duplicates' is 3, and must be one of all, link, once"),
        ('{"pattern": "../x"}', "in 'pattern', The pattern '../x' has a part of dots alone"),
        ('{"pattern": 5}', "'pattern' is 5, and must be a text such as"),
        ('{"version": 2}', "it was written by another version of this program"),
        ('{"cameras": [[]]}', "'cameras' is not a list of texts"),
    ],
)
def test_every_mistake_is_named_in_a_sentence(home: Path, text: str, reason: str) -> None:
    (home / SELECTION).write_text(text, encoding="utf-8")

    with pytest.raises(StateFileBroken) as caught:
        read_selection(home)

    assert caught.value.sentence.startswith("selection.json cannot be used: ")
    assert reason in caught.value.sentence
    assert len(caught.value.sentence) < 250
    assert "choose 5" in caught.value.hint


def test_what_is_not_utf8_is_named(home: Path) -> None:
    (home / SELECTION).write_bytes("{}".encode("utf-16"))

    with pytest.raises(StateFileBroken, match="it is not JSON"):
        read_selection(home)


def test_a_folder_with_the_files_name_is_named(home: Path) -> None:
    (home / SELECTION).mkdir()

    with pytest.raises(StateFileBroken, match="it is a folder"):
        read_selection(home)


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_a_file_that_may_not_be_read_is_named(home: Path) -> None:
    write_selection(home, EVERYTHING)
    (home / SELECTION).chmod(0)

    with pytest.raises(StateFileBroken, match="permission denied"):
        read_selection(home)
