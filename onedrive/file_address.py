"""The address of a local file for a link in a page that is opened from the disk; pure, for every system's paths.

What is below the page's own folder is linked relatively, so that both can be moved together; anything else by an
absolute `file:` address. Every byte that could mean something else in an address is percent-encoded.
"""

from __future__ import annotations

from pathlib import PurePath, PureWindowsPath
from urllib.parse import quote_from_bytes

_PLAIN = "!*'()"  # encodeURIComponent leaves these and `-._~` as they are: the page's own links must be the same
_LONG_UNC = "\\\\?\\unc\\"
_LONG = "\\\\?\\"


def address_base(page_folder: PurePath, folder: PurePath) -> str:
    """What stands before the places in `folder`, for a page in `page_folder`; both absolute. It ends with a slash."""
    if folder.is_relative_to(page_folder):
        below = folder.relative_to(page_folder).parts
        return "./" + "".join(f"{encode(part)}/" for part in below)
    return folder_address(folder)


def folder_address(folder: PurePath) -> str:
    r"""The absolute address of a folder: `file:///home/me/`, `file:///D:/me/`, or a share's, `file://server/share/`."""
    if isinstance(folder, PureWindowsPath):
        return _windows_address(str(folder))
    return "file://" + "/".join(map(encode, str(folder).rstrip("/").split("/"))) + "/"


def file_address(base: str, place: str) -> str:
    """The address of a place such as `Pictures/a #1.jpg` below `base`; '' for what is no place below it."""
    parts = place.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return ""
    return base + "/".join(map(encode, parts))


def encode(name: str) -> str:
    """One name as it stands in an address; bytes that were no UTF-8 on the disk become those bytes again."""
    return quote_from_bytes(_bytes(name), safe=_PLAIN)


def _bytes(name: str) -> bytes:
    try:
        return name.encode(errors="surrogateescape")
    except UnicodeEncodeError:  # half a character pair, as Windows lets it stand in a name
        return name.encode(errors="surrogatepass")


def _windows_address(folder: str) -> str:
    if folder.lower().startswith(_LONG_UNC):
        folder = "\\\\" + folder[len(_LONG_UNC) :]
    folder = folder.removeprefix(_LONG)
    is_share = folder.startswith("\\\\")
    first, *rest = folder.strip("\\").split("\\")
    # A drive's colon belongs to the address; a server's name is no path.
    start = f"file://{encode(first)}/" if is_share else f"file:///{first}/"
    return start + "".join(f"{encode(part)}/" for part in rest)
