"""The system's key store in the place of token.json, where the person wants that: `--key-store yes`.

msal-extensions knows them: on Windows DPAPI, on macOS the Keychain, on Linux a Secret Service. `token.keystore` in the
home says that the sign-in is there; on Windows it is the sign-in, encrypted for this person. The library is an extra,
and loaded only where that file is.
"""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from typing import Any

from onedrive.errors import FolderNotUsable, StateFileBroken
from onedrive.home.files import is_file, remove_file

KEY_STORE = "token.keystore"
_NOTHING = "{}"  # an empty text cannot be kept everywhere
# What the library and those below it raise: the last is that of Linux' GObject.
_FAILURES = (ImportError, OSError, ValueError, AttributeError, RuntimeError)


class KeyStore:
    """The key store's place for the sign-in of one home."""

    def __init__(self, home: Path) -> None:
        self.path = home / KEY_STORE

    @property
    def is_used(self) -> bool:
        """Whether the sign-in of this home is kept there."""
        return is_file(self.path)

    def read(self) -> bytes | None:
        """msal's cache, None where none is kept. Raises StateFileBroken."""
        try:
            content = str(self._open().load())
        except _FAILURES as error:
            hint = "Unlock it; or choose 9, then 1 to sign in again."
            raise StateFileBroken(self.path, _why(error), hint) from error
        return None if content in ("", _NOTHING) else content.encode()

    def save(self, text: str) -> None:
        """Keep this, and nothing of before; it is read again, since some take what they do not keep.

        Raises FolderNotUsable.
        """
        try:
            store = self._open()
            store.save(text)
            if store.load() != text:
                raise ValueError("something else came back")
        except _FAILURES as error:
            hint = "The sign-in stays where it is: token.json needs none."
            raise FolderNotUsable(self.path, _why(error), hint) from error

    def remove(self) -> None:
        """Nothing is kept there any more. Raises OSError, FolderNotUsable."""
        if self.is_used:
            self.save(_NOTHING)
            remove_file(self.path)

    def begin(self, text: str | None) -> None:
        """From now on the sign-in is kept there, and is this one. Raises FolderNotUsable, and leaves nothing then."""
        try:
            self.save(text or _NOTHING)
        except FolderNotUsable:
            remove_file(self.path)
            raise

    def _open(self) -> Any:  # noqa: ANN401 - the library has no types
        from msal_extensions import build_encrypted_persistence

        return build_encrypted_persistence(str(self.path))


def _why(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name == "msal_extensions":
        return "the package msal-extensions is not installed (pip install msal-extensions)"
    if isinstance(error, OSError) and error.errno == errno.ENOENT:
        return "the key store has no sign-in of this folder (was it moved, or is it of another computer?)"
    if sys.platform == "linux":
        return "no Secret Service can be reached from here (GNOME Keyring, KWallet; it needs libsecret and PyGObject)"
    return "this system's key store does not answer, or is locked"
