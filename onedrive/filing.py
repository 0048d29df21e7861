"""Filing: the folder that a file belongs into, as on OneDrive or by date, and whether a recorded place is still right.

The word of the layout stands in the manifest beside each place: a place says something about OneDrive's folders only
when it was given out in OneDrive's layout.
"""

from __future__ import annotations

from onedrive.drive_item import DriveItem
from onedrive.errors import SettingsError
from onedrive.layout_pattern import LayoutPattern, WrongPattern
from onedrive.manifest import Recorded
from onedrive.selection import Layout, Selection

AS_ON_ONEDRIVE = ""  # the word for it in the manifest


class Filing:
    """One layout."""

    def __init__(self, selection: Selection) -> None:
        """Raises SettingsError for a pattern that makes no folder."""
        self.word = AS_ON_ONEDRIVE if selection.layout is Layout.ONEDRIVE else selection.layout.value
        try:
            self._pattern = LayoutPattern(selection.pattern) if self.word else None
        except WrongPattern as error:
            raise SettingsError(str(error), "Choose 5 to choose another pattern.") from error

    @property
    def is_onedrives(self) -> bool:
        """Whether the folders are those of OneDrive."""
        return self._pattern is None

    def folder_for(self, item: DriveItem, folder: str) -> str:
        """The folder of an item whose folder on OneDrive is `folder`; '/2019/2019-06', '' for the topmost."""
        return folder if self._pattern is None else f"/{self._pattern.folder_for(item)}"

    def still_names(self, recorded: Recorded, item: DriveItem) -> bool:
        """True when the recorded place may be right: given out in this layout, for the item as it is called now."""
        if recorded.layout != self.word:
            return False
        return recorded.path == item.path or (self._pattern is not None and recorded.name == item.name)
