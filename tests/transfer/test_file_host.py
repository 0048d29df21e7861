"""Which hosts may serve bytes, and what their replies promise."""

from __future__ import annotations

from typing import cast

import pytest

from onedrive.errors import ForeignFileHost
from onedrive.net.reply import Reply
from onedrive.transfer.file_host import BodyPlan, check_address, read_body_plan, read_unsatisfied_total

TRUSTED = ["trusted.example.com", ".cdn.example.net", ""]


class Head:
    """The head of a reply."""

    def __init__(self, status: int, **headers: str) -> None:
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def _reply(status: int, **headers: str) -> Reply:
    return cast("Reply", Head(status, **headers))


@pytest.mark.parametrize(
    ("address", "is_taken"),
    [
        ("https://my.microsoftpersonalcontent.com/x", True),
        ("https://PUBLIC.bn.files.1drv.com:443/y4m", True),
        ("https://contoso-my.sharepoint.com/x?y=z", True),
        ("https://trusted.example.com/x", True),
        ("https://eu.cdn.example.net/x", True),
        ("http://my.microsoftpersonalcontent.com/x", False),
        ("https://microsoftpersonalcontent.com.example.com/x", False),
        ("https://evilsharepoint.com/x", False),
        ("https://user@my.microsoftpersonalcontent.com/x", False),
        ("https://my.microsoftpersonalcontent.com@example.com/x", False),
        ("https://not.trusted.example.com/x", False),
        ("https://127.0.0.1/x", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_known_and_trusted_hosts_are_accepted_others_refused_and_not_shown(address: str, is_taken: bool) -> None:
    if is_taken:
        check_address(address, TRUSTED)
        return
    with pytest.raises(ForeignFileHost) as caught:
        check_address(address, TRUSTED)
    assert "/x" not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "plan"),
    [
        (_reply(200, Content_Length="10", ETag='"e"'), BodyPlan(0, 10, '"e"', "", ends_by_itself=True)),
        (_reply(200, Content_Type="image/jpeg"), BodyPlan(0, None, "", "image/jpeg", ends_by_itself=False)),
        (_reply(200, Transfer_Encoding="chunked"), BodyPlan(0, None, "", "", ends_by_itself=True)),
        (_reply(200, Content_Length="7", Content_Encoding="gzip"), BodyPlan(0, None, "", "", ends_by_itself=True)),
        (_reply(200, Content_Length="7", Content_Encoding="identity"), BodyPlan(0, 7, "", "", ends_by_itself=True)),
        (
            _reply(206, Content_Range="bytes 5-9/10", Content_Length="5", ETag='W/"e"'),
            BodyPlan(5, 10, '"e"', "", ends_by_itself=True),
        ),
        (_reply(206, Content_Range="bytes 5-9/*"), BodyPlan(5, None, "", "", ends_by_itself=False)),
        (_reply(206), None),
        (_reply(206, Content_Range="bytes */10"), None),
        (_reply(206, Content_Range="bytes 9-5/10"), None),
        (_reply(206, Content_Range="bytes 5-10/10"), None),
        (_reply(206, Content_Range="bytes 5-9/10", Content_Encoding="gzip"), None),
        (_reply(206, Content_Range="items 5-9/10"), None),
        (_reply(206, Content_Range=f"bytes 0-2/{'9' * 5000}"), None),
        (_reply(200, Content_Length="9" * 5000), BodyPlan(0, None, "", "", ends_by_itself=True)),
    ],
)
def test_what_a_reply_promises(reply: Reply, plan: BodyPlan | None) -> None:
    assert read_body_plan(reply) == plan


@pytest.mark.parametrize(
    ("content_range", "total"), [("bytes */10", 10), ("bytes 1-2/10", None), ("", None), ("bytes */*", None)]
)
def test_the_size_out_of_a_416(content_range: str, total: int | None) -> None:
    assert read_unsatisfied_total(_reply(416, Content_Range=content_range)) == total
