"""O365, signed in as its handbook says: the person opens an address and gives back the one that they land on."""

from __future__ import annotations

from importlib.metadata import version

from O365 import Account
from O365.utils.token import MemoryTokenBackend

from tests.clients.programs.told import Told


def main() -> None:
    told = Told()
    account = Account((told.app_id, told.secret), tenant_id="consumers", token_backend=MemoryTokenBackend())
    assert account.authenticate(requested_scopes=["Files.Read", "User.Read"], handle_consent=told.person.consent)
    drive = account.storage().get_default_drive()
    items, names = list(drive.get_root_folder().get_items()), []
    for name in told.path[:-1]:
        names.append([item.name for item in items])
        items = list(next(item for item in items if item.name == name).get_items())
    file = next(item for item in items if item.name == told.path[-1])
    assert file.download(to_path=told.folder, name=told.target.name)
    by_path = drive.get_item_by_path("/" + "/".join(told.path[:-1]))  # it leaves the # of the file's name as it is
    assert by_path.object_id == file.parent_id
    told.tell(version("O365"), names[0])


main()
