#!/bin/sh
# Makes .venv with uv in it, from any Python 3.11+, with or without the venv module's ensurepip.
set -eu
python=$1
"$python" -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
rm -rf .venv
if ! "$python" -m venv .venv >/dev/null 2>&1; then
    rm -rf .venv
    "$python" -m venv --without-pip .venv
fi
if [ -x .venv/bin/pip ]; then
    .venv/bin/pip install --quiet --disable-pip-version-check uv==0.13.8 2>/dev/null
else
    "$python" -m pip install --quiet --disable-pip-version-check --prefix .venv uv==0.13.8
fi
