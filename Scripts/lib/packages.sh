# need_packages NAME...: system packages that a script cannot do without. Sourced, never run.
#
# Installs what is missing on Debian and Ubuntu, as root or through sudo without a password; elsewhere it
# names what to install and fails. Silent when nothing is missing.

need_packages() {
    if ! command -v dpkg-query >/dev/null 2>&1; then
        echo "error: this needs the Debian packages: $*. Install what your system calls them, and run again." >&2
        return 1
    fi
    missing=""
    for package in "$@"; do
        case "$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null)" in
        *"install ok installed"*) ;;
        *) missing="$missing $package" ;;
        esac
    done
    [ -n "$missing" ] || return 0

    if [ "$(id -u)" -eq 0 ]; then
        as_root="env"
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root="sudo env"
    else
        echo "error: missing packages:$missing. Install them: sudo apt-get install$missing" >&2
        return 1
    fi
    echo "installing:$missing" >&2
    log=$(mktemp)
    # The lock may be held by another script of ours, or by the machine's own updates: wait for it.
    # shellcheck disable=SC2086 # both are lists of words
    if $as_root apt-get -qq update >"$log" 2>&1 &&
        $as_root DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 \
            install -y --no-install-recommends $missing >>"$log" 2>&1; then
        rm -f "$log"
        return 0
    fi
    cat "$log" >&2
    rm -f "$log"
    echo "error: apt-get could not install$missing; see above" >&2
    return 1
}
