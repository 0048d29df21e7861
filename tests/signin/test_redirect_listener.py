"""The loopback listener: which answers it takes, what the browser is shown, and which ports it can have."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from onedrive.signin.answer import RedirectListener, can_listen_at

STATE = "kYhTqWoEaPcXzNbV"


@pytest.fixture
def listener() -> Iterator[RedirectListener]:
    with RedirectListener("http://localhost", lambda fields: f"Because <{fields['error']}>.") as listener:
        listener.expect(STATE)
        yield listener


def _visit(
    listener: RedirectListener, target: str, *, form: str | None = None, host: str = "127.0.0.1"
) -> tuple[int, str]:
    port = urlsplit(listener.redirect_uri).port
    connection = http.client.HTTPConnection(host, port, timeout=5)
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
    connection.request("GET" if form is None else "POST", target, form, headers)
    reply = connection.getresponse()
    page = reply.read().decode()
    connection.close()
    return reply.status, page


def test_the_first_answer_in_the_address_is_taken_and_the_page_says_where_to_go(listener: RedirectListener) -> None:
    status, page = _visit(listener, f"/?code=abc%21&state={STATE}&session_state=1")
    _, again = _visit(listener, f"/?code=second&state={STATE}")

    assert listener.answer == {"code": "abc!", "state": STATE, "session_state": "1"}
    assert status == 200
    assert "the program finishes the sign-in there, and says whether it worked" in page
    assert "You are signed in" not in page + again
    assert "abc" not in page
    assert "The answer has arrived already" in again


def test_the_answer_in_a_form_is_taken(listener: RedirectListener) -> None:
    _visit(listener, "/", form=f"code=abc&state={STATE}")

    assert listener.answer == {"code": "abc", "state": STATE}


def test_a_refusal_is_an_answer_and_is_shown_in_words(listener: RedirectListener) -> None:
    _, page = _visit(listener, f"/?error=access_denied&error_description=%3Cb%3E&state={STATE}")

    assert listener.answer
    assert "You are not signed in" in page
    assert "Because &lt;access_denied&gt;. Go back to the terminal." in page


@pytest.mark.parametrize(
    ("target", "status", "words"),
    [
        ("/favicon.ico", 404, "nothing here"),
        (f"/other?code=abc&state={STATE}", 404, "nothing here"),
        ("/", 400, "no code"),
        (f"/?state={STATE}", 400, "no code"),
        ("/?code=abc&state=old", 400, "earlier attempt"),
        ("/?code=abc", 400, "earlier attempt"),
    ],
)
def test_what_is_no_answer_to_this_attempt_is_told_so(
    target: str, status: int, words: str, listener: RedirectListener
) -> None:
    seen, page = _visit(listener, target)

    assert seen == status
    assert words in page
    assert listener.answer is None


def test_a_form_of_absurd_length_is_refused(listener: RedirectListener) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(listener.redirect_uri).port or 0), timeout=5) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")

        assert b" 400 " in connection.recv(100)


def test_an_idle_connection_does_not_hold_up_the_answer_or_the_end() -> None:
    with RedirectListener("http://localhost", lambda _: "") as listener:
        listener.expect(STATE)
        idle = socket.create_connection(("127.0.0.1", urlsplit(listener.redirect_uri).port or 0))
        idle.setblocking(False)
        _visit(listener, f"/?code=abc&state={STATE}")
        assert listener.answer

    with idle, pytest.raises(BlockingIOError):  # it is open still: nobody has waited until it was given up
        idle.recv(1)


@pytest.mark.skipif(not socket.has_ipv6, reason="there is no IPv6 here")
def test_localhost_may_be_reached_by_ipv6_too(listener: RedirectListener) -> None:
    try:
        _visit(listener, f"/?code=abc&state={STATE}", host="::1")
    except OSError:
        pytest.skip("there is no IPv6 here")

    assert listener.answer


def test_only_this_computer_can_reach_it(listener: RedirectListener) -> None:
    port = urlsplit(listener.redirect_uri).port or 0

    with socket.socket() as elsewhere:
        elsewhere.settimeout(1)
        assert elsewhere.connect_ex((_own_address(), port)) != 0 or _own_address().startswith("127.")


def test_after_its_end_the_port_is_free_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    for _ in range(2):
        with RedirectListener(f"http://localhost:{port}/back", lambda _: "") as listener:
            listener.expect(STATE)
            _visit(listener, f"/back?code=abc&state={STATE}")
            assert listener.answer
            assert listener.redirect_uri == f"http://localhost:{port}/back"

    assert not [thread for thread in threading.enumerate() if thread.name == "redirect" and thread.is_alive()]


@pytest.mark.parametrize(
    ("address", "possible"),
    [
        ("http://localhost:8080", True),
        ("http://127.0.0.1/back", True),
        ("https://localhost:8080", False),
        ("https://login.microsoftonline.com/common/oauth2/nativeclient", False),
    ],
)
def test_only_an_address_on_this_computer_can_be_listened_at(address: str, possible: bool) -> None:
    assert can_listen_at(address) is possible


def _own_address() -> str:
    """The address of this computer towards others; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


LONG = "https://login.microsoftonline.com/consumers/oauth2/v2.0/authorize?state=" + STATE


def _open(address: str) -> tuple[int, str | None, str]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=5)
    connection.request("GET", parts.path)
    reply = connection.getresponse()
    page = reply.read().decode()
    connection.close()
    return reply.status, reply.getheader("Location"), page


def test_what_a_browser_is_started_with_says_nothing_and_leads_on_once(listener: RedirectListener) -> None:
    lent = listener.lend(LONG)

    assert STATE not in lent
    assert urlsplit(lent).port == urlsplit(listener.redirect_uri).port
    assert _open(lent)[:2] == (302, LONG)
    _visit(listener, f"/?code=abc&state={STATE}")
    assert listener.answer


def test_an_address_that_two_have_opened_ends_the_waiting(listener: RedirectListener) -> None:
    lent = listener.lend(LONG)
    assert _open(lent.replace("/open-", "/open-x"))[:2] == (404, None)
    _open(lent)

    status, location, page = _open(lent)
    _, answered = _visit(listener, f"/?code=abc&state={STATE}")

    assert (status, location) == (410, None)
    assert "somebody else on this computer" in page
    assert "earlier attempt" in answered
    assert listener.answer is None


def test_a_new_attempt_forgets_what_was_lent_before(listener: RedirectListener) -> None:
    lent = listener.lend(LONG)
    listener.lend(f"{LONG}&again=1")

    assert _open(lent)[:2] == (404, None)
