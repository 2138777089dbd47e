import PulpWire

/// A call of one of the plugin's functions.
public struct FunctionCall {
    /// The arguments as they came: one MessagePack value; no bytes without any.
    public let bytes: [UInt8]

    /// The arguments by name. One that is missing or of another type fails the call, with a sentence that names it.
    public var arguments: Config { Config(bytes: self.bytes, path: "argument ") }

    /// The arguments as a record.
    public func decode<Arguments: WireDecodable>(_ type: Arguments.Type) throws(PluginError) -> Arguments {
        do throws(WireError) {
            return try Arguments(decoding: self.bytes)
        } catch {
            throw PluginError(status: .decodeFailed, message: "the arguments are not the record that they should be")
        }
    }
}

/// What a function answers: one MessagePack value.
public struct FunctionAnswer {
    let bytes: [UInt8]

    /// MessagePack of the plugin's own.
    public static func bytes(_ bytes: [UInt8]) -> FunctionAnswer { FunctionAnswer(bytes: bytes) }

    /// A record.
    public static func value(_ value: some WireEncodable) -> FunctionAnswer {
        FunctionAnswer(bytes: value.encodedBytes())
    }

    /// What `body` writes: one value.
    public static func writing(_ body: (inout MessagePackWriter) -> Void) -> FunctionAnswer {
        FunctionAnswer(bytes: MessagePackWriter.encode(body))
    }

    public static func integer(_ value: Int64) -> FunctionAnswer { .writing { $0.writeInt64(value) } }
    public static func number(_ value: Double) -> FunctionAnswer { .writing { $0.writeDouble(value) } }
    public static func bool(_ value: Bool) -> FunctionAnswer { .writing { $0.writeBool(value) } }
    public static func text(_ value: Text) -> FunctionAnswer {
        .writing { $0.writeString(utf8: value.bytes.wireBytes) }
    }

    /// No bytes.
    public static var nothing: FunctionAnswer { FunctionAnswer(bytes: []) }
}

extension Application {
    /// Lets others call a function by name: `pulp call`, and other plugins.
    ///
    /// ```swift
    /// app.provide("add") { (plugin, call) throws(PluginError) in
    ///     .integer(try call.arguments.integer("a") + call.arguments.integer("b"))
    /// }
    /// ```
    /// - Parameters:
    ///   - name: What it is called by; the first of two functions of a name is never called.
    ///   - body: What it throws fails the call, and the caller gets the error's sentence.
    public mutating func provide(
        _ name: StaticString, _ body: @escaping (inout State, FunctionCall) throws(PluginError) -> FunctionAnswer
    ) {
        Functions.add(name) { (state, call) throws(PluginError) in
            try body(&state[State.self], call)
        }
    }
}

/// The plugin's functions.
enum Functions {
    typealias Body = (StateReference, FunctionCall) throws(PluginError) -> FunctionAnswer

    /// A list of links, as the dispatcher's.
    private final class Function {
        let name: StaticString
        let body: Body
        let next: Function?

        init(_ name: StaticString, _ body: @escaping Body, next: Function?) {
            self.name = name
            self.body = body
            self.next = next
        }
    }

    // A guest runs on one thread, one call at a time.
    nonisolated(unsafe) private static var first: Function? = nil

    // Statuses of `pulp_on_call`, as the reference's guests have them.
    private static let noName: Int32 = 1
    private static let noFunction: Int32 = 10
    private static let failed: Int32 = 11

    static func add(_ name: StaticString, _ body: @escaping Body) {
        unsafe Self.first = Function(name, body, next: Self.first)
        unsafe pulp_install_functions { name, nameLength, arguments, length, answer, answerLength in
            unsafe Functions.call(
                UnsafeRawBufferPointer(start: name, count: Int(nameLength)),
                UnsafeRawBufferPointer(start: arguments, count: Int(length)), answer, answerLength)
        }
    }

    private static func call(
        _ name: UnsafeRawBufferPointer, _ arguments: UnsafeRawBufferPointer,
        _ answer: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ answerLength: UnsafeMutablePointer<UInt32>
    ) -> Int32 {
        guard unsafe !name.isEmpty else { return Self.noName }
        var link = unsafe Self.first
        while let function = link {
            if unsafe name.bytes.isEqual(to: function.name) {
                guard let state = unsafe Lifecycle.state else { return Self.noFunction }
                do throws(PluginError) {
                    let made = try function.body(state, FunctionCall(bytes: unsafe [UInt8](arguments)))
                    return unsafe Self.give(made.bytes, answer, answerLength)
                } catch {
                    Lifecycle.refuse(error.message)
                    return Self.failed
                }
            }
            link = function.next
        }
        return Self.noFunction
    }

    /// The host frees the answer.
    private static func give(
        _ bytes: [UInt8], _ answer: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
        _ answerLength: UnsafeMutablePointer<UInt32>
    ) -> Int32 {
        guard !bytes.isEmpty else { return Status.ok.rawValue }
        guard let block = unsafe pulp_alloc(UInt32(bytes.count)) else {
            Lifecycle.refuse("no memory is left for the answer")
            return Self.failed
        }
        unsafe UnsafeMutableRawBufferPointer(start: block, count: bytes.count).copyBytes(from: bytes)
        unsafe answer.pointee = block
        unsafe answerLength.pointee = UInt32(bytes.count)
        return Status.ok.rawValue
    }
}

extension RawSpan {
    fileprivate func isEqual(to name: StaticString) -> Bool {
        guard self.byteCount == name.utf8CodeUnitCount else { return false }
        for offset in 0..<self.byteCount where unsafe self.byte(at: offset) != name.utf8Start[offset] { return false }
        return true
    }
}
