"""Option 8: one screen of findings, each in order or with its cure; nothing secret in it, and never a long wait."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from onedrive.errors import FolderNotUsable, SettingsError
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.settings import Settings
from onedrive.terminal.events import check_event
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.person import Person
from tests.setup.impostor import Impostor
from tests.setup.setup_scene import check
from tests.signin.sign_in_scene import demo_settings, sign_in_alone
from tests.test_start import in_terminal, run

SECRET = "Kx7~Q8recognisable.secret_that-must-not-show"
HOSTS = [
    "host login.microsoftonline.com",
    "host graph.microsoft.com",
    "host my.microsoftpersonalcontent.com",
]
PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy")
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


@pytest.fixture
def settings(demo: FaultyServer, home: Path) -> Settings:
    return demo_settings(demo, home)


@pytest.fixture
def signed_in(demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings) -> Settings:
    # The clock of `pause` is not that of the check.
    sign_in_alone(demo, http, SharedPause(lambda _: None), settings)
    return settings


@pytest.fixture
def no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer without a network: no name is found."""

    def getaddrinfo(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    for name in (*PROXIES, *BUNDLES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


# --- all is well ------------------------------------------------------------------------------------------------------


def test_a_setup_that_works_is_in_order(demo: FaultyServer, signed_in: Settings) -> None:
    checked = check(signed_in, demo)

    assert checked.exit_code == 0, checked.text
    assert checked.wrong == []
    assert checked.text.endswith("\nEverything is in order.\n")
    assert checked.words("app id and secret") == "Microsoft knows the app id and accepts the secret"
    first, _, domain = demo.drive.owner_email.partition("@")
    assert checked.words("account") == f"Signed in as {first[0]}...@{domain}"
    assert checked.words("drive") == f"Drive: personal OneDrive, id {demo.drive.id[:4]}..."
    assert demo.drive.id not in checked.text.lower()


def test_before_any_sign_in_the_rest_is_checked(demo: FaultyServer, settings: Settings) -> None:
    checked = check(settings, demo)

    assert checked.exit_code == 0
    assert checked.words("sign-in") == "Not signed in"
    assert checked.cure("sign-in") == "Choose 1 to sign in."
    assert checked.state("app id and secret") == "ok"
    assert "account" not in checked.names


def test_each_finding_is_an_event_with_all_its_fields(demo: FaultyServer, signed_in: Settings) -> None:
    checked = check(signed_in, demo)

    assert {tuple(event) for event in checked.events} == {("event", "group", "name", "state", "words", "cure")}
    assert {event["event"] for event in checked.events} == {"finding"}
    assert {event["state"] for event in checked.events} <= {"ok", "note", "wrong"}
    assert len(set(checked.names)) == len(checked.names)
    assert json.loads(json.dumps(checked.events)) == list(checked.events)


def test_with_json_each_finding_is_a_line_as_the_schema_has_it(tmp_path: Path) -> None:
    done = run(tmp_path, "--demo", "--json", "8", "1", "9")

    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [fault for row in rows for fault in check_event(row)] == []
    assert {"finding", "signed_out"} <= {row["event"] for row in rows}


def test_a_quiet_run_says_what_is_wrong_and_the_cure(demo: FaultyServer, settings: Settings) -> None:
    checked = check(replace(settings, client_secret="wrong~secret"), demo)

    assert checked.failure.startswith("The client secret is wrong")
    assert "copy its Value" in checked.failure


def test_a_quiet_run_names_several_things_without_their_cures(settings: Settings, no_names: None) -> None:
    checked = check(settings, None)

    assert checked.failure.startswith("3 things are wrong: login.microsoftonline.com (sign-in): its name")
    assert checked.failure.endswith("Run python start.py 8 for the cures.")


def test_the_words_stand_before_each_finding_and_cures_below(demo: FaultyServer, settings: Settings) -> None:
    checked = check(settings, demo)

    assert "\nSign-in\n  NOTE   Not signed in\n           Choose 1 to sign in.\n" in checked.text
    assert "\nApp registration\n  OK     Microsoft knows the app id" in checked.text


def test_nothing_is_left_behind(demo: FaultyServer, settings: Settings) -> None:
    (settings.home / "downloads").mkdir()

    check(settings, demo)

    assert sorted(path.name for path in settings.home.rglob("*")) == ["downloads"]


def test_a_home_that_does_not_exist_is_not_made(demo: FaultyServer, settings: Settings) -> None:
    new = settings.home / "new"

    checked = check(replace(settings, home=new, downloads=new / "downloads"), demo)

    assert checked.words("home") == "The home is not there yet, and can be made"
    assert not new.exists()


def test_it_counts_as_no_sign_in_and_creates_nothing(demo: FaultyServer, settings: Settings) -> None:
    check(settings, demo)

    grants = demo.grants
    assert [*grants.codes, *grants.devices, *grants.refresh, *grants.access] == []


# --- the app registration -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words", "cure"),
    [
        ({"client_secret": "wrong~secret"}, "The client secret is wrong", "copy its Value"),
        ({"client_secret": ""}, "needs a client secret, and none was given", "Set MS_OPENGRAPH_CLIENT_SECRET"),
        ({"app_id": "12345678-1234-1234-1234-123456789abc"}, "Microsoft does not know this app id", "APP_ID"),
        ({"authority": "nowhere.example"}, "There is no tenant of the name one tenant", "typing error"),
    ],
)
def test_what_microsoft_says_about_the_app_is_told_with_the_cure(
    demo: FaultyServer, settings: Settings, change: dict[str, str], words: str, cure: str
) -> None:
    checked = check(replace(settings, **change), demo)  # type: ignore[arg-type]  # all of them are texts

    assert checked.state("app id and secret") == "wrong"
    assert words in checked.words("app id and secret")
    assert cure in checked.cure("app id and secret")
    assert checked.exit_code == 78
    assert "1 thing needs your attention, named above." in checked.text
    assert "nowhere.example" not in checked.text


def test_a_secret_for_a_public_app_is_told(demo: FaultyServer, settings: Settings) -> None:
    checked = check(replace(settings, app_id=demo.public_app_id, client_secret="a~secret"), demo)

    assert "a client secret was given" in checked.words("app id and secret")
    assert checked.exit_code == 78


def test_a_public_app_without_a_secret_is_in_order(demo: FaultyServer, settings: Settings) -> None:
    checked = check(replace(settings, app_id=demo.public_app_id, client_secret=""), demo)

    assert checked.words("app id and secret") == "Microsoft knows the app id and wants no secret"


def test_settings_that_cannot_be_right_are_not_sent(demo: FaultyServer, settings: Settings) -> None:
    checked = check(replace(settings, app_id="hello"), demo)

    assert checked.wrong == ["app id"]
    assert "settings above come first" in checked.words("app id and secret")
    assert not [seen for seen in demo.requests if seen.method == "POST"]


# --- the network ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [600, -600])
def test_a_clock_that_is_ten_minutes_wrong_is_told(demo: FaultyServer, settings: Settings, seconds: float) -> None:
    demo.clock.advance(seconds)

    checked = check(settings, demo)

    assert checked.wrong == ["clock"]
    assert ("slow" if seconds > 0 else "fast") in checked.words("clock")
    assert "10 min" in checked.words("clock") or "9 min 59 s" in checked.words("clock")
    assert checked.cure("clock").startswith("Set it right")
    assert checked.exit_code == 1


def test_a_clock_that_is_two_minutes_wrong_is_a_note(demo: FaultyServer, settings: Settings) -> None:
    demo.clock.advance(120)

    assert check(settings, demo).state("clock") == "note"


def test_without_a_network_all_else_is_checked_at_once(settings: Settings, no_names: None) -> None:
    began = time.monotonic()

    checked = check(settings, None)

    assert checked.wrong == HOSTS
    assert checked.words(HOSTS[1]) == "graph.microsoft.com (lists): its name could not be found"
    assert checked.text.count("Check the internet connection.") == 1
    assert "was not reached" in checked.words("app id and secret")
    assert checked.exit_code == 1
    assert "3 things need your attention, named above." in checked.text
    assert time.monotonic() - began < 4


def test_a_certificate_that_nobody_signed_is_told_with_the_cure(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*PROXIES, *BUNDLES):
        monkeypatch.delenv(name, raising=False)
    with Impostor(tmp_path) as impostor:
        monkeypatch.setenv("HTTPS_PROXY", impostor.proxy)
        checked = check(settings, None, environ={"HTTPS_PROXY": impostor.proxy})

    assert checked.wrong == HOSTS
    assert checked.words(HOSTS[0]).endswith("its certificate is not trusted here")
    assert "REQUESTS_CA_BUNDLE" in checked.cure(HOSTS[0])
    assert checked.words("proxy") == f"Through the proxy {impostor.proxy}"


def test_a_trusted_firewall_that_answers_in_the_hosts_place_is_told(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*PROXIES, *BUNDLES):
        monkeypatch.delenv(name, raising=False)
    with Impostor(tmp_path, page=b"<html>This site is blocked.</html>") as impostor:
        monkeypatch.setenv("HTTPS_PROXY", impostor.proxy)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(impostor.certificate))
        checked = check(settings, None)

    assert "sent a page where data should be" in checked.words(HOSTS[0])
    assert "sent a page where data should be" in checked.words(HOSTS[1])
    assert "firewall" in checked.cure(HOSTS[1])


def test_a_proxy_that_does_not_answer_is_told_without_its_password(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", f"http://somebody:{SECRET}@127.0.0.1:{port}")

    checked = check(settings, None, environ={**os.environ, "NO_PROXY": "intranet.example"})

    assert checked.wrong[:3] == HOSTS
    assert "the proxy did not let us through" in checked.words(HOSTS[0])
    assert "HTTPS_PROXY" in checked.cure(HOSTS[0])
    shown = (
        f"Through the proxy http://127.0.0.1:{port} (with a name and password, not shown) (NO_PROXY: intranet.example)"
    )
    assert checked.words("proxy") == shown
    assert SECRET not in checked.text
    assert "somebody" not in checked.text


def test_a_bundle_that_does_not_exist_is_told(demo: FaultyServer, settings: Settings) -> None:
    checked = check(settings, demo, environ={"REQUESTS_CA_BUNDLE": "/no/such.pem", "SSL_CERT_FILE": "/no/such.pem"})

    assert checked.wrong == ["certificates REQUESTS_CA_BUNDLE, SSL_CERT_FILE"]


@pytest.mark.parametrize(("on", "host"), [("sign_in", HOSTS[0]), ("graph", HOSTS[1])])
def test_the_page_of_a_hotels_network_is_told(demo: FaultyServer, settings: Settings, on: str, host: str) -> None:
    demo.html_page_next(on=on)

    checked = check(settings, demo)

    assert checked.wrong == [host]
    assert "sent a page where data should be" in checked.words(host)
    assert "hotel" in checked.cure(host)


@pytest.mark.parametrize(("on", "host"), list(zip(("sign_in", "graph", "files"), HOSTS, strict=True)))
def test_a_service_that_is_out_of_order_is_told(demo: FaultyServer, settings: Settings, on: str, host: str) -> None:
    demo.fail_next(503, on=on)

    checked = check(settings, demo)

    assert checked.wrong == [host]
    assert "out of order for the moment (error 503)" in checked.words(host)
    assert "Wait a few minutes" in checked.cure(host)


@pytest.mark.parametrize(("on", "host"), list(zip(("sign_in", "graph", "files"), HOSTS, strict=True)))
def test_a_host_that_resets_the_connection_is_told(demo: FaultyServer, settings: Settings, on: str, host: str) -> None:
    demo.reset_next(on=on)

    checked = check(settings, demo)

    assert checked.wrong == [host]
    assert checked.words(host).endswith("it was cut")


def test_throttling_is_a_note_and_nothing_waits(demo: FaultyServer, signed_in: Settings) -> None:
    demo.throttle_next(times=None, seconds=90)
    began = time.monotonic()

    checked = check(signed_in, demo)

    assert checked.exit_code == 0
    assert checked.words(HOSTS[1]) == "graph.microsoft.com (lists) asks us to wait, for 90 s"
    assert checked.state("account") == "note"
    assert time.monotonic() - began < 4


def test_the_file_host_of_a_work_account_is_its_tenants_own_and_not_named(home: Path) -> None:
    with FaultyServer(DemoDrive(drive_type="business"), auto_consent=True) as demo:
        settings = replace(demo_settings(demo, home), authority="organizations")
        http = HttpClient(demo_port=demo.port)
        sign_in_alone(demo, http, SharedPause(lambda _: None), settings)
        http.close()

        checked = check(settings, demo)

    assert checked.exit_code == 0, checked.text
    assert HOSTS[2] not in checked.names
    assert checked.state("host ....sharepoint.com") == "ok"
    assert demo.drive.dialect.file_host not in checked.text


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_token_endpoint_is_told(demo: FaultyServer, settings: Settings, status: int) -> None:
    demo.fail_next(status, on="token")

    checked = check(settings, demo)

    assert checked.state("app id and secret") == ("note" if status == 429 else "wrong")


def test_a_page_from_the_token_endpoint_is_told(demo: FaultyServer, settings: Settings) -> None:
    demo.html_page_next(on="token")

    assert "a page where data should be" in check(settings, demo).words("app id and secret")


def test_a_silent_service_is_given_up_in_time(demo: FaultyServer, signed_in: Settings) -> None:
    demo.delay_requests(20)
    began = time.monotonic()

    checked = check(signed_in, demo, patience_seconds=0.3)

    assert time.monotonic() - began < 3
    assert checked.wrong == HOSTS
    assert "no answer within" in checked.words(HOSTS[0])
    assert checked.words("account") == "OneDrive did not answer about the account in time"


def test_a_redirect_to_a_strangers_host_is_told(demo: FaultyServer, settings: Settings) -> None:
    demo.redirect_files_to("welcome.hotel.example")

    checked = check(settings, demo)

    assert checked.words(HOSTS[2]).endswith("sends us on to welcome.hotel.example")


# --- sign-in and account ----------------------------------------------------------------------------------------------


def test_an_access_token_that_ended_is_renewed(demo: FaultyServer, signed_in: Settings) -> None:
    _let_the_token_end(signed_in)

    checked = check(signed_in, demo)

    assert checked.exit_code == 0, checked.text
    assert checked.state("account") == "ok"
    assert checked.words("access token").startswith("Access token: until")


def test_a_sign_in_that_was_withdrawn_is_told(demo: FaultyServer, signed_in: Settings) -> None:
    demo.revoke_refresh_tokens()
    _let_the_token_end(signed_in)

    checked = check(signed_in, demo)

    assert checked.wrong == ["account"]
    assert "no longer valid" in checked.words("account")
    assert "Choose 1" in checked.cure("account")


def test_an_access_token_that_was_withdrawn_is_told(demo: FaultyServer, signed_in: Settings) -> None:
    demo.revoke_access_tokens()

    checked = check(signed_in, demo)

    assert checked.words("account") == "OneDrive no longer accepts the sign-in"
    assert checked.cure("account").startswith("Choose 2")


def test_a_busy_sign_in_makes_the_renewal_a_note(demo: FaultyServer, signed_in: Settings) -> None:
    _let_the_token_end(signed_in)
    demo.throttle_next(times=None, seconds=60, on="token")

    checked = check(signed_in, demo)

    assert checked.words("account") == "Microsoft asks us to wait, so the sign-in could not be renewed"


def test_a_refresh_token_of_ninety_days_is_told(demo: FaultyServer, signed_in: Settings) -> None:
    _change_token(signed_in, "RefreshToken", last_modification_time=str(int(time.time() - 91 * 86_400)))

    checked = check(signed_in, demo)

    assert "refresh token" in checked.wrong
    assert "not used for 90 days" in checked.words("refresh token")


def test_a_refresh_token_that_ends_soon_is_a_note(demo: FaultyServer, signed_in: Settings) -> None:
    _change_token(signed_in, "RefreshToken", last_modification_time=str(int(time.time() - 80 * 86_400)))

    checked = check(signed_in, demo)

    assert checked.state("refresh token") == "note"
    assert checked.cure("refresh token") == "Choose 2 to renew it."


def test_more_permission_than_needed_is_a_note_with_the_address(
    demo: FaultyServer, http: HttpClient, settings: Settings
) -> None:
    demo.earlier_consent("Files.ReadWrite")
    sign_in_alone(demo, http, SharedPause(lambda _: None), settings)

    checked = check(settings, demo)

    assert checked.state("permissions") == "note"
    assert "Files.ReadWrite" in checked.words("permissions")
    assert "https://account.live.com/consent/Manage" in checked.cure("permissions")
    assert checked.exit_code == 0


@pytest.mark.parametrize(("scopes", "state"), [("User.Read", "wrong"), ("User.Read Files.Read", "ok")])
def test_a_missing_permission_is_told(demo: FaultyServer, signed_in: Settings, scopes: str, state: str) -> None:
    _change_token(signed_in, "AccessToken", target=scopes)

    assert check(signed_in, demo).state("permissions") == state


def test_shared_folders_without_their_permission_are_a_note(demo: FaultyServer, signed_in: Settings) -> None:
    checked = check(replace(signed_in, shared=True), demo)

    assert checked.state("permissions") == "note"
    assert "Files.Read.All" in checked.cure("permissions")


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_token_file_that_others_could_read_is_told_and_closed(demo: FaultyServer, signed_in: Settings) -> None:
    (signed_in.home / "token.json").chmod(0o644)

    checked = check(signed_in, demo)

    assert checked.state("permissions of token.json") == "note"
    assert (signed_in.home / "token.json").stat().st_mode & 0o777 == 0o600


def test_a_damaged_token_file_is_told_and_stays(demo: FaultyServer, settings: Settings) -> None:
    (settings.home / "token.json").write_text("{")

    checked = check(settings, demo)

    assert checked.wrong == ["sign-in"]
    assert "damaged" in checked.words("sign-in")
    assert (settings.home / "token.json").read_text() == "{"


def test_older_copies_of_a_sign_in_are_a_note(demo: FaultyServer, signed_in: Settings) -> None:
    (signed_in.home / "token.foreign-20260101-120000.json").write_text("{}")

    checked = check(signed_in, demo)

    assert "token.foreign-20260101-120000.json" in checked.words("older sign-ins")
    assert "choose 9" in checked.cure("older sign-ins")


def test_a_full_onedrive_is_a_note(demo: FaultyServer, signed_in: Settings) -> None:
    demo.drive.add_file("/a.bin", b"x" * 1000)
    demo.drive.quota_bytes = 1000

    checked = check(signed_in, demo)

    assert checked.state("quota") == "note"
    assert "it is full" in checked.words("quota")


def test_an_account_without_a_onedrive_is_told(demo: FaultyServer, signed_in: Settings) -> None:
    demo.fail_next(404, on="graph", times=None)  # the unsigned question is answered so as well

    checked = check(signed_in, demo)

    assert checked.wrong == ["account"]


def test_a_list_of_another_account_is_a_note(demo: FaultyServer, signed_in: Settings) -> None:
    (signed_in.home / "list_state.json").write_text(json.dumps({"drive_id": "ABCDEF0123456789", "account_id": "x"}))

    checked = check(signed_in, demo)

    assert "another account" in checked.words("list of another account")


# --- settings, home, screen -----------------------------------------------------------------------------------------


def test_no_secret_is_in_the_text_or_the_events(
    demo: FaultyServer, signed_in: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = json.loads((signed_in.home / "token.json").read_text())
    secrets = [row["secret"] for section in token.values() for row in section.values() if "secret" in row]
    (signed_in.home / "token.damaged-20260101-120000.json").write_text(
        json.dumps({"AccessToken": {"x": {"secret": "set-aside-token-9"}}})
    )
    for name in ("item_download_errors.json", "selection.json", "list_state.json", "verification.json"):
        (signed_in.home / name).write_text(f'{{"{SECRET}": ')
    settings = replace(signed_in, client_secret=SECRET)

    checked = check(settings, demo, environ={"HTTPS_PROXY": f"http://u:{SECRET}@proxy.example:1"})

    everything = checked.text + json.dumps(checked.events)
    assert len(secrets) == 3
    for secret in (*secrets, SECRET, "set-aside-token-9", demo.client_secret):
        assert secret not in everything
    assert demo.drive.owner_email not in everything
    assert "client secret: set, 44 characters" in everything.lower()


def test_settings_that_could_not_be_read_are_findings(demo: FaultyServer, settings: Settings) -> None:
    fault = SettingsError("The settings file .env cannot be understood at line 3: why.", "Correct the line.")

    checked = check(settings, demo, faults=[fault])

    assert checked.wrong == ["unreadable setting 1"]
    assert checked.cure("unreadable setting 1") == "Correct the line."
    assert checked.exit_code == 78


def test_a_home_that_cannot_be_written_to_is_told(demo: FaultyServer, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file where a folder should be")
    home = tmp_path / "file"

    checked = check(replace(settings, home=home, downloads=home / "downloads"), demo)

    assert checked.wrong == ["home", "downloads folder"]
    assert "--home" in checked.cure("home")
    assert "--to" in checked.cure("downloads folder")
    assert checked.exit_code == 1


def test_a_demo_that_cannot_start_is_a_finding(settings: Settings) -> None:
    def open_http(_: float) -> HttpClient:
        raise FolderNotUsable(Path("/x"), "it is a file")

    checked = check(settings, None, open_http=open_http)

    assert checked.wrong == ["network"]


def test_a_missing_package_is_a_finding(settings: Settings) -> None:
    def open_http(_: float) -> HttpClient:
        raise ModuleNotFoundError("requests", name="requests")

    checked = check(settings, None, open_http=open_http)

    assert checked.words("network") == "The network cannot be asked without the package requests"


def test_it_runs_without_the_network_library(tmp_path: Path) -> None:
    blocker = tmp_path / "sitecustomize.py"
    blocker.write_text("import sys\nfor name in ('requests', 'urllib3', 'msal'):\n    sys.modules[name] = None\n")

    done = run(tmp_path, "8", environ={"PYTHONPATH": str(tmp_path)})

    assert done.returncode == 78
    assert "The network cannot be asked without the package requests" in done.stdout
    assert done.stderr == ""


def test_a_broken_env_file_is_shown_by_8_and_stops_the_rest(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"MS_OPENGRAPH_CLIENT_SECRET='{SECRET}\n")

    done = run(tmp_path, "8", "3", environ={"HTTPS_PROXY": "http://127.0.0.1:9"})

    assert done.returncode == 78
    assert "WRONG  The settings file " in done.stdout
    assert "cannot be understood at line 1" in done.stdout
    assert done.stdout.count("Correct the line") == 2  # by 8, and by 3 that cannot run
    assert SECRET not in done.stdout


def test_a_broken_env_file_still_stops_the_menu(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MS_OPENGRAPH_APP_ID\n")

    done = run(tmp_path, typed="8\n")

    assert done.returncode == 78
    assert "Your choice" not in done.stdout


def test_it_fits_sixty_columns_and_needs_no_colour(tmp_path: Path) -> None:
    run(tmp_path, "--demo", "1", "3")

    with Person(width=60, height=200) as person:
        program = person.start(in_terminal(tmp_path, "--demo", "8"))

        person.sees("Everything is in order.")
        assert program.wait(10) == 0
        rows = [row for row in person.rows() if not row.lstrip().startswith("http")]
        assert max(map(len, rows)) <= 60
        assert any(row.startswith("  OK     token.json can be read by you alone") for row in rows)


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
def test_ctrl_c_ends_the_check_at_once(tmp_path: Path, demo: FaultyServer) -> None:
    demo.delay_requests(30)

    with Person() as person:
        program = person.start(in_terminal(tmp_path, "--demo-port", str(demo.port), "8"))
        person.sees("Looking at everything")
        time.sleep(0.4)
        person.type("\x03")

        person.sees("Stopped.")
        assert program.wait(10) == 130
        assert "Traceback" not in person.written


def _let_the_token_end(settings: Settings) -> None:
    _change_token(settings, "AccessToken", expires_on=str(int(time.time() - 10)))


def _change_token(settings: Settings, section: str, **changes: str) -> None:
    path = settings.home / "token.json"
    cache = json.loads(path.read_text())
    for row in cache[section].values():
        row.update(changes)
    path.write_text(json.dumps(cache))
