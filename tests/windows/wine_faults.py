"""What Wine does otherwise than Windows, mended; Windows' Python runs this as `sitecustomize` when it starts.

With WIN_MAXPATH set, paths of 260 characters and more are refused unless they carry the mark of long ones: as Windows
does, and Wine does not.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import builtins
    import errno
    import functools
    import io
    import msvcrt
    import nt
    import ntpath
    import os
    from collections.abc import Callable

    _MARK = "\\\\?\\"
    _final_path, _locking, _replace = nt._getfinalpathname, msvcrt.locking, os.replace

    def _final_path_of_any_length(path: str) -> str:
        """Wine has too little room for the answer from about 130 characters on."""
        try:
            return _final_path(path)
        except OSError as error:
            if error.winerror != 234:  # more data
                raise
            whole = os.path.abspath(path)  # noqa: PTH100 - pathlib asks what is mended here
            return whole if whole.startswith(_MARK) else _MARK + whole

    def _locking_with_its_error(descriptor: int, mode: int, size: int) -> None:
        """Wine leaves errno at 0 where Microsoft's library says EACCES."""
        try:
            return _locking(descriptor, mode, size)
        except OSError as error:
            if error.errno == 0:
                raise PermissionError(errno.EACCES, "Permission denied") from None
            raise

    def _replace_also_the_case(source: str, target: str) -> None:
        """Wine does nothing where only the case of the name changes; Windows changes it."""
        names = [os.path.basename(path) for path in (source, target)]  # noqa: PTH119 - as above
        if names[0] != names[1] and os.path.normcase(source) == os.path.normcase(target):
            _replace(source, f"{target}.case")
            source = f"{target}.case"
        _replace(source, target)

    os.replace = _replace_also_the_case
    nt._getfinalpathname = ntpath._getfinalpathname = _final_path_of_any_length
    msvcrt.locking = _locking_with_its_error

    def _is_too_long(path: object, limit: int) -> bool:
        text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else ""
        if not isinstance(text, str) or text.startswith(_MARK):
            return False
        return len(os.path.abspath(text)) >= limit  # noqa: PTH100 - as above

    def _refusing(call: Callable[..., object], *, paths: int, limit: int) -> Callable[..., object]:
        @functools.wraps(call)
        def refuse(*words: object, **more: object) -> object:
            for path in words[:paths]:
                if _is_too_long(path, limit):
                    raise FileNotFoundError(errno.ENOENT, "The system cannot find the path specified", str(path), 3)
            return call(*words, **more)

        return refuse

    if os.environ.get("WIN_MAXPATH"):
        builtins.open = io.open = _refusing(io.open, paths=1, limit=260)
        _ONE_PATH = "open stat lstat unlink remove rmdir listdir scandir utime truncate chmod"
        _CALLS = [(name, 1, 260) for name in _ONE_PATH.split()]
        _CALLS += [("mkdir", 1, 248), ("rename", 2, 260), ("replace", 2, 260), ("link", 2, 260)]
        for _name, _paths, _limit in _CALLS:
            setattr(os, _name, _refusing(getattr(os, _name), paths=_paths, limit=_limit))
