"""What a person calls the service at a host."""

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


def test_only_hosts_below_microsofts_names_are_file_hosts() -> None:
    assert is_file_host("x.1drv.com")
    assert not is_file_host("1drv.com.example")
