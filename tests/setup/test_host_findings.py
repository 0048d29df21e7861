"""Hosts, proxy, certificates and clock: what an answer, or none, says about the way to Microsoft."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.errors import ConnectionLost, HostNotFound, HostNotTrusted, ServiceUnusable, SettingsError
from onedrive.setup.findings import State
from onedrive.setup.hosts import (
    PORTAL_CURE,
    REACH_CURE,
    SERVICE_CURE,
    Probe,
    addresses,
    late,
    look_at_clock,
    look_at_host,
    look_at_proxy,
)

GRAPH = "graph.microsoft.com"
FILES = "my.microsoftpersonalcontent.com"


@pytest.mark.parametrize(
    ("asked", "words", "cure"),
    [
        (Probe(GRAPH, error=HostNotFound(GRAPH)), "its name could not be found", REACH_CURE),
        (Probe(GRAPH, error=ConnectionLost(GRAPH, "it was cut")), "it was cut", REACH_CURE),
        (Probe(GRAPH, error=ConnectionLost(GRAPH, "the proxy said no", "Ask it.")), "the proxy said no", "Ask it."),
        (Probe(GRAPH, error=SettingsError("No bundle.", "Make one.")), "No bundle", "Make one."),
        (Probe(GRAPH, error=ServiceUnusable(GRAPH, "x")), "did not give a usable answer", PORTAL_CURE),
        (Probe(GRAPH, status=502), "out of order for the moment (error 502)", SERVICE_CURE),
        (Probe(GRAPH, status=200), "sent a page where data should be", PORTAL_CURE),
        (Probe(FILES, status=302, leads_to="hotel.example"), "sends us on to hotel.example", PORTAL_CURE),
    ],
)
def test_trouble_with_a_host_is_wrong_and_has_a_cure(asked: Probe, words: str, cure: str) -> None:
    found = look_at_host(asked)

    assert found.state is State.WRONG
    assert words in found.words
    assert found.cure == cure


def test_an_identity_that_cannot_be_proven_names_the_variable() -> None:
    assert "SSL_CERT_FILE" in look_at_host(Probe(GRAPH, error=HostNotTrusted(GRAPH))).cure


@pytest.mark.parametrize(
    "asked",
    [
        Probe(GRAPH, status=401, answer={}, seconds=0.05),
        Probe(FILES, status=404, seconds=0.05),
        Probe(FILES, status=302, leads_to="onedrive.live.com", seconds=0.05),
        Probe(FILES, status=302, leads_to=FILES, seconds=0.05),
    ],
)
def test_an_answer_in_the_hosts_own_way_is_in_order(asked: Probe) -> None:
    found = look_at_host(asked)

    assert found.state is State.OK
    assert found.words.endswith("answered in 50 ms, its certificate is trusted")


def test_in_the_demo_nothing_is_said_of_certificates() -> None:
    assert look_at_host(Probe(GRAPH, status=401, answer={}), is_demo=True).words.endswith(" ms")


@pytest.mark.parametrize(("retry_after", "end"), [("30", "asks us to wait, for 30 s"), ("", "wait"), ("soon", "wait")])
def test_throttling_is_a_note(retry_after: str, end: str) -> None:
    found = look_at_host(Probe(GRAPH, status=429, retry_after=retry_after))

    assert found.state is State.NOTE
    assert found.words.endswith(end)


def test_a_silent_host_is_wrong() -> None:
    assert late(GRAPH, 9.0).words == "graph.microsoft.com (lists): no answer within 9 s"


@pytest.mark.parametrize(
    ("skew", "state", "words"),
    [
        (0.4, State.OK, "agrees"),
        (-60, State.OK, "agrees"),
        (61, State.NOTE, "1 min 1 s fast"),
        (-300, State.NOTE, "5 min slow"),
        (301, State.WRONG, "5 min 1 s fast"),
        (-86_400 * 400, State.WRONG, "400 days slow"),
    ],
)
def test_the_clock_is_judged_by_the_servers(skew: float, state: State, words: str) -> None:
    (found,) = look_at_clock([Probe(GRAPH), Probe(FILES, skew_seconds=skew)])

    assert found.state is state
    assert words in found.words


def test_without_a_time_from_anywhere_nothing_is_said_of_the_clock() -> None:
    assert list(look_at_clock([Probe(GRAPH)])) == []


def test_without_a_proxy_that_is_said() -> None:
    assert [found.words for found in look_at_proxy("", {})] == ["Without a proxy"]
    assert [found.words for found in look_at_proxy("", {"no_proxy": "*"})] == ["Without a proxy (NO_PROXY: *)"]


def test_certificate_files_are_looked_for(tmp_path: Path) -> None:
    bundle = tmp_path / "company.pem"
    bundle.touch()

    _, good, bad = look_at_proxy("", {"REQUESTS_CA_BUNDLE": str(bundle), "SSL_CERT_FILE": "/no/such"})

    assert good.words == f"Certificates: {bundle} (REQUESTS_CA_BUNDLE)"
    assert (bad.state, bad.words) == (State.WRONG, "SSL_CERT_FILE: there is no /no/such")


@pytest.mark.parametrize(
    ("authority", "hosts"), [("consumers", 3), ("common", 3), ("organizations", 2), ("contoso.com", 2)]
)
def test_the_file_host_of_personal_accounts_is_asked_where_they_may_sign_in(authority: str, hosts: int) -> None:
    assert len(addresses(authority)) == hosts
