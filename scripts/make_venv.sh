#!/bin/sh
# make_venv.sh DIRECTORY REQUIREMENT: a virtual environment with perfxl (editable) in it; DIRECTORY/.ready marks success.
set -eu
. "$(dirname "$0")/say.sh"

venv=$1 requirement=$2
python=${PYTHON:-python3}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    say "perfxl needs Python 3.11 or newer; name one: make PYTHON=python3.12 …" \
        "perfxl 需要 Python 3.11 及以上;可指定:make PYTHON=python3.12 …"
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    bring_packages "to make a virtual environment" "用于建立虚拟环境" python3-venv || exit 1
    if ! "$python" -c 'import ensurepip, venv'; then
        say "$python still can't make virtual environments; name another Python: make PYTHON=/…/python3 …" \
            "$python 仍无法建立虚拟环境;请指定其他 Python:make PYTHON=/…/python3 …"
        exit 1
    fi
fi
say "installing perfxl and the packages that it needs into $venv (from PyPI): $requirement" \
    "正在把 perfxl 及其依赖(来自 PyPI)装入 $venv:$requirement"
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable "$requirement"
touch "$venv/.ready"
say "$venv is ready" "$venv 已就绪"
