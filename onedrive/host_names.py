"""The hosts that we speak to, and what a person calls the service behind each."""

from __future__ import annotations

GRAPH_HOST = "graph.microsoft.com"
SIGN_IN_HOST = "login.microsoftonline.com"
# Where pre-authenticated download URLs lead (GRAPH_FACTS §3.1).
FILE_HOST_ENDINGS = (
    ".1drv.com",
    ".livefilestore.com",
    ".microsoftpersonalcontent.com",
    ".sharepoint.com",
    ".sharepoint.us",
    ".sharepoint.cn",
    ".sharepoint-mil.us",
    ".svc.ms",
)


def is_file_host(host: str) -> bool:
    """True for the hosts that serve the bytes of files for OneDrive."""
    return host.lower().endswith(FILE_HOST_ENDINGS)


def name_service(host: str) -> str:
    """What a person calls the service at a host: OneDrive, Microsoft (the sign-in), or else the host's own name."""
    if host.lower() == GRAPH_HOST or is_file_host(host):
        return "OneDrive"
    return "Microsoft" if host.lower() == SIGN_IN_HOST else host
