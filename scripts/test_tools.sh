#!/bin/sh
# Brings what the tests need beyond Python, where it is missing: LibreOffice with its Python bridge, Chinese fonts,
# poppler, Node and the Open XML SDK's validator.  Never fails: tests that still lack a tool are skipped aloud
# (under CI they fail).
set -eu
. "$(dirname "$0")/say.sh"

packages=
need() { # need PACKAGE COMMAND...: the package is wanted if the command fails
    package=$1
    shift
    "$@" >/dev/null 2>&1 || packages="$packages $package"
}
has() { command -v "$1"; }
has_chinese_font() { fc-list :lang=zh-cn family | grep -q .; }

need libreoffice-calc has soffice
need python3-uno /usr/bin/python3 -I -c 'import uno'
need fonts-noto-cjk has_chinese_font
need poppler-utils has pdftoppm
need nodejs has node
need npm has npm
if [ -n "$packages" ]; then
    # shellcheck disable=SC2086 # a list of package names
    bring_packages "LibreOffice, fonts and Node, used by tests only" "LibreOffice、中文字体、Node,仅供测试使用" \
        $packages || say "going on; tests that need these are skipped" "继续执行;需要这些软件的测试将跳过"
fi

installed=node_modules/.package-lock.json
if [ ! -e "$installed" ] || [ package-lock.json -nt "$installed" ]; then
    if command -v npm >/dev/null 2>&1; then
        say "installing the Open XML SDK validator into node_modules (from npm, about 80 MB, used by tests only)" \
            "正在把 Open XML SDK 校验器装入 node_modules(来自 npm,约 80 MB,仅供测试使用)"
        # Not "npm ci": the lock file names this platform's program only, and ci refuses a lock without the others.
        if npm install --no-save --no-audit --no-fund --loglevel=error; then
            touch "$installed"
        else
            say "npm could not install it; tests that need it are skipped" "npm 安装失败;需要它的测试将跳过"
        fi
    fi
fi
