"""Hosts: what a person calls the service there, which serve files; what is counted and noted of requests."""

from __future__ import annotations

import threading

import pytest

from onedrive.net.hosts import Traffic, is_file_host, name_service


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("graph.microsoft.com", "OneDrive"),
        ("my.microsoftpersonalcontent.com", "OneDrive"),
        ("Contoso-my.SharePoint.com", "OneDrive"),
        ("login.microsoftonline.com", "Microsoft"),
        ("files.example.org", "files.example.org"),
        ("sharepoint.com.example.org", "sharepoint.com.example.org"),
    ],
)
def test_a_service_is_called_by_its_name(host: str, name: str) -> None:
    assert name_service(host) == name


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("my.microsoftpersonalcontent.com", True),
        ("PUBLIC.bn.files.1drv.com", True),
        ("contoso-my.sharepoint.com", True),
        ("graph.microsoft.com", False),
        ("sharepoint.com.evil.example", False),
        ("evilsharepoint.com", False),
        ("", False),
    ],
)
def test_hosts_that_serve_files_are_known_by_their_ending(host: str, *, expected: bool) -> None:
    assert is_file_host(host) is expected


def test_requests_are_counted_by_host_and_status_since_the_last_time() -> None:
    traffic = Traffic()
    for status in (200, 200, 429):
        traffic.answered("GET", "graph.microsoft.com", status, {})
    traffic.answered("POST", "login.microsoftonline.com", 200, {})

    first, second = traffic.describe(), traffic.describe()

    assert first == "4 requests: graph.microsoft.com 3 (200: 2, 429: 1); login.microsoftonline.com 1 (200: 1)"
    assert second == ""


@pytest.mark.parametrize(
    ("host", "status", "headers", "note"),
    [
        (
            "graph.microsoft.com",
            503,
            {
                "request-id": "a81c4f93-f510-4ae4-aae5-4f5b661f844a",
                "client-request-id": "4379044c-4255-416e-9644-3e739025bc07",
                "Location": "https://x/secret",
                "x-ms-request-id": "no id at all; secret",
            },
            "503, request-id a81c4f93-f510-4ae4-aae5-4f5b661f844a, "
            "client-request-id 4379044c-4255-416e-9644-3e739025bc07",
        ),
        (
            "my.microsoftpersonalcontent.com",
            404,
            {"SPRequestGuid": "7f9b2ea1-50ca-b000-9d1c-2b4bb3a7a1f0", "MS-CV": "oS6bf8pQALCdHCtLs6eh8A.0"},
            "404, SPRequestGuid 7f9b2ea1-50ca-b000-9d1c-2b4bb3a7a1f0, MS-CV oS6bf8pQALCdHCtLs6eh8A.0",
        ),
        ("graph.microsoft.com", 302, {}, None),
    ],
)
def test_a_failed_request_is_noted_with_the_ids_that_support_asks_for_and_no_other_header(
    host: str, status: int, headers: dict[str, str], note: str | None
) -> None:
    noted: list[str] = []

    Traffic(noted.append).answered("GET", host, status, headers)

    assert noted == ([f"GET {host}: {note}"] if note else [])


def test_a_request_without_an_answer_is_noted_without_the_errors_words() -> None:
    noted: list[str] = []
    traffic = Traffic(noted.append)

    traffic.lost("GET", "x.1drv.com", TimeoutError("https://x.1drv.com/secret"))

    assert noted == ["GET x.1drv.com: no answer (TimeoutError)"]
    assert traffic.describe() == "1 request: x.1drv.com 1 (no answer: 1)"


def test_many_hosts_are_not_all_named() -> None:
    traffic = Traffic()
    for number in range(20):
        traffic.answered("GET", f"host{number}", 200, {})

    assert traffic.describe().endswith("other hosts 12")


def test_threads_lose_no_count() -> None:
    traffic = Traffic()

    def answer_often() -> None:
        for _ in range(500):
            traffic.answered("GET", "h", 200, {})

    threads = [threading.Thread(target=answer_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert traffic.describe() == "2,000 requests: h 2,000 (200: 2,000)"
