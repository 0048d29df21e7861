"""Microsoft's library for Python, signed in by azure-identity with a device code."""

from __future__ import annotations

import asyncio
from importlib.metadata import version

from azure.identity import DeviceCodeCredential
from msgraph import GraphServiceClient

from tests.clients.programs.told import Told


async def main() -> None:
    told = Told()
    credential = DeviceCodeCredential(
        told.public_app_id,
        tenant_id="consumers",
        prompt_callback=lambda _address, code, _until: told.person.enter_device_code(code),
    )
    client = GraphServiceClient(credential, ["Files.Read", "User.Read"])
    person, drive = await client.me.get(), await client.me.drive.get()
    assert person.user_principal_name == "person@example.com"
    items, place, names = client.drives.by_drive_id(drive.id).items, "root", []
    for name in told.path:
        page = await items.by_drive_item_id(place).children.get()
        names.append([item.name for item in page.value])
        place = next(item.id for item in page.value if item.name == name)
    by_path = await items.by_drive_item_id(f"root:/{'/'.join(told.path)}:").get()
    assert by_path.id == place
    told.target.write_bytes(await items.by_drive_item_id(place).content.get())
    told.tell(version("msgraph-sdk"), names[0])


asyncio.run(main())
