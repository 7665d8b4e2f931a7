#!/bin/sh
# Makes build/ministack-venv with the emulator that `npm run test:aws` needs (NOTES: MiniStack, MIT, from PyPI). Repeats harmlessly.
set -eu
version=${MINISTACK_VERSION:-1.4.21}
venv=$(cd "$(dirname "$0")/../.." && pwd)/build/ministack-venv
if [ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip show ministack 2>/dev/null | grep -qx "Version: $version"; then
  exit 0
fi
python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check "ministack==$version"
