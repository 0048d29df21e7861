"""The app registration: leads to an app id in five short steps, and has typed again in place what Microsoft refused.

What is typed is looked at at once, then Microsoft is asked (`app_check`); what it accepts is kept in `.env`. Used by
option 1 before it signs in, and by `attempts` after a refusal. docs/app-registration.md tells the same steps at length.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from onedrive.errors import OneDriveError, SettingsError, WrongAnswer
from onedrive.net.client import HttpClient
from onedrive.settings import (
    APP_ID,
    AUTHORITY,
    CLIENT_SECRET,
    DEFAULT_REDIRECT_URI,
    ENVIRONMENT,
    Settings,
    write_env_file,
)
from onedrive.signin.app_check import ask_about_app, judge_answer
from onedrive.signin.app_values import (
    PLACEHOLDER_APP_ID,
    AppSettingNeeded,
    check_app_id,
    check_app_settings,
    check_authority,
    check_client_secret,
    portal_place,
    read_pasted_id,
    read_pasted_value,
)
from onedrive.signin.browser import Browser
from onedrive.signin.refusals import Refusal, Remedy
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import BACK, Terminal

PORTAL = "https://aka.ms/appregistrations"
_APP_PAGES = "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/"
_WHY = (
    "To read your OneDrive, the program needs an app id of your own from Microsoft. It is free, takes about ten "
    "minutes, and is needed once: five steps lead to it. (To look around without one: python start.py --demo.)"
)
_WHOSE = (
    "My own (outlook.com, hotmail.com, live.com …)",
    "One from work or school",
    "I have an app id already",
)
_HAS_ONE = 2
_ACCOUNT_TYPES = {
    "consumers": ("Personal accounts only", "Personal Microsoft accounts only"),
    "organizations": ("Multiple Entra ID tenants", "Accounts in any organizational directory"),
}
_CORRECTIONS = {
    Remedy.APP_ID: "Enter the app id again",
    Remedy.SECRET: "Enter the app password",
    Remedy.TENANT: "Enter the id of your organisation",
    Remedy.DROP_SECRET: "Go on without the app password",
    Remedy.USE_CONSUMERS: "Go on with personal accounts",
    Remedy.USE_ORGANIZATIONS: "Go on with work or school accounts",
}


@dataclass(frozen=True)
class _Step:
    """What to do, and the address at which it is done; '' where that page is open already."""

    title: str
    lines: Sequence[str]
    address: str = ""


_OWN_ID = _Step("Your app id", (f"It stands at {portal_place(APP_ID)}. Paste it here.",))


class Registration:
    """The questions about the app; `browser` opens the portal's pages."""

    def __init__(self, terminal: Terminal, http: HttpClient, browser: Browser) -> None:
        self._terminal = terminal
        self._http = http
        self._browser = browser

    def complete(self, settings: Settings) -> Settings:
        """Settings with an app id and a password that can be right; asked for, and kept, where they cannot.

        Raises SettingsError where nobody can be asked, the person leaves, or another setting is wrong.
        """
        try:
            check_app_settings(settings)
        except AppSettingNeeded as problem:
            if not self._terminal.can_ask or settings.demo:
                raise
            try:
                found = self._lead_or_correct(settings, problem)
            except EndOfInput:
                found = None
            if found is None:
                raise AppSettingNeeded(
                    "There is no app id yet, so you are not signed in.", "Choose 1 to go on."
                ) from None
            check_app_settings(found)
            return found
        return settings

    def describe_correction(self, refusal: Refusal) -> str:
        """What `correct` would do about a refusal, as a line of a menu; '' when it cannot help."""
        return _CORRECTIONS.get(refusal.remedy, "")

    def correct(self, settings: Settings, refusal: Refusal) -> Settings | None:
        """The settings changed as a refusal suggests, accepted by Microsoft, and kept; None: the person went back.

        Raises EndOfInput.
        """
        changed = self._change(settings, refusal.remedy)
        return changed and self._settle(settings, changed)

    def _lead_or_correct(self, settings: Settings, problem: AppSettingNeeded) -> Settings | None:
        if settings.app_id in ("", PLACEHOLDER_APP_ID):
            return self._lead(settings)
        self._terminal.say(f"{problem.sentence} {problem.hint}", style="warning")
        if not problem.sentence.startswith(APP_ID):  # Microsoft says whether the app needs a password at all
            return self._settle(settings, replace(settings, client_secret=""))
        changed = self._change(settings, Remedy.APP_ID)
        return changed and self._settle(settings, changed)

    def _lead(self, settings: Settings) -> Settings | None:
        """The five steps; None: the person went back before the first."""
        say = self._terminal.say
        say()
        say(_WHY)
        for remark in settings.remarks:
            say(remark, style="warning")
        while True:
            say()
            say("Step 1 of 5: Whose OneDrive is it?", style="heading")
            whose = pick_one(self._terminal, _WHOSE)
            if whose is None:
                return None
            authority = ("consumers", "organizations", settings.authority)[whose]
            begun = replace(settings, app_id="", client_secret="", authority=authority)
            found = self._enter_id(settings, begun, _OWN_ID) if whose == _HAS_ONE else self._walk(settings, begun)
            if found:
                return found

    def _walk(self, before: Settings, begun: Settings) -> Settings | None:
        """Steps 2 to 5, there and back; None: back before step 2. The app id is kept as soon as it is known."""
        number, found = 2, begun
        while number >= 2:
            after: Settings | None
            if number == 4:
                after = self._enter_id(before, begun, _step(4, begun))
            else:
                after = found if self._show(_step(number, found)) else None
            if number == 5 and after:
                return after
            found, number = (after, number + 1) if after else (found, number - 1)
        return None

    def _show(self, step: _Step) -> bool:
        """Show what is to be done, and open its page; False: back."""
        opens = bool(step.address) and self._browser.is_here
        self._begin(step, PORTAL if step.address and (not opens or step.address == PORTAL) else "")
        is_open = not opens
        while True:
            choices = {"1": "Open this page in the browser", "2": "Done: go on"} if opens else {"1": "Done: go on"}
            default = "2" if opens and is_open else "1"
            choice = self._terminal.pick("Your choice:", {**choices, BACK: "Back"}, default=default)
            if not (opens and choice == "1"):
                return choice != BACK
            is_open = True
            if not self._browser.open_page(step.address):
                self._terminal.say(f"No browser could be opened. Open this in one on any computer: {step.address}")

    def _begin(self, step: _Step, shown_address: str = "") -> None:
        self._terminal.say()
        self._terminal.say(step.title, style="heading")
        if shown_address:
            self._terminal.say(f"    {shown_address}")
        for line in step.lines:
            self._terminal.say(line)

    def _enter_id(self, before: Settings, begun: Settings, step: _Step) -> Settings | None:
        self._begin(step)
        changed = self._change(begun, Remedy.APP_ID)
        return changed and self._settle(before, changed)

    def _settle(self, before: Settings, settings: Settings) -> Settings | None:
        """Ask Microsoft about the app until it accepts it, and keep what is new; None: the person went back."""
        while True:
            self._terminal.say("Asking Microsoft whether it knows this app …", style="quiet")
            remedy = Remedy.LATER
            try:
                answer = judge_answer(settings, ask_about_app(settings, self._http))
            except OneDriveError as error:
                self._terminal.say(f"{error.sentence} {error.hint}", style="problem")
            else:
                if answer.refusal is None:
                    self._keep(before, settings)
                    return settings
                remedy = answer.refusal.remedy
                self._terminal.say(f"{answer.refusal.sentence} {answer.refusal.hint}", style="problem")
            options: list[tuple[str, Remedy | None]] = [("Ask Microsoft again", None)]
            if remedy in _CORRECTIONS:
                options.insert(0, (_CORRECTIONS[remedy], remedy))
            if remedy is not Remedy.APP_ID:
                options.append((_CORRECTIONS[Remedy.APP_ID], Remedy.APP_ID))
            picked = pick_one(self._terminal, [label for label, _ in options])
            if picked is None:
                return None
            chosen = options[picked][1]
            settings = (chosen and self._change(settings, chosen)) or settings

    def _keep(self, before: Settings, after: Settings) -> None:
        """Write to `.env` what is new."""
        values = {APP_ID: after.app_id, CLIENT_SECRET: after.client_secret, AUTHORITY: after.authority}
        known = {APP_ID: before.app_id, CLIENT_SECRET: before.client_secret, AUTHORITY: before.authority}
        new = {name: value for name, value in values.items() if value != known[name]}
        write_env_file(after.env_file, new)
        words = f"Microsoft knows this app. It is kept in {after.env_file}, which only you can read."
        self._terminal.say(words, style="good")
        overruled = [name for name in new if after.sources.get(name) == ENVIRONMENT]
        if overruled:
            self._terminal.say(
                f"But the environment still sets {' and '.join(overruled)}, and wins next time: remove it there.",
                style="warning",
            )

    def _change(self, settings: Settings, remedy: Remedy) -> Settings | None:
        """The settings with another value, typed where only the person knows it; None: the person went back."""
        if remedy is Remedy.USE_CONSUMERS:
            return replace(settings, authority="consumers")
        if remedy is Remedy.USE_ORGANIZATIONS:
            return replace(settings, authority="organizations")
        if remedy is Remedy.DROP_SECRET:
            return replace(settings, client_secret="")
        if remedy is Remedy.APP_ID:
            app_id = self._read("App id", read_pasted_id, check_app_id, APP_ID)
            return replace(settings, app_id=app_id) if app_id else None
        if remedy is Remedy.TENANT:
            tenant = self._read("Directory (tenant) ID, or domain", read_pasted_value, check_authority, AUTHORITY)
            return replace(settings, authority=tenant) if tenant else None
        if not self._show(_password_step(settings)):
            return None
        secret = self._read("App password", read_pasted_value, check_client_secret, CLIENT_SECRET)
        return replace(settings, client_secret=secret) if secret else None

    def _read(self, what: str, tidy: Callable[[str], str], check: Callable[[str], None], variable: str) -> str:
        """What was pasted, when it can be right; '' when the person goes back."""

        def parse(typed: str) -> str:
            value = tidy(typed)
            if not value:
                raise WrongAnswer
            if value.lower() in (BACK, "q"):
                return ""
            try:
                check(value)
            except SettingsError as problem:
                raise WrongAnswer(f"{problem.sentence.replace(variable, 'That', 1)} {problem.hint}") from problem
            return value

        is_secret = variable == CLIENT_SECRET
        note = "it is not shown; 0 goes back" if is_secret else "0 goes back"
        with self._terminal.listening():  # what is pasted before the question is there is not shown either
            return self._terminal.ask_until(f"{what} ({note}):", parse, secret=is_secret, join_lines=True)


def pick_one(terminal: Terminal, labels: Sequence[str]) -> int | None:
    """The place of the one that was chosen; None: back. Enter takes the first. Raises EndOfInput."""
    numbered = {str(number): label for number, label in enumerate(labels, start=1)}
    picked = terminal.pick("Your choice:", {**numbered, BACK: "Back"}, default="1")
    return None if picked == BACK else int(picked) - 1


def _step(number: int, settings: Settings) -> _Step:
    """What there is to do in a step after the first."""
    if number == 2:
        return _Step(
            "Step 2 of 5: Open Microsoft's page",
            (
                "Sign in there with your Microsoft account, and press 'New registration'.",
                "If it says 'The ability to create applications outside of a directory has been deprecated': a free "
                "Azure account helps (https://azure.microsoft.com/free). docs/app-registration.md says more.",
            ),
            PORTAL,
        )
    if number == 3:
        newer, older = _ACCOUNT_TYPES[settings.authority]
        return _Step(
            "Step 3 of 5: Fill in the form",
            (
                "Name: anything, such as My OneDrive downloader.",
                f"Supported account types: '{newer}' (older: '{older}').",
                "Redirect URI: pick 'Public client/native (mobile & desktop)', and write beside it: "
                f"{DEFAULT_REDIRECT_URI}",
                "Then press 'Register'.",
            ),
        )
    if number == 4:
        return _Step(
            "Step 4 of 5: Copy the app id",
            (
                "The page 'Overview' comes up. Copy the Application (client) ID, not the Object ID and not the "
                "Directory (tenant) ID, and paste it here.",
            ),
        )
    return _Step(
        "Step 5 of 5: Two switches",
        (
            "'API permissions' > 'Add a permission' > 'Microsoft Graph' > 'Delegated permissions': tick Files.Read, "
            "and press 'Add permissions'.",
            "'Authentication (Preview)' > 'Settings': switch on 'Allow public client flows', and press 'Save'. It lets "
            "you sign in with a code where there is no browser.",
        ),
        f"{_APP_PAGES}CallAnAPI/appId/{settings.app_id}",
    )


def _password_step(settings: Settings) -> _Step:
    return _Step(
        "The app password (Microsoft calls it client secret)",
        (
            f"It is made at {portal_place(CLIENT_SECRET)}. Press 'New client secret' and 'Add', and copy the Value at "
            "once: it is shown only then. The Secret ID beside it is of no use.",
        ),
        f"{_APP_PAGES}Credentials/appId/{settings.app_id}",
    )
