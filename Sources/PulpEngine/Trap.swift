import CWasmtime

/// Why a guest stopped in the middle of a call, and where. A value: a trap never harms the host.
public struct Trap: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Reason: Hashable, Sendable {
        case stackOverflow
        case memoryOutOfBounds
        case tableOutOfBounds
        case indirectCallToNull
        case badSignature
        case integerOverflow
        case integerDivisionByZero
        case badConversionToInteger
        case unreachable
        case interrupted
        /// The host refused to go on: a host function raised, or the instance was dropped.
        case host
        /// Any other trap of the engine; the message says which.
        case other
    }

    /// One function on the guest's stack, innermost first.
    public struct Frame: Hashable, Sendable {
        /// The name from the module's name section, when it has one.
        public let function: String?
        /// The function's index in the module's index space.
        public let index: Int
        /// Bytes from the start of the module to the instruction.
        public let moduleOffset: Int
        /// Bytes from the start of the function to the instruction.
        public let functionOffset: Int
        /// `file:line:column`, when the module has DWARF and the engine was asked for source lines.
        public let source: String?
    }

    public let reason: Reason
    /// The engine's words.
    public let message: String
    public let frames: [Frame]

    public init(reason: Reason, message: String, frames: [Frame] = []) {
        self.reason = reason
        self.message = message
        self.frames = frames
    }

    /// Reads and frees a trap of the library.
    init(taking handle: OpaquePointer) {
        var code: UInt8 = 0
        self.reason = unsafe wasmtime_trap_code(handle, &code) ? Reason(code: code) : .host
        var vector = unsafe wasm_byte_vec_t()
        unsafe wasm_trap_message(handle, &vector)
        self.message = unsafe text(vector)
        unsafe wasm_byte_vec_delete(&vector)
        var trace = unsafe wasm_frame_vec_t()
        unsafe wasm_trap_trace(handle, &trace)
        self.frames = unsafe Self.frames(trace, sources: Self.sources(in: self.message))
        unsafe wasm_frame_vec_delete(&trace)
        unsafe wasm_trap_delete(handle)
    }

    /// Reads and frees an error that the library made of a trap of ours.
    init(taking error: OpaquePointer, raised message: String) {
        self.reason = .host
        self.message = message
        var trace = unsafe wasm_frame_vec_t()
        unsafe wasmtime_error_wasm_trace(error, &trace)
        self.frames = unsafe Self.frames(trace, sources: [:])
        unsafe wasm_frame_vec_delete(&trace)
        unsafe wasmtime_error_delete(error)
    }

    /// The first sentence of the message: what happened, without the backtrace that the engine appends.
    public var summary: String {
        let lines = self.message.split(separator: "\n")
        if let cause = lines.firstIndex(of: "Caused by:"), cause + 1 < lines.count {
            let words = lines[(cause + 1)...].joined(separator: "; ")
            return String(words.drop { $0 == " " || $0.isNumber || $0 == ":" })
        }
        return lines.first.map(String.init) ?? "\(self.reason)"
    }

    public var description: String {
        let stack = self.frames.map { frame in
            let place = frame.source ?? "module offset 0x\(String(frame.moduleOffset, radix: 16))"
            return "  at \(frame.function ?? "func[\(frame.index)]") (\(place))"
        }
        return ([self.summary] + stack).joined(separator: "\n")
    }

    /// The source lines that the engine writes into its message only, by module offset: a line `N: 0xOFFSET - name`,
    /// and `at file:line:column` below it (the innermost of inlined ones first).
    private static func sources(in message: String) -> [Int: String] {
        var sources: [Int: String] = [:]
        var offset: Int?
        for line in message.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count >= 2, words[0].hasSuffix(":"), words[1].hasPrefix("0x") {
                offset = Int(words[1].dropFirst(2), radix: 16)
            } else if let found = offset, words.count >= 2, words[0] == "at" {
                sources[found] = words[1...].joined(separator: " ")
                offset = nil
            }
        }
        return sources
    }

    private static func frames(_ vector: wasm_frame_vec_t, sources: [Int: String]) -> [Frame] {
        guard let data = unsafe vector.data else { return [] }
        return unsafe (0..<vector.size).compactMap { position in
            guard let frame = unsafe data[position] else { return nil }
            guard unsafe text(wasmtime_frame_module_name(frame)) != Driver.moduleName else { return nil }
            return unsafe Frame(
                function: text(wasmtime_frame_func_name(frame)),
                index: Int(wasm_frame_func_index(frame)),
                moduleOffset: wasm_frame_module_offset(frame),
                functionOffset: wasm_frame_func_offset(frame),
                source: sources[wasm_frame_module_offset(frame)]
            )
        }
    }
}

extension Trap.Reason {
    init(code: UInt8) {
        switch code {
        case 0: self = .stackOverflow
        case 1: self = .memoryOutOfBounds
        case 3: self = .tableOutOfBounds
        case 4: self = .indirectCallToNull
        case 5: self = .badSignature
        case 6: self = .integerOverflow
        case 7: self = .integerDivisionByZero
        case 8: self = .badConversionToInteger
        case 9: self = .unreachable
        case 10: self = .interrupted
        default: self = .other
        }
    }
}
