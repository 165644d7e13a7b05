#!/bin/sh
# Makes .venv with uv in it, from any Python 3.11+, with or without the venv module's ensurepip.
set -eu
python=$1
"$python" -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
lost() {
    echo "uv could not be fetched: is there a network, or a proxy or package index to be set for pip?" >&2
    exit 1
}
echo "Installing into .venv (some 1.1 GB, a minute)"
rm -rf .venv
if ! "$python" -m venv .venv >/dev/null 2>&1; then
    rm -rf .venv
    "$python" -m venv --without-pip .venv
fi
if [ -x .venv/bin/pip ]; then
    .venv/bin/pip install --quiet --disable-pip-version-check uv==0.13.8 || lost
else
    "$python" -m pip install --quiet --disable-pip-version-check --prefix .venv uv==0.13.8 || lost
fi
