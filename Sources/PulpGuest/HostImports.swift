// What `C/runtime.c` has for the Swift side. The host's own functions are in Imports.swift.

@_extern(c)
func pulp_free(_ block: UnsafeMutableRawPointer?, _ size: UInt32)

@_extern(c)
func pulp_alloc(_ size: UInt32) -> UnsafeMutableRawPointer?

/// What `pulp_init` or a function could not do, for the host's report; copied, cut where it is too long.
@_extern(c)
func pulp_refuse(_ sentence: UnsafeRawPointer?, _ length: UInt32)

/// Tells the exports, which `C/runtime.c` holds, what they are to call.
@_extern(c)
func pulp_install(
    _ initialize: @convention(c) (UnsafeRawPointer?, UInt32) -> Int32,
    _ step: @convention(c) (UnsafeRawPointer?, UInt32) -> Int32,
    _ shutdown: @convention(c) () -> Int32
)

/// Tells the exports for functions, which `C/functions.c` holds, what they are to call. Whoever uses this exports them.
@_extern(c)
func pulp_install_functions(
    _ call:
        @convention(c) (
            UnsafeRawPointer?, UInt32, UnsafeRawPointer?, UInt32, UnsafeMutablePointer<UnsafeMutableRawPointer?>,
            UnsafeMutablePointer<UInt32>
        ) -> Int32
)
