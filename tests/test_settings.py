"""Settings: where they come from, what is refused before any request, and that a written `.env` reads back."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st

from onedrive.errors import SettingsError
from onedrive.settings import (
    ENVIRONMENT,
    PLACEHOLDER_APP_ID,
    PLACEHOLDER_SECRET,
    Flags,
    Settings,
    check_app_settings,
    read_settings,
    read_what_can_be,
    write_env_file,
)

APP_ID = "11111111-2222-3333-4444-555555555555"
NO_FLAGS = Flags()


def test_without_any_setting_the_defaults_hold(tmp_path: Path) -> None:
    settings = read_settings(NO_FLAGS, {}, tmp_path)

    assert settings.home == tmp_path
    assert settings.downloads == tmp_path / "downloads"
    assert (settings.authority, settings.redirect_uri) == ("consumers", "http://localhost:8080")
    assert settings.scopes == ["Files.Read", "User.Read"]
    assert settings.env_file == tmp_path / ".env"


def test_environment_wins_over_the_folders_env_file_and_that_over_the_homes(tmp_path: Path) -> None:
    home = tmp_path / "state"
    home.mkdir()
    (tmp_path / ".env").write_text("ONEDRIVE_HOME=state\nMS_OPENGRAPH_AUTHORITY=common\nMS_OPENGRAPH_APP_ID=here\n")
    (home / ".env").write_text(
        "MS_OPENGRAPH_AUTHORITY=organizations\nMS_OPENGRAPH_APP_ID=home\nMS_OPENGRAPH_CLIENT_SECRET=home\n"
    )

    settings = read_settings(NO_FLAGS, {"MS_OPENGRAPH_APP_ID": "environment"}, tmp_path)

    assert settings.home == home
    assert (settings.app_id, settings.authority, settings.client_secret) == ("environment", "common", "home")
    assert settings.sources["MS_OPENGRAPH_APP_ID"] == ENVIRONMENT
    assert settings.env_file == home / ".env"


def test_an_empty_variable_of_the_environment_wins_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MS_OPENGRAPH_CLIENT_SECRET=of-the-file\n")

    settings = read_settings(NO_FLAGS, {"MS_OPENGRAPH_CLIENT_SECRET": ""}, tmp_path)

    assert settings.client_secret == ""


def test_flags_win_over_variables(tmp_path: Path) -> None:
    flags = Flags(home=Path("a"), downloads=Path("/mnt/disk"), root="/Pictures", no_input=True)
    environ = {"ONEDRIVE_HOME": "b", "ONEDRIVE_DOWNLOADS": "c", "ONEDRIVE_ROOT_FOLDER": "d"}

    settings = read_settings(flags, environ, tmp_path)

    assert (settings.home, settings.downloads) == (tmp_path / "a", Path("/mnt/disk"))
    assert settings.root_folder == "/Pictures"
    assert settings.no_input


def test_a_folder_in_the_homes_env_file_is_seen_from_the_home(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / ".env").write_text("ONEDRIVE_DOWNLOADS=files\n")

    settings = read_settings(Flags(home=Path("state")), {}, tmp_path)

    assert settings.downloads == tmp_path / "state" / "files"


def test_the_demo_reads_neither_env_files_nor_the_real_home(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text('MS_OPENGRAPH_APP_ID="never closed\nONEDRIVE_HOME=real\n')
    environ = {"ONEDRIVE_HOME": "/real", "MS_OPENGRAPH_APP_ID": APP_ID, "ONEDRIVE_DOWNLOADS": "/real"}

    settings = read_settings(Flags(demo=True), environ, tmp_path)

    assert settings.home == tmp_path / "demo-home"
    assert settings.downloads == tmp_path / "demo-home" / "downloads"
    assert settings.app_id == ""


@pytest.mark.parametrize(
    ("text", "scopes"),
    [("1", 3), ("true", 3), ("On", 3), ("0", 2), ("", 2), ("no", 2)],
)
def test_shared_folders_are_asked_for_when_switched_on(text: str, scopes: int, tmp_path: Path) -> None:
    settings = read_settings(NO_FLAGS, {"ONEDRIVE_SHARED": text}, tmp_path)

    assert len(settings.scopes) == scopes


def test_a_switch_that_is_neither_on_nor_off_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="ONEDRIVE_SHARED must be 1 or 0"):
        read_settings(NO_FLAGS, {"ONEDRIVE_SHARED": "maybe"}, tmp_path)


@pytest.mark.parametrize(
    "folder", ["~nobody-has-this-name/x", "a\0b"], ids=["home of nobody", "NUL"]
)  # fmt: skip
def test_an_impossible_folder_is_named(folder: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        read_settings(NO_FLAGS, {"ONEDRIVE_HOME": folder}, tmp_path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("MS_OPENGRAPH_CLIENT_SECRET=a~b${HOME}.c$X", "a~b${HOME}.c$X"),
        ("MS_OPENGRAPH_CLIENT_SECRET='a#b c'  # said", "a#b c"),
        ('export MS_OPENGRAPH_CLIENT_SECRET="quoted"', "quoted"),
        ("\ufeffMS_OPENGRAPH_CLIENT_SECRET=after-a-byte-order-mark\r\n", "after-a-byte-order-mark"),
        ("#MS_OPENGRAPH_CLIENT_SECRET=off\n\nOTHER='never closed\n", ""),
    ],
    ids=["dollar signs", "quoted", "export", "BOM and CRLF", "comment and another program's line"],
)
def test_an_env_file_is_read_as_it_was_meant(text: str, value: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(text, encoding="utf-8")

    assert read_settings(NO_FLAGS, {}, tmp_path).client_secret == value


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"A=1\nMS_OPENGRAPH_APP_ID='abc\n", "at line 2: a quotation mark"),
        (b'A=1\n\nMS_OPENGRAPH_APP_ID="abc\nMS_OPENGRAPH_CLIENT_SECRET="def"\n', "at line 3: a quotation mark"),
        (b"A=1\nMS_OPENGRAPH_APP_ID\n", "at line 2: there is no = after MS_OPENGRAPH_APP_ID"),
        (b"A=1\nB=2\nC=\xff\n", "at line 3: it is not text in UTF-8"),
        ("A=1".encode("utf-16"), "at line 1: it is not text in UTF-8"),
    ],
    ids=["open quote", "quote over two lines", "no =", "latin-1", "UTF-16"],
)
def test_a_damaged_env_file_is_named_with_its_line(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(content)

    with pytest.raises(SettingsError) as caught:
        read_settings(NO_FLAGS, {}, tmp_path)

    assert str(tmp_path / ".env") in caught.value.sentence
    assert words in caught.value.sentence


@pytest.mark.skipif(os.name == "nt" or os.getuid() == 0, reason="whoever may read everything is refused nothing")
def test_an_env_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").touch(mode=0o000)

    with pytest.raises(SettingsError, match="cannot be read: permission denied"):
        read_settings(NO_FLAGS, {}, tmp_path)


def test_a_folder_called_env_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()

    assert read_settings(NO_FLAGS, {}, tmp_path).app_id == ""


def test_a_secret_is_not_shown_with_the_settings() -> None:
    assert "abc8Q~value" not in repr(Settings(Path("home"), Path("downloads"), APP_ID, "abc8Q~value"))


@pytest.mark.parametrize(
    ("written", "tenant"),
    [("Consumers", "consumers"), ("https://login.microsoftonline.com/common/", "common"), ("", "consumers")],
)
def test_the_authority_may_be_written_in_other_ways(written: str, tenant: str, tmp_path: Path) -> None:
    assert read_settings(NO_FLAGS, {"MS_OPENGRAPH_AUTHORITY": written}, tmp_path).authority == tenant


def test_the_example_left_as_it_is_counts_as_not_filled_in(tmp_path: Path) -> None:
    example = Path(__file__).parent.parent / ".env.example"
    (tmp_path / ".env").write_bytes(example.read_bytes())

    settings = read_settings(NO_FLAGS, {}, tmp_path)

    assert (settings.app_id, settings.client_secret) == (PLACEHOLDER_APP_ID, PLACEHOLDER_SECRET)
    with pytest.raises(SettingsError, match="placeholder"):
        check_app_settings(settings)


def test_writing_an_env_file_keeps_its_other_lines_and_closes_it_to_others(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# mine\r\nOTHER=1\r\nexport MS_OPENGRAPH_APP_ID=old\r\n#MS_OPENGRAPH_CLIENT_SECRET=no\r\n")
    path.chmod(0o644)

    write_env_file(path, {"MS_OPENGRAPH_APP_ID": APP_ID, "MS_OPENGRAPH_CLIENT_SECRET": "new"})

    assert path.read_text().splitlines() == [
        "# mine",
        "OTHER=1",
        f"MS_OPENGRAPH_APP_ID={APP_ID}",
        "#MS_OPENGRAPH_CLIENT_SECRET=no",
        "MS_OPENGRAPH_CLIENT_SECRET=new",
    ]
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@trials(deadline=None)  # a busy disk is no mistake
@given(st.text(st.characters(exclude_categories=("Cs", "Cc"))))
def test_any_value_that_is_written_reads_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, value: str
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("env")

    write_env_file(folder / ".env", {"MS_OPENGRAPH_CLIENT_SECRET": value})

    assert read_settings(NO_FLAGS, {}, folder).client_secret == value


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("", ()),
        ("files.example.com", ("files.example.com",)),
        (" Files.Example.com, .example.org ", ("files.example.com", ".example.org")),
        ("a.example b.example", ("a.example", "b.example")),
    ],
)
def test_further_file_hosts_are_names_apart_by_commas(tmp_path: Path, text: str, hosts: tuple[str, ...]) -> None:
    assert read_settings(NO_FLAGS, {"ONEDRIVE_FILE_HOSTS": text}, tmp_path).file_hosts == hosts


@pytest.mark.parametrize("text", ["https://files.example.com", "com", "*.example.com", "a.example:443", "a..b", "."])
def test_a_file_host_that_is_no_name_is_said(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match=r"ONEDRIVE_FILE_HOSTS has .* which is no name of a host"):
        read_settings(NO_FLAGS, {"ONEDRIVE_FILE_HOSTS": text}, tmp_path)


def test_what_can_be_read_is_read_and_every_fault_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MS_OPENGRAPH_APP_ID\n")
    environ = {
        "MS_OPENGRAPH_AUTHORITY": "common",
        "ONEDRIVE_SHARED": "perhaps",
        "ONEDRIVE_DOWNLOADS": "~nobody-of-that-name/x",
        "ONEDRIVE_FILE_HOSTS": "https://x",
    }

    settings, faults = read_what_can_be(Flags(), environ, tmp_path)

    assert [fault.sentence.split()[0] for fault in faults] == ["The", "There", "ONEDRIVE_SHARED", "ONEDRIVE_FILE_HOSTS"]
    assert (settings.authority, settings.shared, settings.file_hosts) == ("common", False, ())
    assert settings.downloads == tmp_path / "downloads"
