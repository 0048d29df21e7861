"""Settings: where they come from, what is refused before any request, and that a written `.env` reads back."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onedrive.errors import SettingsError
from onedrive.settings import ENVIRONMENT, Flags, Settings, read_settings, read_what_can_be, write_env_file
from onedrive.signin.app_values import PLACEHOLDER_APP_ID, PLACEHOLDER_SECRET, check_app_settings

APP_ID = "11111111-2222-3333-4444-555555555555"
NO_FLAGS = Flags()


def test_without_any_setting_the_defaults_hold(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()  # no settings file

    settings = read_settings(NO_FLAGS, {}, tmp_path)

    assert settings.home == tmp_path
    assert settings.downloads == tmp_path / "downloads"
    assert (settings.authority, settings.redirect_uri) == ("consumers", "http://localhost")
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
    ("name", "text", "field", "value"),
    [
        *(("ONEDRIVE_SHARED", text, "shared", True) for text in ("1", "true", "On")),
        *(("ONEDRIVE_SHARED", text, "shared", False) for text in ("0", "", "no")),
        ("MS_OPENGRAPH_AUTHORITY", "Consumers", "authority", "consumers"),
        ("MS_OPENGRAPH_AUTHORITY", "https://login.microsoftonline.com/common/", "authority", "common"),
        ("MS_OPENGRAPH_AUTHORITY", "", "authority", "consumers"),
        ("MS_OPENGRAPH_CLIENT_SECRET", "", "client_secret", ""),  # it wins over that of the file
        ("ONEDRIVE_FILE_HOSTS", "", "file_hosts", ()),
        ("ONEDRIVE_FILE_HOSTS", "files.example.com", "file_hosts", ("files.example.com",)),
        ("ONEDRIVE_FILE_HOSTS", " Files.Example.com, .example.org ", "file_hosts",
         ("files.example.com", ".example.org")),
        ("ONEDRIVE_FILE_HOSTS", "a.example b.example", "file_hosts", ("a.example", "b.example")),
    ],
)  # fmt: skip
def test_a_variable_may_be_written_in_other_ways(
    tmp_path: Path, name: str, text: str, field: str, value: object
) -> None:
    (tmp_path / ".env").write_text("MS_OPENGRAPH_CLIENT_SECRET=of-the-file\n")

    settings = read_settings(NO_FLAGS, {name: text}, tmp_path)

    assert getattr(settings, field) == value
    assert len(settings.scopes) == (3 if settings.shared else 2)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("ONEDRIVE_SHARED", "maybe", "ONEDRIVE_SHARED must be 1 or 0"),
        ("ONEDRIVE_HOME", "~nobody-has-this-name/x", "nobody-has-this-name"),
        ("ONEDRIVE_HOME", "a\0b", "has a NUL character in it"),
        *(("ONEDRIVE_FILE_HOSTS", text, "ONEDRIVE_FILE_HOSTS has .* which is no name of a host")
          for text in ("https://files.example.com", "com", "*.example.com", "a.example:443", "a..b", ".")),
    ],
)  # fmt: skip
def test_a_variable_that_cannot_be_meant_is_named(tmp_path: Path, name: str, text: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        read_settings(NO_FLAGS, {name: text}, tmp_path)


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
        *(
            (f"A=1\n{line}\n".encode(), "at line 2: write MS_OPENGRAPH_APP_ID=value")
            for line in (
                "MS_OPENGRAPH_APP_ID: abc",
                "MS_OPENGRAPH_APP_ID : 'abc'",
                "MS_OPENGRAPH_APP_ID:abc",
                "set MS_OPENGRAPH_APP_ID=abc",
                "$env:MS_OPENGRAPH_APP_ID = 'abc'",
                "ms opengraph app-id = abc",
            )
        ),
    ],
)
def test_a_damaged_env_file_is_named_with_its_line(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(content)

    with pytest.raises(SettingsError) as caught:
        read_settings(NO_FLAGS, {}, tmp_path)

    assert str(tmp_path / ".env") in caught.value.sentence
    assert words in caught.value.sentence


@pytest.mark.parametrize(
    ("name", "content", "remark"),
    [
        (".env", "\nMS_OPENGRAPH_APPID=abc\n", "line 2: MS_OPENGRAPH_APPID is no setting of this program. "
         "Did you mean MS_OPENGRAPH_APP_ID?"),
        (".env", "ONEDRIVE_DOWNLOAD: /mnt/disk\n", "Did you mean ONEDRIVE_DOWNLOADS?"),
        (".env", "MS_OPENGRAPH_CLIENT_ID=abc\n", "Did you mean MS_OPENGRAPH_APP_ID?"),
        (".env.txt", "MS_OPENGRAPH_APP_ID=abc\n", ".env.txt is not read: rename it to .env"),
        (".env", "PATH=/bin\nMS_OFFICE=1\n# MS_OPENGRAPH_APPID=abc\nONEDRIVE_TOKEN=x\n", ""),
    ],
)  # fmt: skip
def test_a_near_miss_is_named(name: str, content: str, remark: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)

    settings = read_settings(NO_FLAGS, {}, tmp_path)

    assert settings.app_id == ""
    assert len(settings.remarks) == bool(remark)
    assert not remark or (remark in settings.remarks[0] and str(tmp_path / name) in settings.remarks[0])


@pytest.mark.posix("modes", as_root=False)
def test_an_env_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").touch(mode=0o000)

    with pytest.raises(SettingsError, match="cannot be read: permission denied"):
        read_settings(NO_FLAGS, {}, tmp_path)


def test_a_secret_is_not_shown_with_the_settings() -> None:
    assert "abc8Q~value" not in repr(Settings(Path("home"), Path("downloads"), APP_ID, "abc8Q~value"))


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


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root gives a link to somebody else")
def test_a_link_that_another_user_made_is_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "hosts"
    victim.write_text("127.0.0.1 localhost\n")
    (tmp_path / ".env").symlink_to(victim)
    os.chown(tmp_path / ".env", 65534, 65534, follow_symlinks=False)

    with pytest.raises(SettingsError, match="another user"):
        write_env_file(tmp_path / ".env", {"MS_OPENGRAPH_APP_ID": APP_ID})

    assert victim.read_text() == "127.0.0.1 localhost\n"


@given(st.lists(st.sampled_from([*"aZ0 =#'\"`\\${}%&!~\u2028\xe4\U0001f600", "export "])).map("".join))
def test_any_value_that_is_written_reads_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, value: str
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("env")

    write_env_file(folder / ".env", {"MS_OPENGRAPH_CLIENT_SECRET": value})

    assert read_settings(NO_FLAGS, {}, folder).client_secret == value


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


# --- the app registration ---------------------------------------------------------------------------------------------


def _settings(
    app_id: str = APP_ID,
    secret: str = "abc8Q~value",
    authority: str = "consumers",
    redirect_uri: str = "http://localhost:8080",
) -> Settings:
    nowhere = Path("nowhere")
    return Settings(nowhere, nowhere, app_id, secret, authority, redirect_uri)


@pytest.mark.parametrize(
    ("settings", "variable", "words"),
    [
        (_settings(app_id=""), "There is no app id yet (MS_OPENGRAPH_APP_ID)", "only with one"),
        (_settings(app_id=f" {APP_ID}"), "MS_OPENGRAPH_APP_ID", "spaces around"),
        (_settings(app_id=f'"{APP_ID}"'), "MS_OPENGRAPH_APP_ID", "quotation marks around"),
        (_settings(app_id=f"\u201c{APP_ID}\u201d"), "MS_OPENGRAPH_APP_ID", "quotation marks around"),
        (_settings(app_id="person@example.com"), "MS_OPENGRAPH_APP_ID", "no app id"),
        (_settings(app_id=APP_ID[:-1]), "MS_OPENGRAPH_APP_ID", "no app id"),
        (_settings(app_id=PLACEHOLDER_APP_ID), "MS_OPENGRAPH_APP_ID", "placeholder"),
        (_settings(secret=APP_ID.upper()), "MS_OPENGRAPH_CLIENT_SECRET", "Secret ID"),
        (_settings(secret="'abc8Q~value'"), "MS_OPENGRAPH_CLIENT_SECRET", "quotation marks around"),
        (_settings(secret="abc8Q~value "), "MS_OPENGRAPH_CLIENT_SECRET", "spaces around"),
        (_settings(secret="abc8Q ~value"), "MS_OPENGRAPH_CLIENT_SECRET", "a space or line break in it"),
        (_settings(secret=PLACEHOLDER_SECRET), "MS_OPENGRAPH_CLIENT_SECRET", "placeholder"),
        (_settings(secret=PLACEHOLDER_APP_ID), "MS_OPENGRAPH_CLIENT_SECRET", "placeholder"),
        (_settings(authority="everybody"), "MS_OPENGRAPH_AUTHORITY", "must be consumers"),
        (_settings(authority="https://login.microsoftonline.us/common"), "MS_OPENGRAPH_AUTHORITY", "must be consumers"),
        (_settings(redirect_uri="http://example.com"), "MS_OPENGRAPH_REDIRECT_URI", "http is allowed for localhost"),
        (_settings(redirect_uri="http://[::1]:8080"), "MS_OPENGRAPH_REDIRECT_URI", "does not support [::1]"),
        (_settings(redirect_uri="localhost:8080"), "MS_OPENGRAPH_REDIRECT_URI", "no web address"),
        (_settings(redirect_uri="http://localhost:99999"), "MS_OPENGRAPH_REDIRECT_URI", "no web address"),
        (_settings(redirect_uri="http://localhost:0"), "MS_OPENGRAPH_REDIRECT_URI", "port is 0"),
        (_settings(redirect_uri="http://localhost/a(b)"), "MS_OPENGRAPH_REDIRECT_URI", "is allowed in it"),
        (_settings(redirect_uri="https://*.example.com/"), "MS_OPENGRAPH_REDIRECT_URI", "is allowed in it"),
        (_settings(redirect_uri="http://localhost/?a=b"), "MS_OPENGRAPH_REDIRECT_URI", "no ? in it"),
        (_settings(redirect_uri="http://localhost/#a"), "MS_OPENGRAPH_REDIRECT_URI", "a # in it"),
        (_settings(redirect_uri="http://me@localhost/"), "MS_OPENGRAPH_REDIRECT_URI", "a user name"),
        (_settings(redirect_uri="http://localhost/a b"), "MS_OPENGRAPH_REDIRECT_URI", "a space in it"),
        (_settings(redirect_uri="http://localhost/ä"), "MS_OPENGRAPH_REDIRECT_URI", "ASCII"),
        (_settings(redirect_uri="http://localhost/" + "a" * 256), "MS_OPENGRAPH_REDIRECT_URI", "longer than 256"),
    ],
)
def test_a_wrong_setting_is_named_with_its_place_in_the_portal(settings: Settings, variable: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check_app_settings(settings)

    assert caught.value.exit_code == 78
    assert caught.value.sentence.startswith(variable)
    assert words in caught.value.sentence
    assert "entra.microsoft.com > App registrations" in caught.value.hint
    assert not settings.client_secret or settings.client_secret not in caught.value.sentence + caught.value.hint


@pytest.mark.parametrize(
    "settings",
    [
        _settings(),
        _settings(secret=""),
        _settings(secret="old/[style]:with?=@.#$signs"),
        _settings(app_id=APP_ID.upper()),
        _settings(authority="common"),
        _settings(authority=APP_ID),
        _settings(authority="contoso.onmicrosoft.com"),
        _settings(redirect_uri="http://localhost"),
        _settings(redirect_uri="http://127.0.0.1:5000/back/"),
        _settings(redirect_uri="https://login.microsoftonline.com/common/oauth2/nativeclient"),
        _settings(redirect_uri="https://example.com/?a=b", authority="organizations"),
    ],
)
def test_settings_that_can_be_right_pass(settings: Settings) -> None:
    check_app_settings(settings)
