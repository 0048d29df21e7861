#!/bin/sh
# Makes requirements.lock anew: the newest packages that requirements.txt allows, each file known by its checksum, for all
# systems and Pythons. Needs uv. No file of cryptography 49 or newer is made for Macs with Intel's chip.
set -eu
cd "$(dirname "$0")/.."
intel_mac="sys_platform == 'darwin' and platform_machine == 'x86_64'"
other="sys_platform != 'darwin' or platform_machine != 'x86_64'"
printf '%s\n' "cryptography<49; $intel_mac" "cryptography>=49; $other" |
    uv pip compile --universal --python-version 3.11 --upgrade --generate-hashes --no-header --no-annotate --quiet \
        -o requirements.lock requirements.txt -
sed -i.old '1i\
# Made by tools/lock.sh: pip install --require-hashes -r requirements.lock
' requirements.lock
rm requirements.lock.old
