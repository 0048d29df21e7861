from __future__ import annotations

from onedrive.terminal.terminal import Column, choose_columns, plain_table_lines


def test_figures_go_to_the_right_and_names_stay_left() -> None:
    rows = [["2019", "1,204", "3.1 GB", "2 min 5 s", "12 kinds"], ["漢字", "3", "120 B", "under 1 s", "1"]]

    columns = choose_columns(["Year", "Files", "Size", "Time", "Of"], rows)

    assert [column.align for column in columns] == ["left", "right", "right", "right", "left"]


def test_a_column_s_own_side_wins() -> None:
    columns = choose_columns([Column("Year", "right"), Column("Files", "left"), "None"], [["2019", "3", ""]])

    assert [column.align for column in columns] == ["right", "left", "right"]


def test_plain_tables_are_aligned_by_columns_of_the_terminal() -> None:
    columns = [Column("Name"), Column("Files", "right")]

    lines = plain_table_lines(columns, [["漢字", "1,204"], ["a", "3"]])

    assert lines == [
        "Name  Files",
        "----  -----",
        "漢字  1,204",
        "a         3",
    ]


def test_a_table_without_rows_is_its_heading() -> None:
    columns = choose_columns(["Name", "Files"], [])

    assert plain_table_lines(columns, []) == ["Name  Files", "----  -----"]
