# How a guest is built, for each language. Sourced by Scripts/build-guests, which sets `root`.
# Every function builds one guest: into a scratch file first, then renamed to where its manifest expects it, so that
# a broken build leaves the old one and two builds at once do no harm.

sdk=$root/Sources/PulpGuest/C
c_sdk=$root/SDKs/c

# fresh OUTPUT SOURCE...: whether nothing among the sources (folders count with what they hold) is newer.
fresh() {
    output=$1
    shift
    [ -z "${force:-}" ] && [ -f "$output" ] &&
        [ -z "$(find "$@" "$root/Scripts/build-guests" "$root/Scripts/lib" -newer "$output" 2>/dev/null | head -n 1)" ]
}

# built NAME FROM TO: puts it in place and says so.
built() {
    mv -f "$2" "$3"
    echo "build-guests: $1, $(($(wc -c <"$3"))) bytes"
}

# What `pulp build` runs for C, too. Release, for size (`-O2` for speed):
#   clang C_FLAGS -Oz -I SDKs/c SDKs/c/pulp.c *.c -o NAME.wasm
# Debug, with line numbers for backtraces:
#   clang C_FLAGS -O1 -g -I SDKs/c SDKs/c/pulp.c *.c -o NAME.wasm
c_flags="--target=wasm32 -std=c17 -nostdlib -ffreestanding -fvisibility=hidden -Wall -Wextra -Werror
    -Wno-unused-parameter -Wno-unused-function -Wl,--no-entry,--gc-sections,-z,stack-size=65536"

# build_c NAME FOLDER: FOLDER/*.c with the SDK's runtime, freestanding.
build_c() {
    fresh "$2/$1.wasm" "$2"/*.[ch] "$c_sdk" "$root/Tests/Fixtures/include" && return
    find_toolchain || return 1
    debug=-O2
    # A path that is the same on every machine.
    [ "$1" != trap-lines ] || debug="-O1 -g -ffile-prefix-map=$root/= -ffile-compilation-dir=."
    # shellcheck disable=SC2086 # lists of flags
    "$toolchain/clang" $c_flags $debug -I "$c_sdk" -I "$root/Tests/Fixtures/include" "$c_sdk/pulp.c" "$2"/*.c \
        -o "$scratch/$1.wasm" || return 1
    built "$1" "$scratch/$1.wasm" "$2/$1.wasm"
}

# How a guest in Swift is built; `pulp build` does the same.
#
# Common. The SDK's modules, PulpWire and PulpGuest, are compiled to interfaces once (5 s): Embedded Swift compiles what
# a guest uses of its modules together with the guest, and only that.
#
# Release (about 4 s, hello: 37 KB). Swift emits LLVM IR, clang turns it into bitcode, and wasm-ld optimises the whole
# program, the C runtime with it: what the standard library keeps for programs that are not this one goes, a quarter of
# the code. The IR goes as text, because this compiler crashes when it writes bitcode itself. C/unreached.c says what is
# never reached. Names are stripped: they are a fifth of a small guest; `keep_names` in the environment keeps them.
#
# Development (about 0.7 s). `-Onone`, no link time optimisation; names stay, and `-g` adds lines to backtraces (0.2 s).
swift_flags="-target wasm32-unknown-none-wasm -wmo -parse-as-library -swift-version 6 -warnings-as-errors
    -strict-memory-safety -enable-experimental-feature Embedded -enable-experimental-feature Extern
    -enable-experimental-feature Lifetimes -enable-upcoming-feature ExistentialAny
    -enable-upcoming-feature MemberImportVisibility -Xfrontend -disable-stack-protector"
swift_guest_flags="-module-name Guest -Xfrontend -entry-point-function-name -Xfrontend pulp_main"
swift_link_flags="--no-entry --gc-sections -z stack-size=131072"
c_runtime_flags="--target=wasm32 -std=c17 -Os -ffreestanding -Wall -Wextra -Werror -Wno-unused-function"
swift_modules=$root/.vendor/guest-modules

# swift_module NAME FILE...: an interface to compile a guest against.
swift_module() {
    module=$1
    shift
    # shellcheck disable=SC2086 # a list of flags
    swiftc $swift_flags -Onone -I "$scratch/modules" -module-name "$module" "$@" \
        -emit-module -emit-module-path "$scratch/modules/$module.swiftmodule"
}

# The modules and the C runtime that every Swift guest shares: the runtime as an object and as bitcode.
build_swift_sdk() {
    fresh "$swift_modules/unreached.bc" "$root/Sources/PulpWire" "$root/Sources/PulpGuest" && return
    mkdir -p "$scratch/modules"
    # shellcheck disable=SC2046 # paths below the root, which this is run from
    (
        cd "$root" &&
            swift_module PulpWire $(find Sources/PulpWire -name '*.swift' | sort) &&
            swift_module PulpGuest $(find Sources/PulpGuest -name '*.swift' | sort)
    ) || return 1
    # shellcheck disable=SC2086 # a list of flags
    "$toolchain/clang" $c_runtime_flags -I "$sdk/include" -c "$sdk/runtime.c" -o "$scratch/modules/runtime.o" &&
        "$toolchain/clang" $c_runtime_flags -flto -I "$sdk/include" -c "$sdk/runtime.c" -o "$scratch/modules/runtime.bc" &&
        "$toolchain/clang" $c_runtime_flags -flto -c "$sdk/unreached.c" -o "$scratch/modules/unreached.bc" || return 1
    mkdir -p "$swift_modules"
    for made in PulpWire.swiftmodule PulpGuest.swiftmodule runtime.o runtime.bc unreached.bc; do
        mv -f "$scratch/modules/$made" "$swift_modules/$made"
    done
    echo "build-guests: the Swift SDK"
}

# swift_release OUTPUT SOURCE...: small and fast.
swift_release() {
    output=$1
    shift
    strip="--strip-all --keep-section=producers"
    [ -z "${keep_names:-}" ] || strip=--strip-debug
    # shellcheck disable=SC2086 # lists of flags
    swiftc $swift_flags -Osize -I "$swift_modules" $swift_guest_flags "$@" -emit-ir -o "$scratch/guest.ll" &&
        "$toolchain/clang" --target=wasm32 -Wno-override-module -O0 -Xclang -disable-llvm-passes \
            -c -emit-llvm "$scratch/guest.ll" -o "$scratch/guest.bc" &&
        "$toolchain/wasm-ld" $swift_link_flags $strip --lto-O2 "$swift_modules/runtime.bc" "$swift_modules/unreached.bc" \
            "$scratch/guest.bc" "$resources/embedded/wasm32-unknown-none-wasm/libswiftUnicodeDataTables.a" -o "$output"
}

# swift_development OUTPUT SOURCE...: built at once. `debug=-g` in the environment adds DWARF.
swift_development() {
    output=$1
    shift
    # shellcheck disable=SC2086 # lists of flags
    swiftc $swift_flags -Onone ${debug:-} -I "$swift_modules" $swift_guest_flags "$@" -c -o "$scratch/guest.o" &&
        "$toolchain/wasm-ld" $swift_link_flags "$swift_modules/runtime.o" "$scratch/guest.o" \
            "$resources/embedded/wasm32-unknown-none-wasm/libswiftUnicodeDataTables.a" -o "$output"
}

# build_swift NAME FOLDER: FOLDER/*.swift, as Embedded Swift.
build_swift() {
    fresh "$2/$1.wasm" "$2"/*.swift "$root/Sources/PulpWire" "$root/Sources/PulpGuest" && return
    find_toolchain && build_swift_sdk || return 1
    swift_release "$scratch/$1.wasm" "$2"/*.swift || return 1
    built "$1" "$scratch/$1.wasm" "$2/$1.wasm"
}
