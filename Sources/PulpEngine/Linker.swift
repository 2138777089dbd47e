import CWasmtime

/// A host function that a module may import.
public struct HostFunction: Sendable {
    /// What runs when the guest calls.
    public enum Body: Sendable {
        /// Runs to its end on the guest's fiber: small, never blocks.
        case plain(@Sendable (inout ImportCall) -> Void)
        /// May leave the call open; the fiber sleeps until ``PendingCall`` is resolved. nil: it is done already.
        case suspending(@Sendable (inout ImportCall) -> PendingCall?)
    }

    public let module: String
    public let name: String
    /// Parameters of i32 or i64; at most one result, of the same.
    public let type: FunctionType
    public let body: Body

    public init(module: String, name: String, type: FunctionType, body: Body) {
        self.module = module
        self.name = name
        self.type = type
        self.body = body
    }
}

/// Collects host functions, then freezes them with a module. Never cloned, used once.
@safe public struct Linker: ~Copyable {
    private let pointer: OpaquePointer

    public init(engine: Engine) {
        self.init(engine: engine.handle)
    }

    init(engine: EngineHandle) {
        guard let pointer = unsafe wasmtime_linker_new(engine.pointer) else {
            preconditionFailure("wasmtime_linker_new never returns null")
        }
        unsafe self.pointer = pointer
    }

    deinit {
        unsafe wasmtime_linker_delete(self.pointer)
    }

    /// Makes `function` available to the module.
    /// - Throws: ``EngineError/Code/link`` when the name is defined already.
    public mutating func define(_ function: HostFunction) throws(EngineError) {
        let environment = unsafe Unmanaged.passRetained(HostFunctionBox(function)).toOpaque()
        let callback =
            switch function.body {
            case .plain: unsafe plainCallback
            case .suspending: unsafe suspendingCallback
            }
        let error = unsafe withName(function.module) { module, moduleCount in
            unsafe withName(function.name) { name, nameCount in
                unsafe function.type.withHandle { type in
                    unsafe wasmtime_linker_define_func_unchecked(
                        self.pointer, module, moduleCount, name, nameCount, type, callback, environment, releaseBox)
                }
            }
        }
        if let error = unsafe error { throw unsafe EngineError(.link, takeMessage(error)) }
    }

    mutating func define(
        _ module: String, _ name: String, _ type: FunctionType, plain: wasmtime_func_unchecked_callback_t
    ) throws(EngineError) {
        let error = unsafe withName(module) { module, moduleCount in
            unsafe withName(name) { name, nameCount in
                unsafe type.withHandle {
                    unsafe wasmtime_linker_define_func_unchecked(
                        self.pointer, module, moduleCount, name, nameCount, $0, plain, nil, nil)
                }
            }
        }
        if let error = unsafe error { throw unsafe EngineError(.link, takeMessage(error)) }
    }

    /// Resolves every import of `module` once; instances are made from the result.
    /// - Throws: ``EngineError/Code/link`` naming the first import that is unknown or has another type.
    public consuming func freeze(_ module: Module) throws(EngineError) -> Template {
        var template: OpaquePointer?
        if let error = unsafe wasmtime_linker_instantiate_pre(self.pointer, module.handle.pointer, &template) {
            throw unsafe EngineError(.link, takeMessage(error))
        }
        guard let template = unsafe template else { preconditionFailure("neither a template nor an error") }
        return unsafe Template(module: module, pointer: template)
    }
}

/// A module with its imports resolved: what instances are made from.
@safe public final class Template: @unchecked Sendable {
    // The library's `wasmtime_instance_pre_t` is immutable and made to be shared between threads.
    public let module: Module
    let pointer: OpaquePointer
    let hasAllocator: Bool

    init(module: Module, pointer: OpaquePointer) {
        self.module = module
        self.hasAllocator = module.export("pulp_alloc")?.functionType == FunctionType([.i32], [.i32])
        unsafe self.pointer = pointer
    }

    deinit {
        unsafe wasmtime_instance_pre_delete(self.pointer)
    }
}
