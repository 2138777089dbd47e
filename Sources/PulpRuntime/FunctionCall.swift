import PulpCapability
import PulpEngine
import PulpManifest

/// A call of a plugin's function on its way: what the guest is given, and what it gives back.
///
/// Confined to the instance's loop until the operation has ended; then whoever made the call reads it.
final class FunctionCall: @unchecked Sendable {
    private let name: [UInt8]
    private let arguments: [UInt8]
    private let largestAnswer: Int
    private(set) var answer: [UInt8] = []
    /// What the guest says about a status that is not 0.
    private(set) var explanation: String?

    init(name: [UInt8], arguments: [UInt8], largestAnswer: Int) {
        self.name = name
        self.arguments = arguments
        self.largestAnswer = largestAnswer
    }

    var operation: ResidentFiber.Operation {
        .call(nameByteCount: self.name.count, byteCount: self.byteCount)
    }

    private var byteCount: Int { ResidentFiber.answerCellByteCount + self.name.count + self.arguments.count }

    func write(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard buffer.count == self.byteCount else { return 0 }
        let cell = ResidentFiber.answerCellByteCount
        unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<cell]).copyBytes(from: repeatElement(0, count: cell))
        unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[cell...]).copyBytes(from: self.name)
        unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[(cell + self.name.count)...])
            .copyBytes(from: self.arguments)
        return self.byteCount
    }

    func take(answer: UnsafeRawBufferPointer) -> Bool {
        guard answer.count <= self.largestAnswer else { return false }
        self.answer = unsafe [UInt8](answer)
        return true
    }

    func take(explanation: UnsafeRawBufferPointer) {
        self.explanation = unsafe String(decoding: explanation, as: UTF8.self)
    }
}

extension RunningPlugin {
    /// Calls a function of the plugin's (`pulp_on_call`) in its first instance, after what waits already.
    ///
    /// - Parameters:
    ///   - name: 1 to 65,535 bytes of UTF-8.
    ///   - arguments: One MessagePack value by convention, or none; at most `max_message_bytes`.
    /// - Returns: What the function answered: one MessagePack value by convention, or no bytes.
    /// - Throws: ``PluginError``: `unavailable` when the plugin has no functions, `function` when this one failed,
    ///   `refused` when arguments or answer are too large or not in the guest's memory, `crashed`.
    package func callFunction(_ name: String, arguments: [UInt8] = []) async throws -> [UInt8] {
        let bytes = Array(name.utf8)
        let limit = self.spec.limits.maxMessageBytes
        guard self.hasExport("pulp_on_call") else {
            throw self.error(
                .unavailable, "it has no functions to call: its module does not export pulp_on_call")
        }
        guard 1...ResidentFiber.largestFunctionName ~= bytes.count else {
            throw self.error(
                .refused,
                "a function's name has 1 to \(ResidentFiber.largestFunctionName) bytes, and this one \(bytes.count)")
        }
        guard arguments.count <= limit else {
            throw self.error(
                .refused, "the arguments have \(arguments.count) bytes, and max_message_bytes allows \(limit)")
        }
        let call = FunctionCall(name: bytes, arguments: arguments, largestAnswer: limit)
        let status = try await self.run(call.operation) { .function(call) }
        guard status == 0 else { throw self.error(status, of: name, call.explanation) }
        return call.answer
    }

    /// Statuses as the reference's and our SDKs number them.
    private func error(_ status: Int64, of name: String, _ explanation: String?) -> PluginError {
        let shown = "\"\(LogText.printable(name, limit: 200))\""
        switch (status, explanation.map { LogText.printable($0, limit: 4096) }) {
        case (10, _): return self.error(.function, "it has no function \(shown)")
        case (11, let words?): return self.error(.function, "\(shown) failed: \(words)")
        case (_, let words?): return self.error(.function, "\(shown) returned status \(status): \(words)")
        case (_, nil): return self.error(.function, "\(shown) returned status \(status)")
        }
    }
}
