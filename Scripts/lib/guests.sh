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

swift_flags="-target wasm32-unknown-none-wasm -wmo -parse-as-library -swift-version 6 -warnings-as-errors
    -strict-memory-safety -enable-experimental-feature Embedded -enable-experimental-feature Extern
    -enable-experimental-feature Lifetimes -enable-upcoming-feature ExistentialAny
    -enable-upcoming-feature MemberImportVisibility -Xfrontend -disable-stack-protector"
swift_modules=$root/.vendor/guest-modules

# swift_module NAME FILE...: an interface to compile a guest against. No object code: Embedded Swift compiles what a
# guest uses of its modules together with the guest, and only that.
swift_module() {
    module=$1
    shift
    # shellcheck disable=SC2086 # a list of flags
    swiftc $swift_flags -Onone -I "$scratch/modules" -module-name "$module" "$@" \
        -emit-module -emit-module-path "$scratch/modules/$module.swiftmodule"
}

# The modules and the C runtime that every Swift guest shares.
build_swift_sdk() {
    fresh "$swift_modules/runtime.o" "$root/Sources/PulpWire" "$root/Sources/PulpGuest" && return
    mkdir -p "$scratch/modules"
    # shellcheck disable=SC2046 # paths below the root, which this is run from
    (
        cd "$root" &&
            swift_module PulpWire $(find Sources/PulpWire -name '*.swift' | sort) &&
            swift_module PulpGuest $(find Sources/PulpGuest -name '*.swift' | sort)
    ) || return 1
    "$toolchain/clang" --target=wasm32 -std=c17 -Os -ffreestanding -Wall -Wextra -Werror -Wno-unused-function \
        -I "$sdk/include" -c "$sdk/runtime.c" -o "$scratch/modules/runtime.o" || return 1
    mkdir -p "$swift_modules"
    mv -f "$scratch"/modules/*.swiftmodule "$swift_modules/"
    mv -f "$scratch/modules/runtime.o" "$swift_modules/runtime.o"
    echo "build-guests: the Swift SDK"
}

# build_swift NAME FOLDER: FOLDER/*.swift, as Embedded Swift.
build_swift() {
    fresh "$2/$1.wasm" "$2"/*.swift "$root/Sources/PulpWire" "$root/Sources/PulpGuest" && return
    find_toolchain && build_swift_sdk || return 1
    # shellcheck disable=SC2086 # a list of flags
    swiftc $swift_flags -Osize -I "$swift_modules" -module-name Guest "$2"/*.swift \
        -Xfrontend -entry-point-function-name -Xfrontend pulp_main -c -o "$scratch/$1.o" || return 1
    # What a guest does not use (hash tables, Unicode) the linker leaves out.
    "$toolchain/wasm-ld" --no-entry --gc-sections -z stack-size=131072 "$scratch/$1.o" "$swift_modules/runtime.o" \
        "$resources/embedded/wasm32-unknown-none-wasm/libswiftUnicodeDataTables.a" -o "$scratch/$1.wasm" || return 1
    built "$1" "$scratch/$1.wasm" "$2/$1.wasm"
}
