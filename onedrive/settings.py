"""The settings of a run: from flags, the environment, `.env` in the current folder, and `.env` in the home.

`read_settings` collects them, `check_app_settings` looks at those of the app registration before any request,
`write_env_file` keeps new values. Only this file knows python-dotenv. Secrets are never interpolated or logged.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from onedrive.errors import SettingsError, StepNeeded, os_reason
from onedrive.home.files import is_file, write_whole
from onedrive.home.own_places import check_downloads_place, check_settings_file
from onedrive.terminal.redaction import quote_service

APP_ID = "MS_OPENGRAPH_APP_ID"
CLIENT_SECRET = "MS_OPENGRAPH_CLIENT_SECRET"  # noqa: S105 - the name of a variable
AUTHORITY = "MS_OPENGRAPH_AUTHORITY"
REDIRECT_URI = "MS_OPENGRAPH_REDIRECT_URI"
FILE_HOSTS = "ONEDRIVE_FILE_HOSTS"

DEFAULT_AUTHORITY = "consumers"
DEFAULT_REDIRECT_URI = "http://localhost"  # of any port: Microsoft does not compare it (graph-facts §1.4)
ACCOUNTS = {
    "consumers": "personal accounts",
    "organizations": "work or school accounts",
    "common": "personal, work and school accounts",
}
# What .env.example has in the places that are to be filled in.
PLACEHOLDER_APP_ID = "00000000-0000-0000-0000-000000000000"
PLACEHOLDER_SECRET = "paste-the-secret-value-here"  # noqa: S105 - a placeholder

PERSONAL_AUTHORITIES = ("consumers", "common")
LOOPBACK_HOSTS = ("localhost", "127.0.0.1")
LONGEST_REDIRECT_URI = 256
FORBIDDEN_IN_REDIRECT_URI = "!$'(),;*"

_PORTAL = "entra.microsoft.com > App registrations > your app"
_PLACES = {
    APP_ID: f"{_PORTAL} > Overview > Application (client) ID",
    CLIENT_SECRET: f"{_PORTAL} > Certificates & secrets > Client secrets, column Value",
    AUTHORITY: f"{_PORTAL} > Overview > Supported account types",
    REDIRECT_URI: f"{_PORTAL} > Authentication > Redirect URIs",
}
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+", re.IGNORECASE)
_HOST = re.compile(r"\.?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+", re.IGNORECASE)
# Spaces and line breaks of any script, and what is not seen at all: marks of byte order and joining, bracketed paste.
UNSEEN = re.compile("\x1b\\[20[01]~|[\\s\x00-\x1f\x7f\u200b-\u200f\u2060\ufeff]+")
_QUOTES = "\"'`\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"


class AppSettingNeeded(StepNeeded, SettingsError):
    """The app id or the app password is missing or cannot be right; option 1 asks for it."""

    def __init__(self, sentence: str, hint: str) -> None:
        super().__init__(1, sentence, hint)


def check_app_id(app_id: str) -> None:
    """Raise AppSettingNeeded unless this can be an application (client) id."""
    if not app_id:
        raise AppSettingNeeded(
            f"There is no app id yet ({APP_ID}): Microsoft lets a program read your OneDrive under one only.",
            "Choose 1 in the menu: it leads you to one in five steps, or takes the one that you have (it stands at "
            f"{_PLACES[APP_ID]}). docs/app-registration.md tells the steps too; --demo needs no app id.",
        )
    _check_surroundings(APP_ID, app_id, AppSettingNeeded)
    if app_id == PLACEHOLDER_APP_ID or not app_id.strip("0-"):
        raise AppSettingNeeded(f"{APP_ID} is still the placeholder of .env.example.", _copy_from(APP_ID))
    if not is_guid(app_id):
        raise AppSettingNeeded(
            f"{APP_ID} is no app id: one has 32 digits and letters (a to f) in five groups, 8-4-4-4-12.",
            _copy_from(APP_ID),
        )


def check_client_secret(secret: str) -> None:
    """Raise AppSettingNeeded unless this can be the value of a client secret; none is right for a public client."""
    if not secret:
        return
    _check_surroundings(CLIENT_SECRET, secret, AppSettingNeeded)
    if secret == PLACEHOLDER_SECRET or not secret.strip("0-"):
        raise AppSettingNeeded(
            f"{CLIENT_SECRET} is still the placeholder of .env.example.",
            _copy_from(CLIENT_SECRET) + " Leave it empty if your app has no app password (client secret).",
        )
    if is_guid(secret):
        raise AppSettingNeeded(
            f"{CLIENT_SECRET} looks like the Secret ID of the portal; the Value beside it is needed.",
            f"The portal shows the Value only once, when it is made: make a new one at {_PLACES[CLIENT_SECRET]}.",
        )
    if any(character.isspace() or not character.isprintable() for character in secret):
        raise AppSettingNeeded(f"{CLIENT_SECRET} has a space or line break in it, so it cannot be the Value.",
                               _copy_from(CLIENT_SECRET))  # fmt: skip


def read_pasted_value(text: str) -> str:
    """What was pasted, without blanks, line breaks, quotation marks, and what is not seen at all."""
    return UNSEEN.sub("", text).strip(_QUOTES)


def read_pasted_id(text: str) -> str:
    """The only id in what was pasted, which may have words around it; else all of it."""
    found = {match[0].lower(): match[0] for match in _GUID.finditer(text)}
    return next(iter(found.values())) if len(found) == 1 else read_pasted_value(text)


def check_authority(authority: str) -> None:
    """Raise SettingsError unless this is consumers, common, organizations, a tenant id or a tenant's domain."""
    _check_surroundings(AUTHORITY, authority, SettingsError)
    if authority in ("consumers", "common", "organizations"):
        return
    if not authority.strip("0-") or not (is_guid(authority) or _DOMAIN.fullmatch(authority)):
        raise SettingsError(
            f"{AUTHORITY} must be consumers (personal accounts), organizations (work or school), common (both), "
            "or the id or domain of one organisation (tenant).",
            f"What your app allows is shown at {_PLACES[AUTHORITY]}; without the variable, consumers is used.",
        )


def check_redirect_uri(address: str, authority: str) -> None:
    """Raise SettingsError unless Microsoft could accept this as a redirect address for `authority`."""
    _check_surroundings(REDIRECT_URI, address, SettingsError)
    reason = _redirect_problem(address, authority)
    if reason:
        raise SettingsError(
            f"{REDIRECT_URI} cannot be used: {reason}.",
            f"It must be the same, letter for letter, as at {_PLACES[REDIRECT_URI]}; "
            f"without the variable, {DEFAULT_REDIRECT_URI} is used.",
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


def is_guid(text: str) -> bool:
    """True for 8-4-4-4-12 hexadecimal digits."""
    return _GUID.fullmatch(text) is not None


def portal_place(variable: str) -> str:
    """Where in Microsoft's portal the value of a variable is found."""
    return _PLACES[variable]


def _redirect_problem(address: str, authority: str) -> str:
    """Why Microsoft would refuse the address, in words that fit after a colon; '' when it would not."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "it is no web address"
    personal = authority in PERSONAL_AUTHORITIES
    rules = (
        (parts.scheme not in ("http", "https") or not parts.hostname, "it is no web address"),
        (parts.hostname == "::1", "Microsoft does not support [::1]; write http://localhost instead"),
        (_is_open_http(parts), "http is allowed for localhost only; any other host needs https"),
        (port == 0, "its port is 0"),
        (bool(parts.username or parts.password), "a user name has no place in it"),
        ("#" in address, "it must not have a # in it"),
        (any(character.isspace() for character in address), "it must not have a space in it"),
        (not address.isascii(), "it must be written in plain ASCII letters"),
        (personal and "?" in address, "apps for personal accounts allow no ? in it"),
        (_has_forbidden(address), f"none of {' '.join(FORBIDDEN_IN_REDIRECT_URI)} is allowed in it"),
        (len(address) > LONGEST_REDIRECT_URI, f"it is longer than {LONGEST_REDIRECT_URI} characters"),
    )
    return next((reason for is_broken, reason in rules if is_broken), "")


def _is_open_http(parts: SplitResult) -> bool:
    return parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS


def _has_forbidden(address: str) -> bool:
    return any(character in address for character in FORBIDDEN_IN_REDIRECT_URI)


def _check_surroundings(variable: str, value: str, problem: type[SettingsError]) -> None:
    if value != value.strip():
        raise problem(f"{variable} has spaces around its value.", f"Remove them. {_copy_from(variable)}")
    if value and (value[0] in _QUOTES or value[-1] in _QUOTES):
        raise problem(
            f"{variable} has quotation marks around its value.",
            f"Remove those that belong to the value itself. {_copy_from(variable)}",
        )


def _copy_from(variable: str) -> str:
    return f"Copy it from {_PLACES[variable]}."


ROOT_FOLDER = "ONEDRIVE_ROOT_FOLDER"
HOME = "ONEDRIVE_HOME"
DOWNLOADS = "ONEDRIVE_DOWNLOADS"
SHARED = "ONEDRIVE_SHARED"
NAMES = (APP_ID, CLIENT_SECRET, AUTHORITY, REDIRECT_URI, ROOT_FOLDER, HOME, DOWNLOADS, SHARED, FILE_HOSTS)

ENV_FILE = ".env"
_NEAR_ENV_FILES = (".env.txt", "env.txt", "env")  # Windows hides the .txt
_OTHER_WORDS = {"MS_OPENGRAPH_CLIENT_ID": APP_ID, "MS_OPENGRAPH_TENANT": AUTHORITY, "MS_OPENGRAPH_TENANT_ID": AUTHORITY}
_LIKENESS = 0.85
DEMO_HOME = "demo-home"
ENVIRONMENT = "the environment"
_SWITCHED_ON = ("1", "true", "yes", "on")
_SWITCHED_OFF = ("", "0", "false", "no", "off")
_LINE_END = re.compile(r"\r\n|\n|\r")
_NEEDS_NO_QUOTES = re.compile(r"[A-Za-z0-9_.~:/@+=,%-]*")

_T = TypeVar("_T")


@dataclass(frozen=True)
class Flags:
    """What the command line says about the settings; None: the flag was not given."""

    home: Path | None = None
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
    windows_names: bool | None = None  # names that Windows can open; None: where it will read the disk
    no_input: bool = False
    demo: bool = False
    env_file: Path = Path(ENV_FILE)
    sources: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

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

    A variable that is set wins, even if it is empty. The demo has a home of its own and reads flags alone, so that
    it cannot touch the real one.
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
    usual_home = flags.default_home or cwd
    home = attempt(lambda: _folder(flags.home, values.get(HOME), cwd, default=usual_home), usual_home)
    if home != cwd:
        files.append(attempt(lambda: _read_env_file(home / ENV_FILE, remarks), {}))
        _add(values, files[1])
    default = home / "downloads"
    downloads = attempt(lambda: _folder(flags.downloads, values.get(DOWNLOADS), cwd, default=default), default)
    attempt(lambda: check_downloads_place(downloads), None)
    values = _from_environment(environ, cwd)
    for found in files:
        try:
            for source in {value.source for value in found.values()}:
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
        file_hosts=attempt(lambda: check_file_hosts(texts.get(FILE_HOSTS, "")), ()),
        windows_names=flags.windows_names,
        no_input=flags.no_input,
        env_file=_file_for_new_values(values, home),
        sources={name: value.source for name, value in values.items()},
        remarks=tuple(remarks),
    )
    return settings, tuple(faults)


def check_app_settings(settings: Settings) -> None:
    """Raise SettingsError for the first setting of the app registration that is missing or cannot be right."""
    check_app_id(settings.app_id)
    check_client_secret(settings.client_secret)
    check_authority(settings.authority)
    check_redirect_uri(settings.redirect_uri, settings.authority)


def write_env_file(path: Path, values: Mapping[str, str]) -> None:
    """Set variables in a `.env`, keeping its other lines; the file can be read by its owner only (0600).

    Raises SettingsError when the file that is there cannot be read, FolderNotUsable, DiskFull.
    """
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
    home = _folder(flags.home, None, cwd, default=usual_home)
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
            f"{path.with_name(name)} is not read: its name must be {ENV_FILE}, with nothing before or after."
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
