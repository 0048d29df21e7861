"""Option 8: one screen of findings, each in order or with its cure; nothing secret in it, and never a long wait."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from onedrive.net import connection
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.settings import Settings
from onedrive.setup import hosts
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.person import Person, wait_for
from tests.setup.impostor import Impostor
from tests.setup.setup_scene import check
from tests.signin.sign_in_scene import demo_settings, sign_in_alone
from tests.starting import in_terminal, run
from tests.terminal.event_check import check_event

SECRET = "Kx7~Q8recognisable.secret_that-must-not-show"
APP = "app id and secret"
SIGN_IN, GRAPH, FILES = HOSTS = [
    f"host {name}" for name in ("login.microsoftonline.com", "graph.microsoft.com", "my.microsoftpersonalcontent.com")
]
PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy")
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


@pytest.fixture
def settings(demo: FaultyServer, home: Path) -> Settings:
    return demo_settings(demo, home)


@pytest.fixture
def signed_in(demo: FaultyServer, http: HttpClient, settings: Settings) -> Settings:
    sign_in_alone(demo, http, SharedPause(lambda _: None), settings)
    return settings


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """No way out is set in the environment of the test."""
    for name in (*PROXIES, *BUNDLES):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def no_names(no_proxy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer without a network: no name is found."""

    def getaddrinfo(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


# --- all is well ------------------------------------------------------------------------------------------------------


def test_a_setup_that_works_is_in_order_and_each_finding_an_event(demo: FaultyServer, signed_in: Settings) -> None:
    checked = check(signed_in, demo)

    assert checked.exit_code == 0, checked.text
    assert checked.wrong == []
    assert checked.text.endswith("\nEverything is in order.\n")
    assert "\nApp registration\n  OK     Microsoft knows the app id and accepts the app password\n" in checked.text
    first, _, domain = demo.drive.owner_email.partition("@")
    assert checked.words("account") == f"Signed in as {first[0]}...@{domain}"
    assert checked.words("drive") == f"Drive: personal OneDrive, id {demo.drive.id[:4]}..."
    assert demo.drive.id not in checked.text.lower()
    assert [
        fault for event in checked.events for fault in check_event({"v": 1, "time": "2026-11-26T00:00:00Z", **event})
    ] == []
    assert len(set(checked.names)) == len(checked.names)


def test_before_any_sign_in_the_rest_is_checked_and_nothing_is_left_behind(
    demo: FaultyServer, settings: Settings
) -> None:
    new = settings.home / "new"

    checked = check(replace(settings, home=new, downloads=new / "downloads"), demo)

    assert checked.exit_code == 0
    assert checked.words("home") == "The home is not there yet, and can be made"
    assert "\nSign-in\n  NOTE   Not signed in\n           Choose 1 to sign in.\n" in checked.text
    assert checked.text.endswith("\nNothing is wrong. Good to know: Not signed in. Choose 1 to sign in.\n")
    assert checked.state(APP) == "ok"
    assert "account" not in checked.names
    assert list(settings.home.iterdir()) == []
    grants = demo.grants  # it counts as no sign-in
    assert [*grants.codes, *grants.devices, *grants.refresh, *grants.access] == []


# --- trouble of one kind: what is said, and the cure ------------------------------------------------------------------

Arrange = Callable[[FaultyServer], object]


@pytest.mark.parametrize(
    ("change", "name", "words", "cure", "code"),
    [
        ({"client_secret": "wrong~secret"}, APP, "The app password (client secret) is wrong", "copy its Value", 78),
        (
            {"client_secret": ""},
            APP,
            "needs an app password (client secret), and none was given",
            "it belongs in MS_OPENGRAPH_CLIENT_SECRET",
            78,
        ),
        ({"app_id": "12345678-1234-1234-1234-123456789abc"}, APP, "does not know this app id", "APP_ID", 78),
        (
            {"authority": "nowhere.example"},
            APP,
            "does not know the organisation (tenant)",
            "typing error",
            78,
        ),
        ({"app_id": ""}, "app id", "There is no app id yet", "--demo needs no app id", 78),
        ({"client_secret": "8c2d47aa-19f6-4e0b-b3c5-71a9e4d06f22"}, "client secret", "like the Secret ID", "Value", 78),
        ({"redirect_uri": "http://example.com"}, "redirect address", "cannot be used", "letter for letter", 78),
    ],
)
def test_a_setting_that_cannot_be_right_is_wrong(
    demo: FaultyServer, settings: Settings, change: dict[str, str], name: str, words: str, cure: str, code: int
) -> None:
    checked = check(replace(settings, **change), demo)  # type: ignore[arg-type]  # all of them are texts

    assert checked.wrong == [name]
    assert words in checked.words(name)
    assert cure in checked.cure(name)
    assert checked.exit_code == code
    assert "1 thing is wrong: " + checked.failure in checked.text
    assert checked.failure == f"{checked.words(name)}. {checked.cure(name)}"
    assert "nowhere.example" not in checked.text
    if name != APP:  # settings that cannot be right are not sent
        assert "settings above come first" in checked.words(APP)
        assert not [seen for seen in demo.requests if seen.method == "POST"]


@pytest.mark.parametrize(
    ("secret", "words"),
    [("a~secret", "an app password (client secret) was given"), ("", "knows the app id and wants no app password")],
)
def test_a_public_app_has_no_secret(demo: FaultyServer, settings: Settings, secret: str, words: str) -> None:
    checked = check(replace(settings, app_id=demo.public_app_id, client_secret=secret), demo)

    assert words in checked.words(APP)
    assert checked.wrong == ([APP] if secret else [])


@pytest.mark.parametrize(
    ("arrange", "name", "state", "words", "cure"),
    [
        (lambda demo: demo.clock.advance(-600), "clock", "wrong", " fast", "Set it right"),
        (lambda demo: demo.clock.advance(120), "clock", "note", "min slow", "Set it right"),
        *((lambda demo, on=on: demo.html_page_next(on=on), host, "wrong", "a page where data should be", "hotel")
          for on, host in (("sign_in", SIGN_IN), ("token", APP))),
        *((lambda demo, on=on: demo.fail_next(503, on=on), host, "wrong", "out of order at the moment (error 503)",
           "Wait a few minutes")
          for on, host in (("graph", GRAPH), ("token", APP))),
        (lambda demo: demo.reset_next(on="files"), FILES, "wrong", "it was cut", ""),
        (lambda demo: demo.fail_next(511, on="sign_in"), SIGN_IN, "wrong", "sign in to it first", "Open any page"),
        (lambda demo: demo.fail_next(429, on="token"), APP, "note", "asks us to wait", "Wait a few minutes"),
        (lambda demo: demo.redirect_files_to("welcome.hotel.example"), FILES, "wrong",
         "sends us on to welcome.hotel.example", "hotel"),
    ],
)  # fmt: skip
def test_trouble_on_the_way_is_told(
    demo: FaultyServer, settings: Settings, arrange: Arrange, name: str, state: str, words: str, cure: str
) -> None:
    arrange(demo)

    checked = check(settings, demo)

    assert checked.wrong == ([name] if state == "wrong" else [])
    assert checked.state(name) == state
    assert words in checked.words(name)
    assert cure in checked.cure(name)
    assert checked.exit_code == (0 if state == "note" else 78 if name == APP else 1)


def _change_token(settings: Settings, section: str, **changes: str) -> None:
    path = settings.home / "token.json"
    cache = json.loads(path.read_text())
    for row in cache[section].values():
        row.update(changes)
    path.write_text(json.dumps(cache))


def _let_the_token_end(settings: Settings) -> None:
    _change_token(settings, "AccessToken", expires_on=str(int(time.time() - 10)))


def _renewed(days_ago: float) -> Callable[[FaultyServer, Settings], None]:
    when = str(int(time.time() - days_ago * 86_400))
    return lambda _, settings: _change_token(settings, "RefreshToken", last_modification_time=when)


def _withdraw(demo: FaultyServer, settings: Settings) -> None:
    demo.revoke_refresh_tokens()
    _let_the_token_end(settings)


def _be_busy(demo: FaultyServer, settings: Settings) -> None:
    _let_the_token_end(settings)
    demo.throttle_next(times=None, seconds=60, on="token")


def _fill(demo: FaultyServer, used: int) -> None:
    demo.drive.add_file("/a.bin", b"x" * used)
    demo.drive.quota_bytes = 1000


def _add_file(name: str, content: str, mode: int = 0o600) -> Callable[[FaultyServer, Settings], None]:
    def write(_: FaultyServer, settings: Settings) -> None:
        (settings.home / name).write_text(content)
        (settings.home / name).chmod(mode)

    return write


@pytest.mark.parametrize(
    ("arrange", "name", "state", "words", "cure"),
    [
        (lambda _, settings: _let_the_token_end(settings), "account", "ok", "Signed in as ", ""),
        (_withdraw, "account", "wrong", "no longer valid", "Choose 1"),
        (_be_busy, "account", "note", "Microsoft asks us to wait, so the sign-in could not be renewed", ""),
        (lambda demo, _: demo.revoke_access_tokens(), "account", "wrong", "no longer accepts the sign-in", "Choose 2"),
        (lambda demo, _: demo.fail_next(404, on="graph", times=None), "account", "wrong", "(error 404 itemNotFound)",
         "Choose 1"),
        (lambda demo, _: demo.fail_next(
            403, code="accessDenied", inner_code="accountFrozen", on="graph", times=None
         ), "account", "wrong", "is frozen", "onedrive.com in the browser"),
        (_renewed(89.9), "refresh token", "note", ", longer with each use", "Choose 2 to renew it."),
        (_renewed(75), "refresh token", "ok", "renewed 75 days ago, and can be until ", ""),
        (_renewed(90.1), "refresh token", "wrong", "not used for 90 days", "Choose 1 to sign in."),
        (lambda _, settings: _change_token(settings, "AccessToken", target="User.Read"), "permissions", "wrong",
         "the one to read files is missing", "Files.Read"),
        (lambda _, settings: _change_token(settings, "AccessToken", target="Files.ReadWrite"), "permissions", "note",
         "Files.ReadWrite; more than reading needs", "https://account.live.com/consent/Manage"),
        (_add_file("token.foreign-20260101-120000.json", "{}"), "older sign-ins", "note",
         "token.foreign-20260101-120000.json", "choose 9"),
        (lambda demo, _: _fill(demo, 1000), "quota", "note", "it is full", "Downloading still works."),
        (lambda demo, _: _fill(demo, 951), "quota", "note", "it is nearly full", "Downloading still works."),
        (lambda demo, _: _fill(demo, 949), "quota", "ok", "949 B used of 1.0 kB", ""),
        (_add_file("list_state.json", '{"drive_id": "ABCDEF0123456789", "account_id": "x"}'), "list of another account",
         "note", "made with another account", "Choose 3"),
    ],
)  # fmt: skip
def test_the_sign_in_and_the_account_are_looked_at(
    demo: FaultyServer,
    signed_in: Settings,
    arrange: Callable[[FaultyServer, Settings], object],
    name: str,
    state: str,
    words: str,
    cure: str,
) -> None:
    arrange(demo, signed_in)

    checked = check(signed_in, demo)

    assert checked.state(name) == state
    assert words in checked.words(name)
    assert cure in checked.cure(name)


@pytest.mark.posix("modes")
def test_files_with_secrets_that_others_could_read_are_told(demo: FaultyServer, signed_in: Settings) -> None:
    (signed_in.home / "token.json").chmod(0o640)
    env_file = signed_in.home / ".env"
    env_file.write_text(f"MS_OPENGRAPH_CLIENT_SECRET={SECRET}\n")
    env_file.chmod(0o604)

    checked = check(replace(signed_in, sources={"MS_OPENGRAPH_CLIENT_SECRET": str(env_file)}), demo)

    assert checked.state("permissions of token.json") == "note"
    assert (signed_in.home / "token.json").stat().st_mode & 0o777 == 0o600
    assert checked.state("permissions of .env") == "note"
    assert checked.cure("permissions of .env") == f"Run: chmod 600 {env_file}"
    assert checked.words("client secret").endswith(f" (from {env_file})")


@pytest.mark.parametrize(
    ("host", "taken", "state", "cure"),
    [
        ("http://localhost", True, "ok", ""),
        ("http://127.0.0.1", True, "note", "End the other program"),
        ("https://example.com", False, "note", "paste it here"),
    ],
)
def test_whether_the_browser_can_come_back_is_tried(
    demo: FaultyServer, settings: Settings, host: str, state: str, cure: str, *, taken: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        if not taken:
            listener.close()
        checked = check(replace(settings, redirect_uri=f"{host}:{port}"), demo)

    assert checked.state("redirect port") == state
    assert cure in checked.cure("redirect port")


# --- the network ------------------------------------------------------------------------------------------------------


def test_without_a_network_all_else_is_checked_and_a_quiet_run_names_what_is_wrong(
    settings: Settings, no_names: None
) -> None:
    checked = check(settings, None)

    assert checked.wrong == HOSTS
    assert checked.words(GRAPH) == "graph.microsoft.com (lists): its name could not be found"
    begin = "Begin with the first: login.microsoftonline.com (sign-in): its name could not be found. Check the internet"
    assert checked.text.count("Check the internet connection.") == 2  # the verdict says it too
    assert "was not reached" in checked.words(APP)
    assert checked.exit_code == 1
    assert checked.text.splitlines()[-1].startswith(f"3 things are wrong; each is marked WRONG above. {begin}")
    assert checked.failure.startswith("3 things are wrong: login.microsoftonline.com (sign-in): its name")
    assert checked.failure.endswith("Choose 8 for the cures.")


NOT_TRUSTED = ("its certificate is not trusted here", "REQUESTS_CA_BUNDLE")
SENT_A_PAGE = ("sent a page where data should be", "firewall")
PACKAGES = "those that came with the program's packages"
BOTH = f"those of this computer, and {PACKAGES}"
only_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="only OpenSSL is told by a variable whom a system trusts"
)


@pytest.mark.parametrize(
    ("variable", "counts", "says", "told"),
    [
        ("", True, BOTH, NOT_TRUSTED),
        ("REQUESTS_CA_BUNDLE", True, "{} (REQUESTS_CA_BUNDLE)", SENT_A_PAGE),
        pytest.param("SSL_CERT_DIR", True, BOTH, SENT_A_PAGE, marks=only_linux),
        ("SSL_CERT_DIR", False, f"{PACKAGES} alone (ONEDRIVE_SYSTEM", NOT_TRUSTED),
    ],
)
def test_who_answers_in_the_hosts_place_is_told_and_whose_certificates_count(
    settings: Settings, no_proxy: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    variable: str, counts: bool, says: str, told: tuple[str, str],
) -> None:  # fmt: skip
    pytest.importorskip("truststore")
    for place in (connection, hosts):  # as on Windows and macOS; whose store is asked is truststore's affair
        monkeypatch.setattr(place, "HAS_SYSTEM_STORE", True)
    with Impostor(tmp_path, page=b"<html>This site is blocked.</html>") as impostor:
        monkeypatch.setenv("HTTPS_PROXY", impostor.proxy)
        named = str(impostor.certificate if variable == "REQUESTS_CA_BUNDLE" else impostor.system_store)
        if variable:
            monkeypatch.setenv(variable, named)
        checked = check(replace(settings, system_certificates=counts), None, environ={variable: named})

    words, cure = told
    certificates = "certificates REQUESTS_CA_BUNDLE" if variable == "REQUESTS_CA_BUNDLE" else "certificates"
    assert checked.words(certificates).removeprefix("Certificates: ").startswith(says.format(named))

    assert checked.wrong[:2] == HOSTS[:2]
    assert words in checked.words(GRAPH)
    assert cure in checked.cure(GRAPH)
    assert checked.words("proxy") == f"Through the proxy {impostor.proxy}"


def test_a_proxy_that_does_not_answer_is_told_without_its_password(
    settings: Settings, no_proxy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://somebody:{SECRET}@127.0.0.1:{port}")

    checked = check(settings, None, environ={"NO_PROXY": "intranet.example"})

    assert checked.wrong[:3] == HOSTS
    assert "the proxy that is set here does not answer" in checked.words(SIGN_IN)
    assert "HTTPS_PROXY" in checked.cure(SIGN_IN)
    way = (
        f"Through the proxy http://127.0.0.1:{port} (with a name and password, not shown) (NO_PROXY: intranet.example)"
    )
    assert checked.words("proxy") == way
    assert SECRET not in checked.text
    assert "somebody" not in checked.text


def test_throttling_is_a_note_and_nothing_waits(demo: FaultyServer, signed_in: Settings) -> None:
    demo.throttle_next(times=None, seconds=90)

    checked = check(signed_in, demo)

    assert checked.exit_code == 0
    assert checked.words(GRAPH) == "graph.microsoft.com (lists) asks us to wait, for 90 s"
    assert checked.state("account") == "note"


def test_a_silent_service_is_given_up_in_time(demo: FaultyServer, signed_in: Settings) -> None:
    demo.delay_requests(20)

    checked = check(signed_in, demo, patience_seconds=0.3)

    assert checked.wrong == HOSTS
    assert "no answer within" in checked.words(SIGN_IN)
    assert checked.words("account") == "OneDrive did not answer about the account in time"


def test_the_file_host_of_a_work_account_is_its_tenants_own_and_not_named(home: Path) -> None:
    with FaultyServer(DemoDrive(drive_type="business"), auto_consent=True) as demo:
        settings = replace(demo_settings(demo, home), authority="organizations")
        http = HttpClient(demo_port=demo.port)
        sign_in_alone(demo, http, SharedPause(lambda _: None), settings)
        http.close()

        checked = check(settings, demo)

    assert checked.exit_code == 0, checked.text
    assert FILES not in checked.names
    assert checked.state("host ....sharepoint.com") == "ok"
    assert demo.drive.dialect.file_host not in checked.text


# --- where much is missing --------------------------------------------------------------------------------------------


def test_no_secret_is_in_the_text_or_the_events(demo: FaultyServer, signed_in: Settings) -> None:
    token = json.loads((signed_in.home / "token.json").read_text())
    secrets = [row["secret"] for section in token.values() for row in section.values() if "secret" in row]
    aside = {"AccessToken": {"x": {"secret": "set-aside-token-9"}}}
    (signed_in.home / "token.damaged-20260101-120000.json").write_text(json.dumps(aside))
    for name in ("item_download_errors.json", "selection.json", "list_state.json", "verification.json"):
        (signed_in.home / name).write_text(f'{{"{SECRET}": ')
    settings = replace(signed_in, client_secret=SECRET, authority="contoso.com", root_folder="/Secret folder")

    checked = check(settings, demo, environ={"HTTPS_PROXY": f"http://u:{SECRET}@proxy.example:1"})

    everything = checked.text + json.dumps(checked.events)
    assert len(secrets) == 3
    for secret in (*secrets, SECRET, "set-aside-token-9", demo.client_secret, demo.app_id, "contoso", "Secret folder"):
        assert secret not in everything
    assert demo.drive.owner_email not in everything
    assert "app password (client secret): set, 44 characters" in everything.lower()


def test_a_home_that_cannot_be_written_to_is_told(demo: FaultyServer, settings: Settings, tmp_path: Path) -> None:
    home = tmp_path / "file"
    home.write_text("a file where a folder should be")

    checked = check(replace(settings, home=home, downloads=home / "downloads"), demo)

    assert checked.wrong == ["home", "downloads folder"]
    assert "--home" in checked.cure("home")
    assert "--to" in checked.cure("downloads folder")
    assert "room" not in checked.names
    assert checked.exit_code == 1


def test_a_broken_env_file_is_shown_by_8_and_stops_the_rest_and_the_menu(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"MS_OPENGRAPH_CLIENT_SECRET='{SECRET}\n")

    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9"}
    check, done, menu = (
        run(tmp_path, "8", environ=nowhere),
        run(tmp_path, "8", "3", environ=nowhere),
        run(tmp_path, typed="8\n"),
    )

    assert (check.returncode, done.returncode, menu.returncode) == (78, 78, 78)
    assert "WRONG  The settings file " in done.stdout
    assert "cannot be understood at line 1" in done.stdout
    assert done.stdout.count("Correct the line") == 3  # by 8 and in its verdict, and by 3 that cannot run
    assert SECRET not in done.stdout
    assert "Your choice" not in menu.stdout


@pytest.mark.posix("terminal of POSIX")
def test_it_fits_sixty_columns_and_ctrl_c_ends_it_at_once(tmp_path: Path, demo: FaultyServer) -> None:
    run(tmp_path, "--demo-port", str(demo.port), "1", "3")

    demo.delay_requests(30)
    with Person(width=60, height=200) as person:
        program = person.start(in_terminal(tmp_path, "--demo-port", str(demo.port)))
        person.sees("Your choice:")
        person.type("8\r")
        person.sees("Checking everything")
        person.type("\x03")
        person.sees("Stopped.")
        wait_for(lambda: person.rows()[-1].startswith("Your choice:"), "the menu again")
        demo.delay_requests(0)
        person.type("8\r0\r")
        person.sees("Everything is in order.")
        assert person.sees_end(program) == 0
        assert max(len(row) for row in person.rows() if not row.lstrip().startswith("http")) <= 60
        assert "Traceback" not in person.written
