"""Every sentence the program can say, with its place, for whoever reads them in one pass.

`python -m tests.sentences` prints those of the whole client; `python -m tests.sentences onedrive/download start.py`
those of a room. A sentence is a text of the source with at least two words that is no docstring; what is filled
in stands as `{…}`. SQL and patterns are left out.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_TWO_WORDS = re.compile(r"[^\W\d_]{2,}[,;:]? (?:\{…\}|[^\W\d_])")
_NO_SENTENCE = re.compile(r"\(\?|\[\^|^\s*(?:SELECT|INSERT|UPDATE|DELETE FROM|CREATE|DROP|PRAGMA|ATTACH|WITH|AND) ")


def sentences(source: str) -> Iterator[tuple[int, str]]:
    """Line number and text of each sentence in Python source, in the order of the file."""
    tree = ast.parse(source)
    silent = set(_docstrings(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            silent.update(id(part) for part in node.values)
    found = []
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        text = _text(node)
        if text is not None and _TWO_WORDS.search(text) and not _NO_SENTENCE.search(text):
            assert isinstance(node, ast.expr)
            found.append((node.lineno, " ".join(text.split())))
    return iter(sorted(found))


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{…}" for part in node.values)  # type: ignore[misc]
    return None


def _docstrings(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield id(first.value)


def _files(places: list[str]) -> Iterator[Path]:
    for place in places or ["onedrive", *sorted(path.name for path in ROOT.glob("*.py"))]:
        path = ROOT / place
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def main(places: list[str]) -> None:
    """Prints `file:line: sentence` for the given files and folders (none: the whole client)."""
    for path in _files(places):
        for line, text in sentences(path.read_text("utf-8")):
            print(f"{path.relative_to(ROOT)}:{line}: {text}")


if __name__ == "__main__":
    main(sys.argv[1:])
