"""Which names a folder on this computer takes, and the nearest name it takes for one from OneDrive.

`probe_name_rules` tries, because the same system has disks of many kinds: `CON.txt` and `trailing dot.` are fine on
ext4, and a stick with exFAT refuses `:` on Linux too. `safe_name` is pure, and keeps every name that is taken as it is
(graph-facts §5.2 row by row).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import sys
import tempfile
import unicodedata
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from onedrive.home.files import disk_errors
from onedrive.words import LONE_SURROGATE

REPLACEMENT = "_"
MARK_LENGTH = 8
LONGEST_EXTENSION = 20  # bytes; what is longer after the last dot is no extension
PROBE_FOLDER = "name-probe"
_TRIED_CHARACTERS = '<>:"|?*\\\x01\x1f\x7f'
_TRIED_LENGTHS = (255, 143, 100)  # 143: encrypted home folders on Linux (eCryptfs)
_PLAIN = re.compile(r"[A-Za-z0-9_(][A-Za-z0-9_ .,()&+=@#%~$;!'\[\]{}^-]*[A-Za-z0-9_)]")
_DEVICE = re.compile(
    r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9\u00b9\u00b2\u00b3])[ ]*(?:\..*)?", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True)
class NameRules:
    """What the folder does with names; the defaults are those of a plain Linux disk.

    `refused_characters` beside `/` and NUL, which no folder takes. `longest` is in bytes of UTF-8, or in UTF-16 units.
    """

    refused_characters: str = ""
    takes_trailing_dot: bool = True
    takes_device_names: bool = True
    tells_case_apart: bool = True
    tells_forms_apart: bool = True  # the composed and the decomposed spelling of an accent
    longest: int = 255
    counts_utf16: bool = False
    counts_apart: bool = False  # accents apart from their letters, as they are stored there (HFS+)
    of_disk: NameRules | None = None  # where these are stricter than the disk, what it takes itself

    def keeps(self, name: str, item_id: str) -> bool:
        """Whether a file that is here under this name can stay so."""
        return safe_name(name, item_id, self.of_disk or self) == name

    def key(self, name: str) -> str:
        """Two names with the same key cannot stand in one folder here."""
        if self.tells_forms_apart and self.tells_case_apart:
            return name
        if name.isascii():
            return name if self.tells_case_apart else name.lower()
        form = unicodedata.normalize("NFC", name)
        return form if self.tells_case_apart else unicodedata.normalize("NFC", form.casefold())

    def length(self, name: str) -> int:
        """How long a name is for this disk."""
        if name.isascii():
            return len(name)
        name = unicodedata.normalize("NFD", name) if self.counts_apart else name
        return len(name.encode("utf-16-le")) // 2 if self.counts_utf16 else len(name.encode())

    @cached_property
    def refused_pattern(self) -> re.Pattern[str]:
        """Matches each character that must be replaced."""
        controls = "\x01-\x1f" if "\x01" in self.refused_characters else ""
        return re.compile(f"[/\0{re.escape(self.refused_characters)}{controls}]")


LINUX_RULES = NameRules()
MACOS_RULES = NameRules(refused_characters=":", tells_case_apart=False, tells_forms_apart=False)
WINDOWS_RULES = NameRules(
    refused_characters='<>:"|?*\\\x01\x1f',
    takes_trailing_dot=False,
    takes_device_names=False,
    tells_case_apart=False,
    counts_utf16=True,
)
FAT_RULES = NameRules(
    refused_characters='<>:"|?*\\\x01\x1f\x7f',
    takes_trailing_dot=False,
    tells_case_apart=False,
    counts_utf16=True,
)


def safe_name(name: str, item_id: str, rules: NameRules) -> str:
    """The name itself where the folder takes it, otherwise the nearest one that it takes; always the same one."""
    if _PLAIN.fullmatch(name) and len(name) <= rules.longest and rules.takes_device_names:
        return name
    safe = rules.refused_pattern.sub(REPLACEMENT, LONE_SURROGATE.sub("\ufffd", name))
    if safe in ("", ".", ".."):
        safe = REPLACEMENT * max(len(safe), 1)
    if not rules.takes_trailing_dot and safe[-1] in ". ":
        safe = safe[:-1] + REPLACEMENT
    if not rules.takes_device_names and _DEVICE.fullmatch(safe):
        safe = REPLACEMENT + safe
    return safe if rules.length(safe) <= rules.longest else marked_name(safe, item_id, rules)


def marked_name(name: str, item_id: str, rules: NameRules, mark_length: int = MARK_LENGTH) -> str:
    """The name with a short mark of its item's id before the extension, cut so that the whole fits."""
    mark = hashlib.sha256(item_id.encode("utf-8", "surrogatepass")).hexdigest()[:mark_length]
    return name_with_addition(name, f"~{mark}", rules)


def name_with_addition(name: str, addition: str, rules: NameRules) -> str:
    """`a.jpg` and ` (2)` make `a (2).jpg`; the part before is cut between characters when the whole is too long."""
    stem, dot, extension = name.rpartition(".")
    if not stem or rules.length(extension) > LONGEST_EXTENSION:
        stem, dot, extension = name, "", ""
    end = f"{addition}{dot}{extension}"
    room = rules.longest - rules.length(end)
    while rules.length(stem) > room:
        excess = rules.length(stem) - room
        stem = stem[: -max(1, excess // 4)]  # a character is at most four bytes: never too much is cut
    return stem + end


_LONGEST_PLAIN_WINDOWS_PATH = 240  # with room for what is added for a moment; the limit is 260
LONGEST_PLAIN_FOLDER = 140  # with room for a name of our own in it
_LONG, _LONG_SHARE = "\\\\?\\", "\\\\?\\UNC\\"


def long_windows_path(text: str, longest: int = _LONGEST_PLAIN_WINDOWS_PATH) -> str:
    r"""A path as Windows takes it at any length: a long one as `\\?\C:\...` or `\\?\UNC\server\share\...`."""
    if os.sep == "/" or len(text) <= longest or text.startswith(_LONG):
        return text
    whole = os.path.abspath(text)  # noqa: PTH100 - a link stays the link that it is
    return f"{_LONG_SHARE}{whole[2:]}" if whole.startswith("\\\\") else f"{_LONG}{whole}"


def plain_windows_path(text: str) -> str:
    """The path without the mark of long ones, so that paths can be compared."""
    if text.startswith(_LONG_SHARE):
        return f"\\\\{text.removeprefix(_LONG_SHARE)}"
    return text.removeprefix(_LONG)


def probe_name_rules(folder: Path, *, for_windows: bool | None = None) -> NameRules:
    """Try what `folder` does with names, in a subfolder that is gone afterwards; `for_windows` as for `choose_names`.

    Raises FolderNotUsable and DiskFull, of the folder above: `folder` itself is one of ours, which nobody knows.
    """
    with disk_errors(folder.parent):
        for left in folder.glob(f"{PROBE_FOLDER}*"):  # by a killed run; a link is left alone
            shutil.rmtree(left, ignore_errors=True)
        probe = Path(tempfile.mkdtemp(prefix=PROBE_FOLDER, dir=folder))
    try:
        with disk_errors(folder.parent):
            found = _probe(probe)
    finally:
        with contextlib.suppress(OSError, UnicodeError):  # it may still fail where it closes what it looked through
            shutil.rmtree(probe, ignore_errors=True)
    return choose_names(found, folder, for_windows=for_windows)


def _probe(probe: Path) -> NameRules:
    (probe / "plain").touch()  # a folder that takes no file at all has no rules either
    lengths = [(n, utf16) for n in _TRIED_LENGTHS for utf16 in (True, False) if _takes_length(probe, n, utf16)]
    longest, counts_utf16 = lengths[0] if lengths else (_TRIED_LENGTHS[-1], False)
    # macOS takes a colon and shows it as a slash in the Finder.
    unwanted = ":" if sys.platform == "darwin" else ""
    return NameRules(
        refused_characters="".join(c for c in _TRIED_CHARACTERS if c in unwanted or not _takes(probe, f"a{c}b")),
        takes_trailing_dot=_takes(probe, "dot.") and _takes(probe, "space "),
        takes_device_names=_takes(probe, "NUL") and _takes(probe, "nul.txt") and _takes(probe, "CON"),
        tells_case_apart=_tells_apart(probe, "case", "CASE"),
        tells_forms_apart=_tells_apart(probe, "form\u00e9", "forme\u0301"),
        longest=longest,
        counts_utf16=counts_utf16,
        counts_apart=_counts_apart(probe, longest if counts_utf16 else longest // 2),
    )


def choose_names(found: NameRules, folder: Path, *, for_windows: bool | None) -> NameRules:
    """The rules by which names are given on a disk that does as `found`.

    `for_windows`: only names that Windows can open; None: where Windows will read the disk of `folder`.
    """
    if os.name == "nt":  # what a disk takes through a long path, or a share of Unix, no program there can open
        return as_windows_names(found)
    if for_windows is None:
        for_windows = is_disk_of_windows(folder)
    return replace(as_windows_names(found), of_disk=found) if for_windows else found


_DISKS_OF_WINDOWS = frozenset(
    ("fuseblk", "ntfs", "ntfs3", "exfat", "vfat", "msdos", "cifs", "smb3", "smbfs", "nfs", "nfs4", "drvfs")
)
_ESCAPED = re.compile(r"\\([0-7]{3})")
_MOUNTS = Path("/proc/self/mounts")


def is_disk_of_windows(folder: Path) -> bool:
    """Whether the folder is on a disk or share that a Windows computer will read too, as far as Linux says."""
    real, longest, kind = os.path.realpath(folder), -1, ""
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return False
    for line in lines:
        _device, place, found, options, *_ = [*line.split(" "), "", "", "", ""]
        place = _ESCAPED.sub(lambda escape: chr(int(escape[1], 8)), place)
        if len(place) >= longest and f"{real}/".startswith(f"{place.rstrip('/')}/"):
            longest, kind = len(place), "drvfs" if "aname=drvfs" in options else found
    return kind in _DISKS_OF_WINDOWS


def as_windows_names(rules: NameRules) -> NameRules:
    """The same disk, with names that Windows can open."""
    return replace(
        rules,
        refused_characters="".join(dict.fromkeys(rules.refused_characters + WINDOWS_RULES.refused_characters)),
        takes_trailing_dot=False,
        takes_device_names=False,
        tells_case_apart=False,
    )


def usual_name_rules() -> NameRules:
    """What folders on this system take as a rule; for when nothing may be tried."""
    return {"win32": WINDOWS_RULES, "darwin": MACOS_RULES}.get(sys.platform, LINUX_RULES)


def _takes_length(probe: Path, length: int, utf16: bool) -> bool:
    return _takes(probe, ("\u4e00" if utf16 else "n") * length)


def _counts_apart(probe: Path, length: int) -> bool:
    try:
        os.close(os.open(long_windows_path(f"{probe}{os.sep}{chr(0xE9) * length}"), os.O_WRONLY | os.O_CREAT))
    except (OSError, ValueError):
        return True
    return False


def _takes(probe: Path, name: str) -> bool:
    """True when the name is there afterwards exactly so: Windows drops a dot, or makes a hidden stream of a colon."""
    place = long_windows_path(f"{probe}{os.sep}{name}")
    with contextlib.suppress(OSError, ValueError), open(place, "xb"):  # noqa: PTH123 - pathlib would tidy the name up
        pass
    is_there = name in os.listdir(probe)  # noqa: PTH208 - names as the system gives them
    with contextlib.suppress(OSError, ValueError):
        os.unlink(place)  # noqa: PTH108 - as above
    return is_there


def _tells_apart(probe: Path, one: str, other: str) -> bool:
    """True also where the disk takes neither."""
    try:
        (probe / one).touch()
        return not (probe / other).exists()
    except (OSError, UnicodeError):
        return True
