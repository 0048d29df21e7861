"""Names: what OneDrive takes and holds for the same, and in which order renames are sent.

Collisions are found before anything is sent, and the order of the requests works on a drive that refuses clashes.
"""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onedrive.graph.item import DriveItem, Kind
from onedrive.manage.rename_plan import RenamePlan, make_waves, name_key, plan_renames, temporary_name, why_forbidden
from pretend_onedrive.model.dialect import collation_key, is_allowed

SAMPLES = [
    *("a.jpg", "Ærø.txt", "100% #1.txt", ".hidden", "a b", "con.txt", "forms", "~a", "日本語.txt", "🎉.txt", "a" * 255),
    *("a" * 256, "a:b", "a/b", "a\\b", "a|b", 'a"b', "a*b", "a<b", "a>b", "a?b", "a\x01b", "", " a", "a ", "a.", "."),
    *("CON", "nul", "COM1", "lpt9", "desktop.ini", "Desktop.INI", ".lock", "~$a.docx", "a_vti_b", "🎉" * 128),
]


def test_a_name_that_the_service_refuses_is_found_before_it_is_sent() -> None:
    for name in SAMPLES:
        is_too_long = len(name) + sum(character > "\uffff" for character in name) > 255

        assert (why_forbidden(name, "/Pictures") is None) == (is_allowed(name) and not is_too_long), name


def test_a_path_of_more_than_400_characters_and_half_a_character_are_refused() -> None:
    assert why_forbidden("a" * 99, "/" + "f" * 300) == "the whole path has more than 400 characters"
    assert why_forbidden("a" * 98, "/" + "f" * 300) is None
    assert why_forbidden("a\ud800b", "") == "it contains a broken character"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("A.JPG", "a.jpg", True),
        ("Maersk", "Mærsk", True),
        ("ａ.txt", "a.txt", True),  # noqa: RUF001  # full width
        (unicodedata.normalize("NFD", "Café"), unicodedata.normalize("NFC", "Café"), True),
        ("a.jpg", "b.jpg", False),
        ("Cafe", "Café", False),
    ],
)
def test_names_are_held_for_the_same_as_the_service_does(one: str, other: str, same: bool) -> None:
    assert (name_key(one) == name_key(other)) is same
    assert (collation_key(one) == collation_key(other)) is same


NFC, NFD = unicodedata.normalize("NFC", "Café.txt"), unicodedata.normalize("NFD", "Café.txt")


def item(name: str) -> DriveItem:
    return DriveItem(f"id of {name}", name, Kind.FILE, path=f"/F/{name}", parent_id="F")


def standing(*names: str) -> dict[str, dict[str, str]]:
    return {"F": {name_key(name): f"id of {name}" for name in names}}


def planned(wishes: dict[str, str], *others: str) -> tuple[RenamePlan, list[list[str]]]:
    """The plan, and the waves as old > new."""
    there = standing(*wishes, *others)
    plan = plan_renames([(item(old), new) for old, new in wishes.items()], there)
    waves = make_waves(plan.new_names, there)
    shown = [
        [f"{one.name} > {'temporary' if name == temporary_name(one) else name}" for one, name in wave] for wave in waves
    ]
    return plan, shown


@pytest.mark.parametrize(
    ("wishes", "waves"),
    [
        ({"a": "x", "b": "y"}, [["a > x", "b > y"]]),
        ({"a": "b", "b": "c"}, [["b > c"], ["a > b"]]),
        ({"a": "b", "b": "a"}, [["a > temporary", "b > temporary"], ["a > b", "b > a"]]),
        ({"a": "A"}, [["a > temporary"], ["a > A"]]),
        ({NFD: NFC}, [[f"{NFD} > temporary"], [f"{NFD} > {NFC}"]]),
        ({"a": "a"}, []),
        (
            {"1": "2", "2": "3", "3": "4", "4": "5", "5": "6"},
            [["5 > 6"], ["4 > 5"], ["3 > 4"], ["1 > temporary", "2 > temporary"], ["1 > 2", "2 > 3"]],
        ),
    ],
)
def test_renames_are_sent_in_an_order_that_works(wishes: dict[str, str], waves: list[list[str]]) -> None:
    assert planned(wishes)[1] == waves


@pytest.mark.parametrize(
    ("wishes", "others", "refused"),
    [
        ({"a": "X", "b": "x"}, (), {"a", "b"}),
        ({"a": "x"}, ("X",), {"a"}),
        ({"a": "maersk"}, ("Mærsk",), {"a"}),
        ({"a": "b", "b": "c"}, ("c",), {"a", "b"}),  # b must stay, so a cannot have its name
        ({"a": "b:c"}, (), {"a"}),
        ({"a": "b", "b": "con"}, (), {"a", "b"}),
        ({"a": "b", "b": "x", "c": "X"}, (), {"a", "b", "c"}),
    ],
)
def test_what_would_clash_is_found_before_anything_is_sent(
    wishes: dict[str, str], others: tuple[str, ...], refused: set[str]
) -> None:
    plan, _ = planned(wishes, *others)

    assert {kept.path.rpartition("/")[2] for kept in plan.kept} == refused
    assert {one.name for one, _ in plan.new_names} == set(wishes) - refused


def test_the_same_name_in_another_folder_is_no_clash() -> None:
    other = replace(item("b"), path="/G/b", parent_id="G")

    assert len(plan_renames([(item("a"), "x"), (other, "x")], standing("a")).new_names) == 2


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("abcdefghABCDEFGHij:"), max_size=8),
    st.sets(st.sampled_from("abcdefghi"), max_size=4),
)
def test_whatever_is_wished_no_request_meets_a_taken_name_and_all_planned_ones_end_well(
    wishes: dict[str, str], others: set[str]
) -> None:
    there, names = standing(*wishes, *others), {*wishes, *others}
    plan = plan_renames([(item(old), new) for old, new in wishes.items()], there)
    called = {f"id of {name}": name for name in names}

    for wave in make_waves(plan.new_names, there):
        before = {name_key(name): owner for owner, name in called.items()}
        for one, name in wave:
            assert name_key(name) not in before  # whatever the order inside the wave
            called[one.id] = name

    assert all(called[one.id] == name for one, name in plan.new_names)
    assert len({name_key(name) for name in called.values()}) == len(called)
    assert len(plan.new_names) + len(plan.kept) + plan.unchanged == len(wishes)
