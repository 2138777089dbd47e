import CWasmtime

/// An import or export of a module, as it declares it.
public struct ModuleItem: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case function(FunctionType)
        /// In pages of 64 KiB.
        case memory(minimum: UInt64, maximum: UInt64?)
        case table, global, tag
    }

    /// The module part of an import's name; nil for an export.
    public let module: String?
    public let name: String
    public let kind: Kind

    public var functionType: FunctionType? {
        if case .function(let type) = self.kind { type } else { nil }
    }

    init(module: String?, name: String, type: OpaquePointer?) {
        self.module = module
        self.name = name
        switch unsafe Int(wasm_externtype_kind(type)) {
        case PULP_EXTERN_FUNC:
            guard let function = unsafe wasm_externtype_as_functype_const(type) else { fallthrough }
            self.kind = unsafe .function(FunctionType(function))
        case PULP_EXTERN_MEMORY:
            let memory = unsafe wasm_externtype_as_memorytype_const(type)
            var maximum: UInt64 = 0
            let hasMaximum = unsafe wasmtime_memorytype_maximum(memory, &maximum)
            self.kind = unsafe .memory(
                minimum: wasmtime_memorytype_minimum(memory), maximum: hasMaximum ? maximum : nil)
        case PULP_EXTERN_TABLE: self.kind = .table
        case PULP_EXTERN_GLOBAL: self.kind = .global
        default: self.kind = .tag
        }
    }
}

/// Compiled code, shared by every instance of it.
public final class Module: Sendable {
    /// In the order of the module.
    public let imports: [ModuleItem]
    public let exports: [ModuleItem]
    let handle: ModuleHandle

    /// The address of the library's module.
    @safe struct ModuleHandle: @unchecked Sendable {
        // The library's modules are immutable and may be used from any thread.
        let pointer: OpaquePointer
    }

    /// Compiles `bytes`: a core module in the binary format.
    ///
    /// Takes seconds for megabytes and uses every core: never on an event loop.
    /// - Throws: ``EngineError/Code/invalidModule`` with the offset of the fault.
    public convenience init(compiling bytes: [UInt8], engine: Engine) throws(EngineError) {
        try self.init(compiling: bytes, engine: engine.handle)
    }

    convenience init(compiling bytes: [UInt8], engine: EngineHandle) throws(EngineError) {
        guard bytes.starts(with: [0x00, 0x61, 0x73, 0x6D]) else {
            throw EngineError(.invalidModule, Self.explain(notWasm: bytes))
        }
        var module: OpaquePointer?
        let error = unsafe wasmtime_module_new(engine.pointer, bytes, bytes.count, &module)
        try unsafe self.init(module, error, .invalidModule)
    }

    /// Takes an image that ``serialized()`` made with the same library and settings.
    convenience init(image path: String, engine: Engine) throws(EngineError) {
        var module: OpaquePointer?
        let error = unsafe wasmtime_module_deserialize_file(engine.handle.pointer, path, &module)
        try unsafe self.init(module, error, .cache)
    }

    private init(_ module: OpaquePointer?, _ error: OpaquePointer?, _ code: EngineError.Code) throws(EngineError) {
        if let error = unsafe error { throw unsafe EngineError(code, takeMessage(error)) }
        guard let module = unsafe module else { preconditionFailure("the library gave neither a module nor an error") }
        self.handle = unsafe ModuleHandle(pointer: module)
        self.imports = unsafe Self.imports(of: module)
        self.exports = unsafe Self.exports(of: module)
    }

    deinit {
        unsafe wasmtime_module_delete(self.handle.pointer)
    }

    /// Native code and metadata, to be kept in a file that nobody else can write.
    func serialized() throws(EngineError) -> [UInt8] {
        var vector = unsafe wasm_byte_vec_t()
        if let error = unsafe wasmtime_module_serialize(self.handle.pointer, &vector) {
            throw unsafe EngineError(.cache, takeMessage(error))
        }
        defer { unsafe wasm_byte_vec_delete(&vector) }
        return unsafe [UInt8](UnsafeBufferPointer(start: vector.data, count: vector.size))
    }

    /// The export of that name, if it is there.
    public func export(_ name: String) -> ModuleItem? {
        self.exports.first { $0.name == name }
    }

    /// The binary form of a module written in the text format.
    public static func binary(fromText text: String) throws(EngineError) -> [UInt8] {
        var vector = unsafe wasm_byte_vec_t()
        if let error = unsafe withName(text, { unsafe wasmtime_wat2wasm($0, $1, &vector) }) {
            throw unsafe EngineError(.invalidModule, takeMessage(error))
        }
        defer { unsafe wasm_byte_vec_delete(&vector) }
        return unsafe [UInt8](UnsafeBufferPointer(start: vector.data, count: vector.size))
    }

    private static func explain(notWasm bytes: [UInt8]) -> String {
        if bytes.isEmpty { return "the file is empty; build the plugin first" }
        if bytes.starts(with: [0x28]) || bytes.prefix(64).allSatisfy({ $0 < 0x80 && $0 >= 0x09 }) {
            return "the file is text, not a WebAssembly binary; if it is in the text format, assemble it first"
        }
        return "the file does not begin with \\0asm: it is not a WebAssembly module"
    }

    private static func imports(of module: OpaquePointer) -> [ModuleItem] {
        var vector = unsafe wasm_importtype_vec_t()
        unsafe wasmtime_module_imports(module, &vector)
        defer { unsafe wasm_importtype_vec_delete(&vector) }
        return unsafe (0..<vector.size).map { position in
            let item = unsafe vector.data[position]
            return unsafe ModuleItem(
                module: text(wasm_importtype_module(item)) ?? "", name: text(wasm_importtype_name(item)) ?? "",
                type: wasm_importtype_type(item))
        }
    }

    private static func exports(of module: OpaquePointer) -> [ModuleItem] {
        var vector = unsafe wasm_exporttype_vec_t()
        unsafe wasmtime_module_exports(module, &vector)
        defer { unsafe wasm_exporttype_vec_delete(&vector) }
        return unsafe (0..<vector.size).map { position in
            let item = unsafe vector.data[position]
            return unsafe ModuleItem(
                module: nil, name: text(wasm_exporttype_name(item)) ?? "", type: wasm_exporttype_type(item))
        }
    }
}
