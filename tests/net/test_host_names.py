"""Hosts: what a person calls the service there, and which of them serve files."""

from __future__ import annotations

import pytest

from onedrive.net.hosts import is_file_host, name_service


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
