"""msal signs in, by device code, with and without a slash at the end of the authority; requests does the rest."""

from __future__ import annotations

import msal
import requests

from tests.clients.programs.told import Told

SCOPES = ["Files.Read", "User.Read"]
DRIVE = "https://graph.microsoft.com/v1.0/me/drive"


def sign_in(told: Told, authority: str) -> str:
    app = msal.PublicClientApplication(told.public_app_id, authority=authority)
    flow = app.initiate_device_flow(SCOPES)
    told.person.enter_device_code(flow["user_code"])
    tokens = app.acquire_token_by_device_flow(flow)
    [account] = app.get_accounts()
    renewed = app.acquire_token_silent_with_error(SCOPES, account, force_refresh=True)
    assert tokens["id_token_claims"]["preferred_username"] == account["username"] == "person@example.com"
    return str(renewed["access_token"])


def main() -> None:
    told = Told()
    tokens = [sign_in(told, f"https://login.microsoftonline.com/consumers{end}") for end in ("", "/")]
    names: list[list[str]] = []
    for token in tokens:
        session, place = requests.Session(), f"{DRIVE}/root"
        session.headers["Authorization"] = f"Bearer {token}"
        for name in told.path:
            items = session.get(f"{place}/children").json()["value"]
            names.append([item["name"] for item in items])
            place = f"{DRIVE}/items/{next(item['id'] for item in items if item['name'] == name)}"
        told.target.write_bytes(session.get(f"{place}/content").content)
    told.tell(msal.__version__, names[0])


main()
