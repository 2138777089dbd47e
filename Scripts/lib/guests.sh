# How a guest is built. Sourced by Scripts/build-guests, which sets `root`.
# Every function builds one guest where its manifest expects it, by renaming, so that a broken build leaves the old one
# and two builds at once do no harm.

c_sdk=$root/SDKs/c

# fresh OUTPUT SOURCE...: whether no file among the sources (folders count with what they hold) is newer.
fresh() {
    output=$1
    shift
    [ -z "${force:-}" ] && [ -f "$output" ] &&
        [ -z "$(find "$@" "$root/Scripts/build-guests" "$root/Scripts/lib" -type f ! -name '*.wasm' ! -name '*.md' \
            ! -path '*/tests/*' -newer "$output" 2>/dev/null | head -n 1)" ]
}

# built NAME MODULE: says so.
built() {
    echo "build-guests: $1, $(($(wc -c <"$2"))) bytes"
}

# ---- Plugins on an SDK: `pulp build` has their recipes ----

# find_program: sets `program` to $PULP, else to the newer of what is built.
find_program() {
    release=$root/.build/release/pulp
    debug=$root/.build/debug/pulp
    program=${PULP:-$release}
    if [ -z "${PULP:-}" ]; then
        [ -x "$release" ] && [ -z "$(find "$debug" -newer "$release" 2>/dev/null)" ] || program=$debug
    fi
    [ -x "$program" ] || {
        echo "error: there is no program at $program, and plugins are built by pulp build" >&2
        echo "  remedy: make build, or swift build" >&2
        return 1
    }
}

# build_plugin FOLDER [PROGRAMS]: the plugin in a folder; its compiler is looked for in the folder PROGRAMS first.
# What a compiler warns of is an error here.
build_plugin() {
    folder=$1
    programs=${2:-}
    module=$folder/$(sed -n 's/^wasm *= *"\(.*\)"/\1/p' "$folder/pulp.plugin.toml")
    case "$(cd "$folder" && find . -name tests -prune -o -type f -print)" in
    *.swift*) set -- "$root/Sources/PulpWire" "$root/Sources/PulpGuest" ;;
    *.rs*) set -- "$root/SDKs/rust/src" ;;
    *.go*) set -- "$root/SDKs/go" ;;
    *.zig*) set -- "$root/SDKs/zig/src" ;;
    *) set -- "$c_sdk" ;;
    esac
    fresh "$module" "$folder" "$@" "$root"/Sources/PulpBuild/Builder*.swift && return
    find_program || return 1
    said=$(PATH=$programs${programs:+:}$PATH PULP_SDK=$root "$program" build --quiet "$folder" 2>&1) || {
        echo "$said" >&2
        return 1
    }
    [ -z "$said" ] || {
        rm -f "$module"
        echo "$said" >&2
        return 1
    }
    name=${module##*/}
    built "${name%.wasm}" "$module"
}

# ---- Guests that imitate those of the reference, in C without an SDK's runtime ----

c_flags="--target=wasm32 -std=c17 -nostdlib -ffreestanding -fvisibility=hidden -Wall -Wextra -Werror
    -Wno-unused-parameter -Wno-unused-function -Wl,--no-entry,--gc-sections,-z,stack-size=65536"

# build_c NAME FOLDER: FOLDER/*.c, freestanding.
build_c() {
    fresh "$2/$1.wasm" "$2"/*.[ch] "$c_sdk" "$root/Tests/Fixtures/include" && return
    find_toolchain || return 1
    debug=-O2
    # A path that is the same on every machine.
    [ "$1" != trap-lines ] || debug="-O1 -g -ffile-prefix-map=$root/= -ffile-compilation-dir=."
    # shellcheck disable=SC2086 # lists of flags
    "$toolchain/clang" $c_flags $debug -I "$c_sdk" -I "$root/Tests/Fixtures/include" "$c_sdk/pulp.c" "$2"/*.c \
        -o "$scratch/$1.wasm" || return 1
    put "$1" "$2"
}

# put NAME FOLDER: renames what was built to where it belongs.
put() {
    mv -f "$scratch/$1.wasm" "$2/$1.wasm"
    built "$1" "$2/$1.wasm"
}
