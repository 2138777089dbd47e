// The host's side of a test, as the module `pulp_test`; and what `C/runtime.c` of PulpGuest has for the Swift side.

/// Tells the host which tests there are.
@_extern(wasm, module: "pulp_test", name: "declare")
@_extern(c)
func pulp_test_declare(_ ptr: UnsafeRawPointer?, _ len: UInt32) -> Int32

/// Does one step, and waits for what came of it. Does not return when the test has failed.
@_extern(wasm, module: "pulp_test", name: "step")
@_extern(c)
func pulp_test_step(
    _ reqPtr: UnsafeRawPointer?, _ reqLen: UInt32, _ respPtrOut: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ respLenOut: UnsafeMutablePointer<UInt32>
) -> Int32

@_extern(c)
func pulp_free(_ block: UnsafeMutableRawPointer?, _ size: UInt32)

@_extern(c)
func pulp_install(
    _ initialize: @convention(c) (UnsafeRawPointer?, UInt32) -> Int32,
    _ step: @convention(c) (UnsafeRawPointer?, UInt32) -> Int32,
    _ shutdown: @convention(c) () -> Int32
)
