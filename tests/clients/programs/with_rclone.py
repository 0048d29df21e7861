"""rclone: `authorize` is its sign-in at a browser; then it lists, copies, and compares a folder by its hashes."""

from __future__ import annotations

import re
import subprocess

from tests.clients.programs.told import Told

ADDRESS, ANSWER = re.compile(r"(http://127\.0\.0\.1:\d+/auth\S*)"), re.compile(r"--->\s*(\{.*?\})\s*<---", re.DOTALL)


def authorize(told: Told) -> str:
    """The token as rclone prints it, once the person has been at the address that rclone names."""
    words = ["rclone", "authorize", "onedrive", told.app_id, told.secret, "--auth-no-open-browser"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if found := ADDRESS.search(line):
            told.person.consent(found[1])
    token = ANSWER.search(said)
    assert token, said
    return token[1].replace("\n", "")


def main() -> None:
    told = Told()
    options = f"client_id = {told.app_id}\nclient_secret = {told.secret}\ndrive_id = 0f09000000cfea42\n"
    settings = told.folder / "rclone.conf"
    settings.write_text(f"[one]\ntype = onedrive\ndrive_type = personal\n{options}token = {authorize(told)}\n")

    def rclone(*words: str) -> str:
        command = ["rclone", "--config", str(settings), *words]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout

    names = [name.rstrip("/") for name in rclone("lsf", "one:").splitlines()]
    rclone("copyto", "one:" + "/".join(told.path), str(told.target))
    parent = "one:" + "/".join(told.path[:-1])
    rclone("copy", parent, str(told.folder / "folder"))
    rclone("check", parent, str(told.folder / "folder"))
    told.tell(rclone("version").split()[1].removeprefix("v"), names)


main()
