"""The sign-in in the system's key store: moved both ways, never in two places; a store that fails changes nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from onedrive.settings import Settings
from tests.faults.server import FaultyServer
from tests.setup.setup_scene import check
from tests.starting import Ended, run


class Store(ModuleType):
    """msal-extensions with a store of its own: as on macOS and Linux it leaves an empty file as a sign."""

    def __init__(self) -> None:
        super().__init__("msal_extensions")
        self.kept: dict[str, str] = {}
        self.is_locked = False

    def build_encrypted_persistence(self, location: str) -> Store:
        if self.is_locked:
            raise RuntimeError("No such interface")
        self.location = location
        return self

    def save(self, content: str) -> None:
        self.kept[self.location] = content
        Path(self.location).touch()

    def load(self) -> str:
        return self.kept[self.location]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    store = Store()
    monkeypatch.setitem(sys.modules, "msal_extensions", store)
    return store


def test_the_sign_in_moves_into_the_key_store_works_there_and_comes_back(
    tmp_path: Path, demo: FaultyServer, store: Store
) -> None:
    def choose(*words: str) -> Ended:
        return run(tmp_path, "--demo", "--demo-port", str(demo.port), "--home", ".", "--no-input", *words)

    token, sign = tmp_path / "token.json", tmp_path / "token.keystore"
    choose("1")
    left_over = token.read_bytes()
    assert choose("--key-store", "yes", "2").returncode == 0
    token.write_bytes(left_over)  # as if the move had been killed in its midst

    store.is_locked = True
    assert choose("3").returncode == 0
    assert token.exists()
    store.is_locked = False
    assert choose("3").returncode == 0

    [kept] = store.kept.values()
    assert json.loads(kept)["RefreshToken"]
    assert (token.exists(), sign.read_bytes()) == (False, b"")
    settings = Settings(tmp_path, tmp_path / "downloads", demo.public_app_id)
    assert check(settings, demo).words("key store") == "The sign-in is kept in this system's key store"

    assert choose("--key-store", "no", "2").returncode == 0
    assert (token.exists(), sign.exists(), [*store.kept.values()]) == (True, False, ["{}"])

    choose("--key-store", "yes", "1")
    assert "Removed: what was in the key store." in choose("9").stdout
    assert (token.exists(), sign.exists(), [*store.kept.values()]) == (False, False, ["{}"])


@pytest.mark.parametrize("is_installed", [True, False])
def test_without_a_key_store_the_sign_in_stays_in_its_file(
    tmp_path: Path, demo: FaultyServer, store: Store, monkeypatch: pytest.MonkeyPatch, is_installed: bool
) -> None:
    store.is_locked = True
    if not is_installed:
        monkeypatch.setitem(sys.modules, "msal_extensions", None)
    words = ("--demo", "--demo-port", str(demo.port), "--home", ".", "--no-input")
    run(tmp_path, *words, "1")

    done = run(tmp_path, *words, "--key-store", "yes", "2")

    assert done.returncode == 1
    assert "token.keystore cannot be used" in done.stdout
    assert ("msal-extensions is not installed" in done.stdout) is not is_installed
    assert (tmp_path / "token.json").exists()
    assert not (tmp_path / "token.keystore").exists()
