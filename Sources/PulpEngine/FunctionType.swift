import CWasmtime

/// A type of a value that crosses between guest and host.
public enum ValueType: String, Hashable, Sendable {
    case i32, i64, f32, f64
    /// Vectors and references: never part of the ABI, named only so that an error can print them.
    case other

    init(kind: UInt8) {
        switch Int(kind) {
        case PULP_WASM_I32: self = .i32
        case PULP_WASM_I64: self = .i64
        case PULP_WASM_F32: self = .f32
        case PULP_WASM_F64: self = .f64
        default: self = .other
        }
    }

    var kind: UInt8 {
        switch self {
        case .i32, .other: UInt8(PULP_WASM_I32)
        case .i64: UInt8(PULP_WASM_I64)
        case .f32: UInt8(PULP_WASM_F32)
        case .f64: UInt8(PULP_WASM_F64)
        }
    }
}

/// The parameters and results of a function, as the module or the host declares them.
public struct FunctionType: Hashable, Sendable, CustomStringConvertible {
    public let parameters: [ValueType]
    public let results: [ValueType]

    public init(_ parameters: [ValueType], _ results: [ValueType]) {
        self.parameters = parameters
        self.results = results
    }

    /// Reads a type that the library lends.
    init(_ handle: OpaquePointer) {
        self.parameters = unsafe Self.types(wasm_functype_params(handle))
        self.results = unsafe Self.types(wasm_functype_results(handle))
    }

    public var description: String {
        let parameters = self.parameters.map(\.rawValue).joined(separator: ", ")
        let results = self.results.map(\.rawValue).joined(separator: ", ")
        return "(\(parameters)) -> (\(results))"
    }

    /// Calls `body` with the library's form of this type.
    func withHandle<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        var parameters = unsafe Self.vector(self.parameters)
        var results = unsafe Self.vector(self.results)
        guard let handle = unsafe wasm_functype_new(&parameters, &results) else {
            preconditionFailure("wasm_functype_new never returns null")
        }
        defer { unsafe wasm_functype_delete(handle) }
        return unsafe body(handle)
    }

    private static func types(_ vector: UnsafePointer<wasm_valtype_vec_t>?) -> [ValueType] {
        guard let vector = unsafe vector, let data = unsafe vector.pointee.data else { return [] }
        return unsafe (0..<vector.pointee.size).map { index in
            unsafe data[index].map { unsafe ValueType(kind: wasm_valtype_kind($0)) } ?? .other
        }
    }

    private static func vector(_ types: [ValueType]) -> wasm_valtype_vec_t {
        var vector = unsafe wasm_valtype_vec_t()
        let handles: [OpaquePointer?] = unsafe types.map { unsafe wasm_valtype_new($0.kind) }
        unsafe wasm_valtype_vec_new(&vector, handles.count, handles)
        return unsafe vector
    }
}
