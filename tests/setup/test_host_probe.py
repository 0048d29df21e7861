"""One request to one host: status, JSON, clock, redirect, or why nothing came."""

from __future__ import annotations

import pytest

from onedrive.errors import ConnectionLost
from onedrive.net.client import HttpClient
from onedrive.setup.hosts import probe
from tests.faults.server import FaultyServer

ME = "https://graph.microsoft.com/v1.0/me"


def test_graphs_answer_without_a_sign_in_is_read(http: HttpClient, demo: FaultyServer) -> None:
    asked = probe(http, "GET", ME)

    assert (asked.host, asked.status, asked.error) == ("graph.microsoft.com", 401, None)
    assert asked.answer
    assert asked.skew_seconds is not None
    assert abs(asked.skew_seconds) < 2
    assert 0 < asked.seconds < 2


@pytest.mark.parametrize("ahead", [1000, -1000])
def test_the_difference_of_the_clocks_is_measured(http: HttpClient, demo: FaultyServer, ahead: float) -> None:
    demo.clock.advance(ahead)

    assert probe(http, "GET", ME).skew_seconds == pytest.approx(-ahead, abs=2)


def test_a_lost_connection_is_in_the_result(http: HttpClient, demo: FaultyServer) -> None:
    demo.reset_next()

    assert isinstance(probe(http, "GET", ME).error, ConnectionLost)


def test_a_body_that_breaks_off_is_in_the_result(http: HttpClient, demo: FaultyServer) -> None:
    demo.cut_body_next(3, on="graph")

    assert isinstance(probe(http, "GET", ME, bearer=demo.issue_token()).error, ConnectionLost)


def test_a_page_is_no_answer(http: HttpClient, demo: FaultyServer) -> None:
    demo.html_page_next()

    assert probe(http, "GET", ME).answer is None


def test_a_redirect_is_not_followed_and_its_host_is_told(http: HttpClient, demo: FaultyServer) -> None:
    demo.redirect_files_to("elsewhere.example")

    asked = probe(http, "GET", "https://my.microsoftpersonalcontent.com/")

    assert (asked.status, asked.leads_to) == (302, "elsewhere.example")


def test_a_form_reaches_the_token_endpoint(http: HttpClient, demo: FaultyServer) -> None:
    asked = probe(http, "POST", "https://login.microsoftonline.com/common/oauth2/v2.0/token", form={"client_id": "x"})

    assert asked.answer
    assert asked.answer["error_codes"] == [700016]
