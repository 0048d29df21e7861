"""What can go wrong, as sentences for the person.

An error takes facts, makes one sentence of them, and may add a hint: the next step. `start.py` shows both and ends
with the error's exit code. Nothing secret (token, code, download URL) is ever put into one.
"""

from __future__ import annotations

import errno
import os
import traceback
from pathlib import Path


class OneDriveError(Exception):
    """Something that stops a step; `sentence` says what happened, `hint` what to do next."""

    exit_code = 1

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint


class WrongAnswer(ValueError):
    """A typed answer that cannot be meant; the message says why, in a sentence, and the question comes again."""


class UsageError(OneDriveError):
    """The command line asks for something that does not exist."""

    exit_code = 2


class SettingsError(OneDriveError):
    """A setting is missing or cannot be right."""

    exit_code = 78


class StepNeeded(OneDriveError):
    """Another option must be chosen first; `option` is its number."""

    def __init__(self, option: int, sentence: str, hint: str = "") -> None:
        super().__init__(sentence, hint or f"Choose {option} first.")
        self.option = option


class SignInNeeded(StepNeeded):
    """A person must sign in before the step can go on."""

    exit_code = 4

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(1, sentence, hint)


class WriteAccessEnded(OneDriveError):
    """The permission to write, which lives in memory, does not hold any more."""

    exit_code = 4

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The permission to change things in your OneDrive has ended: {why}",
            "What was done so far is done and on record. Choose 7 to go on; it asks for the permission again.",
        )


class WriteAccessMissing(OneDriveError):
    """The person did not give the permission to write, or Microsoft did not; nothing was changed."""

    exit_code = 4

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(f"{sentence} Nothing was changed.", hint or "Choose 7 to try again.")


class NoListYet(StepNeeded):
    """Option 3 has not been chosen yet; `what` cannot be known without it."""

    def __init__(self, what: str = "what to download") -> None:
        super().__init__(3, f"There is no list of your files yet (file_list.json), so it is not known {what}.")


class ConnectionLost(OneDriveError):
    """A host gave no answer, or its answer broke off; asking again may help, unless that is given up already."""

    is_given_up = False

    def __init__(self, host: str, reason: str, hint: str = "") -> None:
        super().__init__(
            f"The connection to {host} was lost: {reason}.",
            hint or "Check your internet connection, then choose the same option again: finished work is kept.",
        )
        self.host = host
        self.reason = reason


PORTAL_CURE = (
    "Open any page in the browser and do what it asks; then choose the same option again: what was done is kept. If no "
    "such page comes, a proxy or firewall answers in the host's place: whoever keeps the network must let it through."
)


class CaptivePortal(ConnectionLost):
    """The network answered in a host's place: it lets nothing through before somebody signs in to it."""

    def __init__(self, host: str) -> None:
        super().__init__(host, "this network wants you to sign in to it first (hotel, airport, train)", PORTAL_CURE)


class HostNotFound(ConnectionLost):
    """The name of a host is not known; either there is no network, or no such host."""

    def __init__(self, host: str) -> None:
        super().__init__(host, "its name could not be found")


class HostNotTrusted(OneDriveError):
    """TLS could not prove who the other side is; asking again does not help."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"The identity of {host} could not be proven (its certificate is not trusted here).",
            "If your company or virus scanner inspects encrypted traffic, point REQUESTS_CA_BUNDLE or SSL_CERT_FILE "
            "to its certificate file (on Windows and macOS it is enough that this computer trusts it); option 8 says "
            "which certificates count. "
            "If the clock of this computer is wrong, set it right. Then try again.",
        )
        self.host = host


class ServiceRefused(OneDriveError):
    """The service answered, and the answer was no.

    `status` is the HTTP status, `code` Graph's `error.code`, `inner_codes` the codes nested below it, `why` what that
    means in words, `request_id` what Microsoft's support asks for.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        inner_codes: tuple[str, ...] = (),
        request_id: str = "",
        why: str = "",
        hint: str = "",
    ) -> None:
        trace = f" Request id: {request_id}." if request_id else ""
        told = f": {message.rstrip('.')}" if message else ""
        reason = f": {why}" if why else ""
        super().__init__(
            f"OneDrive refused the request{reason} ({status} {code or 'without a code'}{told}).{trace}",
            hint,
        )
        self.why = why
        self.status = status
        self.code = code
        self.message = message
        self.inner_codes = inner_codes
        self.request_id = request_id

    @property
    def raw(self) -> str:
        """Status and codes as they came: '403 accessDenied, throttledRequest'."""
        return f"{self.status} {', '.join(dict.fromkeys(filter(None, (self.code, *self.inner_codes))))}".rstrip()


class ServiceUnusable(OneDriveError):
    """The service kept failing, or kept sending what is no answer, until we stopped asking."""

    def __init__(self, host: str, reason: str, hint: str = "") -> None:
        super().__init__(
            f"{host} did not give a usable answer: {reason}.",
            hint
            or "This is most often trouble at the service, or a network that asks you to sign in first (hotel, "
            "airport). Wait a few minutes, then choose the same option again.",
        )
        self.host = host
        self.reason = reason


class StateFileBroken(OneDriveError):
    """A file that an earlier step left cannot be read."""

    def __init__(self, path: Path, reason: str, hint: str) -> None:
        super().__init__(f"{path.name} cannot be used: {reason}.", hint)
        self.path = path
        self.reason = reason


class FolderNotUsable(OneDriveError):
    """A folder or file on this computer cannot be made, read or written to."""

    def __init__(self, path: Path, reason: str, hint: str = "") -> None:
        super().__init__(
            f"{path} cannot be used: {reason}.",
            hint
            or "Choose another folder (--home for the state files, --to for the downloads) or change its permissions.",
        )
        self.path = path


_DISK_FAILS = (
    "the disk or its cable is failing (input/output error)",
    "Check the disk and its cable first; copy what is on it elsewhere. Then choose the same option again.",
)
_DISK_GONE = (
    "its disk or network share is no longer there",
    "Connect it again, then choose the same option again: finished work is kept.",
)
_SHARE_SILENT = (
    "its network share does not answer",
    "Check the network and the computer that the share is on, then choose the same option again.",
)
_TOO_MANY_OPEN = (
    "too many files are open on this computer",
    "Close other programs, or allow more (ulimit -n 1024), then choose the same option again. --jobs 4 needs fewer.",
)
_READ_ONLY = (
    "its disk is read-only",
    "Switch off its write protection, or choose another folder (--home for the state files, --to for the downloads).",
)
_LONG_NAME = ("a name is too long for its disk", "Choose a folder with a shorter path (--home, --to).")
_ODD_NAME = "its name has characters that this disk or system cannot store"
_IN_USE = ("it is open in another program", "Close it there, then choose the same option again.")
_DENIED_OR_IN_USE = (  # Windows does not tell them apart
    "permission denied, or it is open in another program",
    "Close it there, or change its permissions; then choose the same option again.",
)
_WHAT_SYSTEMS_SAY: dict[str, tuple[str, str]] = {
    "EIO": _DISK_FAILS,
    "ENODEV": _DISK_GONE,
    "ENXIO": _DISK_GONE,
    "ENOTCONN": _DISK_GONE,
    "ESTALE": _DISK_GONE,
    "ETIMEDOUT": _SHARE_SILENT,
    "EHOSTDOWN": _SHARE_SILENT,
    "EHOSTUNREACH": _SHARE_SILENT,
    "EMFILE": _TOO_MANY_OPEN,
    "ENFILE": _TOO_MANY_OPEN,
    "EROFS": _READ_ONLY,
    "ENAMETOOLONG": _LONG_NAME,
    "EILSEQ": (_ODD_NAME, ""),
    "EBUSY": _IN_USE,
    "ETXTBSY": _IN_USE,
}
_WHAT_WINDOWS_SAYS = {
    5: _DENIED_OR_IN_USE,
    19: _READ_ONLY,
    **dict.fromkeys((15, 21, 53, 55, 64, 67, 433, 1167), _DISK_GONE),
    **dict.fromkeys((23, 1117), _DISK_FAILS),
    **dict.fromkeys((32, 33), _IN_USE),
    **dict.fromkeys((59, 121, 1231), _SHARE_SILENT),
    **dict.fromkeys((111, 206), _LONG_NAME),
}


def explain_os_error(error: BaseException) -> tuple[str, str]:
    """Why the system refused something, in words that fit after a colon, and what to do about it ('': nothing special).

    The words never name an error's class; where the system has none of its own, they say only that it refused.
    """
    if isinstance(error, UnicodeError):
        return _ODD_NAME, "Set the locale to UTF-8 (PYTHONUTF8=1 does it)."
    number = getattr(error, "errno", None) or 0
    known = _WHAT_WINDOWS_SAYS.get(getattr(error, "winerror", None) or 0)
    known = known or _WHAT_SYSTEMS_SAY.get(errno.errorcode.get(number, "").removeprefix("WSA"))
    return known or ((getattr(error, "strerror", None) or "the system refused it").lower(), "")


def is_of_whole_disk(error: BaseException | None) -> bool:
    """Whether what the system refused will be refused for the next file too: the disk is gone, fails, is read-only."""
    return error is not None and explain_os_error(error) in (
        _DISK_FAILS,
        _DISK_GONE,
        _SHARE_SILENT,
        _TOO_MANY_OPEN,
        _READ_ONLY,
    )


def os_reason(error: BaseException) -> str:
    """Why the system refused something, in words that fit after a colon."""
    return explain_os_error(error)[0]


class AnotherRun(OneDriveError):
    """Another run of this program works in the same place; `who` says which in words, '' when it is not known.

    `flag` is the one that gives a run a place of its own.
    """

    exit_code = 6

    def __init__(self, place: Path, who: str, *, flag: str) -> None:
        super().__init__(
            f"Another run of this program is at work in {place}{f' ({who})' if who else ''}.",
            "Wait until it has ended, or stop it there with Ctrl-C; then choose the same option again. "
            f"For a second account at the same time, give each its own {flag}.",
        )


class DownloadsAway(OneDriveError):
    """The downloads folder is not there, empty, or another one, though files are recorded; nothing was done."""

    exit_code = 9


class NotEnoughRoom(OneDriveError):
    """The disk has less room than the job needs: known before the first byte, or seen while they come."""

    exit_code = 5


class DiskFull(OneDriveError):
    """The disk has no room for what should be written, or for this user; `flag` is the one that puts that elsewhere."""

    exit_code = 5

    def __init__(self, path: Path, *, flag: str = "--to", is_quota: bool = False) -> None:
        super().__init__(
            f"Your quota on the disk that holds {path} is used up."
            if is_quota
            else f"The disk that holds {path} is full.",
            f"Make room there, or choose another disk with {flag}; then choose the same option again. "
            "Everything finished so far is kept.",
        )
        self.path = path
        self.is_quota = is_quota


class Stopped(Exception):
    """Work in hand is to be left in order, because the person pressed Ctrl-C; `done` says how far it came."""

    def __init__(self, done: str = "") -> None:
        super().__init__(done)
        self.done = done or "What was done is kept."


NO_THREADS = (
    "This computer gives the program no more threads (parts that work at the same time).",
    "Close other programs (or raise the limit, ulimit -u), then choose the same option again: what was done is kept.",
)


def describe_fault(error: BaseException) -> OneDriveError:
    """An error that nobody foresaw, as one with a sentence: a package that is missing, or a mistake of the program.

    The place of the mistake is named for whoever mends it; the error's own words are not, for they may hold an
    address that is a secret.
    """
    if isinstance(error, ModuleNotFoundError) and not (error.name or "").startswith("onedrive"):
        return OneDriveError(
            f"The Python package {error.name} is not installed here.",
            "Start the program once in a terminal: python start.py offers to install what is missing. Or run: "
            "python -m pip install -r requirements.txt",
        )
    if isinstance(error, MemoryError):
        return OneDriveError(
            "This computer does not have enough memory left for the program.",
            "Close other programs, then choose the same option again: what was done is kept.",
        )
    if isinstance(error, RuntimeError) and "new thread" in str(error):
        return OneDriveError(*NO_THREADS)
    place = traceback.extract_tb(error.__traceback__)[-1]
    if isinstance(error, OSError) and error.filename is not None:
        return FolderNotUsable(Path(os.fsdecode(error.filename)), *explain_os_error(error))
    if isinstance(error, OSError | UnicodeEncodeError):
        reason, cure = explain_os_error(error)
        return OneDriveError(
            f"This computer's system refused: {reason} (at {Path(place.filename).name}:{place.lineno}).",
            cure or "Nothing that was done is lost; choose the same option again.",
        )
    return OneDriveError(
        f"The program made a mistake ({type(error).__name__} at {Path(place.filename).name}:{place.lineno}).",
        "Nothing that was done is lost; choose the same option again. If it happens again, please report this line.",
    )


class ItemFailed(OneDriveError):
    """One file could not be downloaded; the sentence begins in small letters and fits after the file's path."""


def as_reason(error: Exception) -> str:
    """Why something failed, as it stands after a file's path: no capital, no full stop."""
    sentence = str(getattr(error, "sentence", error))
    return (sentence if isinstance(error, ItemFailed) else sentence[:1].lower() + sentence[1:]).rstrip(".")


class ItemGone(ItemFailed):
    """The file was deleted since the list was made."""

    def __init__(self) -> None:
        super().__init__("no longer on OneDrive; a new list (3) will leave it out")


class ForeignFileHost(ItemFailed):
    """The bytes would come from a host that is none of Microsoft's file hosts."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"OneDrive pointed to {host or 'an address without a host'} for its bytes, which is not one of Microsoft's "
            "file hosts; nothing was fetched from there (ONEDRIVE_FILE_HOSTS adds hosts that you trust)"
        )


class FileRefused(ItemFailed):
    """The file host's answer was no; `said` is its status, and the code that stood in its answer."""

    def __init__(self, host: str, status: int, code: str = "") -> None:
        said = f"{status} {code}" if code else f"status {status}"
        if status == 423:
            why = f"someone has it open or checked out, so OneDrive keeps it locked ({said}); the next run tries again"
        elif status == 403 and code:
            why = f"OneDrive does not let this account download it ({said}); its owner may have blocked downloads"
        else:
            why = f"{host} refused to hand it out ({said})"
        super().__init__(why)
        self.said = said


class NotAskedFor(ItemFailed):
    """So many files before this one were refused in one way that it is not even tried."""

    def __init__(self, files: int, said: str) -> None:
        super().__init__(
            f"not tried: {files:,} files in a row were refused in the same way ({said}), as if this "
            "folder or the whole OneDrive were blocked; onedrive.com in a browser says more; the next run tries again"
        )


class FileHostFailed(ItemFailed):
    """The file host kept failing; trying the next file may still help."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"{host} {reason}; the next run tries again")


class ProofFailed(ItemFailed):
    """The bytes that came are not the file's; they were thrown away."""


class NotPlaceable(ItemFailed):
    """The bytes are right, but this computer does not let the file stand in its place."""
