# Sourced by the other scripts: telling what is done in both languages, and bringing Debian packages.

say() { # say ENGLISH CHINESE
    printf 'perfxl: %s\n        %s\n' "$1" "$2"
}

# bring_packages ENGLISH-REASON CHINESE-REASON PACKAGE...
# Installs Debian packages where that is possible; else says what to ask for.  Fails if they did not come.
bring_packages() {
    english=$1 chinese=$2
    shift 2
    if ! command -v apt-get >/dev/null 2>&1; then
        say "missing: $* ($english). This is no Debian system: please install the like of it." \
            "缺少:$*($chinese)。本机没有 apt-get,请自行安装对应的软件。"
        return 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        say "missing: $* ($english). Not root; please have these run: apt-get install --no-install-recommends $*" \
            "缺少:$*($chinese)。当前不是 root,请管理员执行:apt-get install --no-install-recommends $*"
        return 1
    fi
    say "installing from Debian: $* ($english)" "正在从 Debian 安装:$*($chinese)"
    # A list that can't be refreshed may still do.
    apt-get -qq update || true
    if ! DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends "$@" >/dev/null; then
        say "apt-get could not install: $*" "apt-get 未能安装:$*"
        return 1
    fi
}
