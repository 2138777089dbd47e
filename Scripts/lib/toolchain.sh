# find_toolchain: where the Swift toolchain is. Sourced, never run.

# Sets `toolchain` (its folder of programs) and `resources` (its runtime's folder). Its clang, wasm-ld and docc lie
# beside swiftc, which may be reached through a link or a proxy; a `clang` elsewhere may not know wasm.
find_toolchain() {
    [ -z "${toolchain:-}" ] || return 0
    resources=$(swiftc -print-target-info 2>/dev/null | sed -n 's/.*"runtimeResourcePath": *"\(.*\)".*/\1/p')
    toolchain=$(cd "$resources/../../bin" 2>/dev/null && pwd) || toolchain=
    [ -x "$toolchain/wasm-ld" ] && [ -x "$toolchain/clang" ] || {
        echo "error: no Swift toolchain with clang and wasm-ld was found" >&2
        echo "  remedy: put swiftc of a swift.org toolchain, 6.2 or later, first in PATH (Apple's has no wasm-ld)" >&2
        return 1
    }
}
