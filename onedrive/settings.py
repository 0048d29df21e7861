"""The settings of a run: from flags, the environment, `.env` in the current folder, and `.env` in the home.

`read_settings` collects them, `write_env_file` keeps new values; whether those of the app registration can be right is
looked at in `signin.app_values`. Only this file knows python-dotenv. Secrets are never interpolated or logged.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from onedrive.errors import SettingsError, os_reason
from onedrive.home.files import is_file, write_whole
from onedrive.home.own_places import check_downloads_place, check_settings_file
from onedrive.home.profiles import profile_home
from onedrive.terminal.redaction import quote_service

APP_ID = "MS_OPENGRAPH_APP_ID"
CLIENT_SECRET = "MS_OPENGRAPH_CLIENT_SECRET"  # noqa: S105 - the name of a variable
AUTHORITY = "MS_OPENGRAPH_AUTHORITY"
REDIRECT_URI = "MS_OPENGRAPH_REDIRECT_URI"
FILE_HOSTS = "ONEDRIVE_FILE_HOSTS"

DEFAULT_AUTHORITY = "consumers"
DEFAULT_REDIRECT_URI = "http://localhost"  # of any port: Microsoft does not compare it (graph-facts §1.4)

ROOT_FOLDER = "ONEDRIVE_ROOT_FOLDER"
HOME = "ONEDRIVE_HOME"
DOWNLOADS = "ONEDRIVE_DOWNLOADS"
SHARED = "ONEDRIVE_SHARED"
SYSTEM_CERTIFICATES = "ONEDRIVE_SYSTEM_CERTIFICATES"
NAMES = (
    APP_ID,
    CLIENT_SECRET,
    AUTHORITY,
    REDIRECT_URI,
    ROOT_FOLDER,
    HOME,
    DOWNLOADS,
    SHARED,
    FILE_HOSTS,
    SYSTEM_CERTIFICATES,
)

ENV_FILE = ".env"
_NEAR_ENV_FILES = (".env.txt", "env.txt", "env")  # Windows hides the .txt
_OTHER_WORDS = {"MS_OPENGRAPH_CLIENT_ID": APP_ID, "MS_OPENGRAPH_TENANT": AUTHORITY, "MS_OPENGRAPH_TENANT_ID": AUTHORITY}
_LIKENESS = 0.85
DEMO_HOME = "demo-home"
ENVIRONMENT = "the environment"
_SWITCHED_ON = ("1", "true", "yes", "on")
_SWITCHED_OFF = ("", "0", "false", "no", "off")
_HOST = re.compile(r"\.?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+", re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\n|\r")
_NEEDS_NO_QUOTES = re.compile(r"[A-Za-z0-9_.~:/@+=,%-]*")

_T = TypeVar("_T")


def environment_for_others(environ: Mapping[str, str]) -> dict[str, str]:
    """What other programs that we start may know: not the app secret."""
    return {name: value for name, value in environ.items() if name != CLIENT_SECRET}


@dataclass(frozen=True)
class Flags:
    """What the command line says about the settings; None: the flag was not given."""

    home: Path | None = None
    profile: str = ""
    downloads: Path | None = None  # --to
    root: str | None = None
    windows_names: bool | None = None
    no_input: bool = False
    demo: bool = False
    default_home: Path | None = None  # of an installed program; None: the current folder


@dataclass(frozen=True)
class Settings:
    """The settings of a run; folders are absolute, and none of them need exist.

    `client_secret` is '' for a public client. `root_folder` is '' when none was named. `sources` says for each
    variable that was found where: ENVIRONMENT or the path of a `.env`; `remarks`, what in such a file seems to be meant
    otherwise than it is read. `env_file` is where new values belong.
    """

    home: Path
    downloads: Path
    app_id: str = ""
    client_secret: str = field(default="", repr=False)
    authority: str = DEFAULT_AUTHORITY
    redirect_uri: str = DEFAULT_REDIRECT_URI
    root_folder: str = ""
    shared: bool = False
    file_hosts: tuple[str, ...] = ()  # trusted with handing out bytes, beside Microsoft's
    system_certificates: bool = True  # whom this computer trusts is trusted
    windows_names: bool | None = None  # names that Windows can open; None: where it will read the disk
    no_input: bool = False
    demo: bool = False
    profile: str = ""  # whose home it is; '': the one without a name
    env_file: Path = Path(ENV_FILE)
    sources: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def shared_home(self) -> Path:
        """The home in which the profiles are; that of the one without a name."""
        return self.home.parents[1] if self.profile else self.home

    @property
    def scopes(self) -> list[str]:
        """The permissions to ask for: reading only."""
        return ["Files.Read", "User.Read", *(["Files.Read.All"] if self.shared else [])]


@dataclass(frozen=True)
class _Value:
    """One value and where it was found; relative folders in it are seen from `folder`."""

    text: str
    source: str
    folder: Path


def read_settings(flags: Flags, environ: Mapping[str, str], cwd: Path) -> Settings:
    """The settings of this run. Raises SettingsError for a `.env` that cannot be read and an impossible folder.

    A variable that is set wins, even if it is empty; a profile's own `.env` before all else. The demo has a home of
    its own and reads flags alone, so that it cannot touch the real one.
    """
    settings, faults = read_what_can_be(flags, environ, cwd)
    if faults:
        raise faults[0]
    return settings


def read_what_can_be(
    flags: Flags, environ: Mapping[str, str], cwd: Path
) -> tuple[Settings, tuple[SettingsError, ...]]:  # fmt: skip
    """The settings as far as they can be read, with the defaults for the rest, and what could not be read.

    Raises SettingsError in the demo, which has so few that the rest would be no use.
    """
    faults: list[SettingsError] = []

    def attempt(read: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return read()
        except SettingsError as fault:
            faults.append(fault)
            return otherwise

    if flags.demo:
        return _demo_settings(flags, environ, cwd), ()
    values = _from_environment(environ, cwd)
    remarks: list[str] = []
    files: list[dict[str, _Value]] = [attempt(lambda: _read_env_file(cwd / ENV_FILE, remarks), {})]
    _add(values, files[0])
    usual_home = flags.default_home if flags.default_home and not files[0] else cwd
    shared_home = attempt(lambda: _folder(flags.home, values.get(HOME), cwd, default=usual_home), usual_home)
    if shared_home != cwd:
        files.append(attempt(lambda: _read_env_file(shared_home / ENV_FILE, remarks), {}))
        _add(values, files[1])
    home = profile_home(shared_home, flags.profile)
    default, place = home / "downloads", values.get(DOWNLOADS)
    own: dict[str, _Value] = {}
    if flags.profile:
        own = attempt(lambda: _read_env_file(home / ENV_FILE, remarks), {})
        own.pop(HOME, None)  # it is there already
        place = own.get(DOWNLOADS)
        if place is None and flags.downloads is None:
            attempt(lambda: _check_downloads_of_all(values.get(DOWNLOADS), home), None)
    downloads = attempt(lambda: _folder(flags.downloads, place, cwd, default=default), default)
    attempt(lambda: check_downloads_place(downloads), None)
    values = {}
    for found in (own, _from_environment(environ, cwd), *files):
        try:
            for source in {value.source for value in found.values()} - {ENVIRONMENT}:
                check_settings_file(Path(source), downloads)
            _add(values, found)
        except SettingsError as fault:
            faults.append(fault)
    texts = {name: value.text for name, value in values.items()}
    settings = Settings(
        home=home,
        downloads=downloads,
        app_id=texts.get(APP_ID, ""),
        client_secret=texts.get(CLIENT_SECRET, ""),
        authority=_tenant(texts.get(AUTHORITY, "")) or DEFAULT_AUTHORITY,
        redirect_uri=texts.get(REDIRECT_URI, "") or DEFAULT_REDIRECT_URI,
        root_folder=flags.root if flags.root is not None else texts.get(ROOT_FOLDER, ""),
        shared=attempt(lambda: _is_on(SHARED, texts.get(SHARED, "")), False),
        system_certificates=attempt(lambda: _is_on(SYSTEM_CERTIFICATES, texts.get(SYSTEM_CERTIFICATES, "1")), True),
        file_hosts=attempt(lambda: check_file_hosts(texts.get(FILE_HOSTS, "")), ()),
        windows_names=flags.windows_names,
        no_input=flags.no_input,
        profile=flags.profile,
        env_file=_file_for_new_values(values, shared_home),
        sources={name: value.source for name, value in values.items()},
        remarks=tuple(remarks),
    )
    return settings, tuple(faults)


def _check_downloads_of_all(place: _Value | None, home: Path) -> None:
    """Raise SettingsError where one folder is set for all profiles: a file of one would take the place of another's."""
    if place is not None and place.text.strip():
        raise SettingsError(
            f"{DOWNLOADS} ({place.source}) is the downloads folder of the profile without a name, and each needs its "
            "own.",
            f"Write a line {DOWNLOADS}=FOLDER into {home / ENV_FILE}, or name the folder with --to.",
        )


def check_file_hosts(text: str) -> tuple[str, ...]:
    """The hosts that were written, apart by commas or spaces; `.example.com` stands for all below it.

    Raises SettingsError for what is no name of a host: an address would let nothing through and not say so.
    """
    hosts = tuple(text.replace(",", " ").lower().split())
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise SettingsError(
                f"{FILE_HOSTS} has {quote_service(host)!r} in it, which is no name of a host.",
                "Write names alone, separated by commas, such as files.example.com, or .example.com for all below it.",
            )
    return hosts


def write_env_file(path: Path, values: Mapping[str, str]) -> None:
    """Set variables in a `.env`, keeping its other lines; the file can be read by its owner only (0600).

    Raises SettingsError when the file that is there cannot be read, FolderNotUsable, DiskFull.
    """
    if sys.platform != "win32" and path.is_symlink() and path.lstat().st_uid != os.geteuid():
        raise SettingsError(
            f"The settings file {path} is a link that another user of this computer made; nothing was written.",
            "Take it away, then choose the same option again.",
        )
    lines = _LINE_END.split(_read_text(path).rstrip("\r\n")) if is_file(path) else []
    for name, value in values.items():
        line = f"{name}={_quoted(value)}"
        places = [number for number, old in enumerate(lines) if _sets(old, name)]
        if places:
            # The last of equal names wins when the file is read; all of them get the value.
            for number in places:
                lines[number] = line
        else:
            lines.append(line)
    write_whole(path.resolve(), "".join(line + "\n" for line in lines), mode=0o600)


def _demo_settings(flags: Flags, environ: Mapping[str, str], cwd: Path) -> Settings:
    usual_home = flags.default_home / "demo" if flags.default_home else cwd / DEMO_HOME
    home = profile_home(_folder(flags.home, None, cwd, default=usual_home), flags.profile)
    downloads = _folder(flags.downloads, None, cwd, default=home / "downloads")
    check_downloads_place(downloads)
    return Settings(
        home=home,
        downloads=downloads,
        root_folder=flags.root or "",
        shared=_is_on(SHARED, environ.get(SHARED, "")),
        windows_names=flags.windows_names,
        no_input=flags.no_input,
        demo=True,
        profile=flags.profile,
        env_file=home / ENV_FILE,
    )


def _from_environment(environ: Mapping[str, str], cwd: Path) -> dict[str, _Value]:
    return {name: _Value(environ[name], ENVIRONMENT, cwd) for name in NAMES if name in environ}


def _add(values: dict[str, _Value], more: Mapping[str, _Value]) -> None:
    for name, value in more.items():
        values.setdefault(name, value)


def _read_env_file(path: Path, remarks: list[str]) -> dict[str, _Value]:
    """Our variables in a `.env`, {} when there is none; `remarks` is told what seems to be meant for us."""
    from dotenv.parser import parse_stream

    if not is_file(path):
        remarks.extend(
            f"{path.with_name(name)} is not read: rename it to {ENV_FILE}, with nothing before or after."
            for name in _NEAR_ENV_FILES
            if is_file(path.with_name(name))
        )
        return {}
    values = {}
    for binding in parse_stream(io.StringIO(_read_text(path))):
        written = binding.original.string
        line = binding.original.line + written[: len(written) - len(written.lstrip())].count("\n")
        name, text = binding.key, binding.value
        meant = _meant_name(written)
        if meant in NAMES and not any(_sets(part, meant) for part in written.splitlines()):
            raise _unreadable(path, line, f"write {meant}=value, with = and nothing else between name and value")
        if meant and meant not in NAMES and (like := _similar_name(meant)):
            remarks.append(f"{path}, line {line}: {meant} is no setting of this program. Did you mean {like}?")
        if binding.error or (text is not None and "\n" in text):
            if any(_sets(part, ours) for part in written.splitlines() for ours in NAMES):
                raise _unreadable(
                    path, line, "a quotation mark that is opened is not closed, or the line is no NAME=VALUE"
                )
        elif name in NAMES and text is None:
            raise _unreadable(path, line, f"there is no = after {name}")
        elif name in NAMES and text is not None:
            values[name] = _Value(text, str(path), path.parent)
    return values


def _meant_name(line: str) -> str:
    """The name at the beginning of a line, whatever its spelling and what follows; '' where there is none."""
    found = re.match(r"\s*(?:export\s+|set\s+|\$env:)?['\"]?([A-Za-z][A-Za-z_ -]*?)['\"]?\s*(?:[=:]|$)", line)
    return re.sub("[ -]+", "_", found[1]).upper() if found else ""


def _similar_name(name: str) -> str:
    """The variable of ours that a name is like; '' where it is like none."""
    from difflib import get_close_matches

    return _OTHER_WORDS.get(name) or next(iter(get_close_matches(name, NAMES, 1, _LIKENESS)), "")


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"The settings file {path} cannot be read: {os_reason(error)}.",
            "Change its permissions, or move it away and set the variables in the environment.",
        ) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _unreadable(path, line, "it is not text in UTF-8") from error


def _unreadable(path: Path, line: int, reason: str) -> SettingsError:
    return SettingsError(
        f"The settings file {path} cannot be understood at line {line}: {reason}.",
        "Correct the line, or compare the file with .env.example, which explains each; save it as UTF-8.",
    )


def _folder(flag: Path | None, value: _Value | None, cwd: Path, *, default: Path) -> Path:
    """The absolute folder that a flag or a variable names, or the default."""
    if flag is not None:
        named, folder = flag, cwd
    elif value is not None and value.text.strip():
        named, folder = Path(value.text.strip()), value.folder
    else:
        return default
    if "\0" in str(named):
        raise SettingsError("The name of a folder in the settings has a NUL character in it.", "Write it anew.")
    try:
        return folder / named.expanduser()
    except RuntimeError as error:  # ~name, and there is no such person
        raise SettingsError(f"There is no home folder for {named.parts[0]}.", "Write the whole path.") from error


def _file_for_new_values(values: Mapping[str, _Value], home: Path) -> Path:
    """The `.env` that already has our variables, because it would win; otherwise the one in the home."""
    found: Iterable[str] = (values[name].source for name in (APP_ID, CLIENT_SECRET, AUTHORITY) if name in values)
    return next((Path(source) for source in found if source != ENVIRONMENT), home / ENV_FILE)


def _tenant(authority: str) -> str:
    """The tenant out of what was written; the whole address with the tenant at its end means the same."""
    whole = re.fullmatch(r"https://login\.microsoftonline\.com/([^/?#]*)/?", authority, re.IGNORECASE)
    authority = whole[1] if whole else authority
    return authority.lower() if authority.lower() in ("consumers", "common", "organizations") else authority


def _is_on(name: str, text: str) -> bool:
    if text.strip().lower() not in (*_SWITCHED_ON, *_SWITCHED_OFF):
        raise SettingsError(f"{name} must be 1 or 0, and is neither.", "Correct it, or remove the variable.")
    return text.strip().lower() in _SWITCHED_ON


def _sets(line: str, name: str) -> bool:
    return re.match(rf"\s*(export\s+)?'?{name}'?\s*(=|$)", line) is not None


def _quoted(value: str) -> str:
    """The value as a `.env` has it, so that every reader of such files finds what was written."""
    if _NEEDS_NO_QUOTES.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
