import PulpWire

/// Why a call of the host's was refused, or why the plugin itself refuses a request.
///
/// Four words, and no sentence until somebody asks for it: throwing one costs next to nothing.
///
/// ```swift
/// do {
///     try Files.delete("drafts/1")
/// } catch where error.status == .notFound {
///     throw PluginError(404, "there is no such draft")
/// }
/// ```
public struct PluginError: Error, Sendable {
    /// The host's status, below 100: 99 when the manifest does not grant the capability. From 100 on it is the plugin's
    /// own, and the status of the HTTP answer.
    /// - SeeAlso: `docs/abi.md`, "Statuses".
    public let status: Status
    private let call: HostCall
    /// What the host or the plugin says about it; empty for a refusal that says no more than its status.
    private let detail: [UInt8]

    /// A refusal of the plugin's own, such as `PluginError(404, "there is no such note")`.
    ///
    /// - Parameters:
    ///   - status: What a request is answered with, 400 to 599.
    ///   - message: One sentence, for whoever asked.
    public init(_ status: Int32, _ message: String) {
        self.init(status: Status(rawValue: status), message: message)
    }

    /// A refusal that a status of the host's tells best.
    ///
    /// - `message`: One sentence, for whoever reads the log.
    public init(status: Status = .operationFailed, message: String) {
        self.init(status: status, call: HostCall("", ""), detail: [UInt8](copying: message))
    }

    init(status: Status, call: HostCall, detail: [UInt8] = []) {
        self.status = status
        self.call = call
        self.detail = detail
    }

    /// What a request is answered with when its handler throws this: the plugin's own status, otherwise 500.
    public var httpStatus: UInt32 { 100...999 ~= self.status.rawValue ? UInt32(self.status.rawValue) : 500 }

    /// One sentence: which call was refused, why, and where that helps what to do.
    public var message: String {
        var text: [UInt8] = []
        if self.call.name.isEmpty {
            // What the plugin says stands alone.
        } else if self.status == .notGranted {
            self.call.family.appendFirstLine(to: &text)
            Literal(" is not among the manifest's capabilities; add it to `capabilities`").append(to: &text)
        } else {
            self.call.name.append(to: &text)
            Literal(": ").append(to: &text)
            self.appendReason(to: &text)
            if !self.detail.isEmpty { Literal(": ").append(to: &text) }
        }
        text.append(contentsOf: self.detail)
        return String(repairing: text.wireBytes)
    }

    private func appendReason(to text: inout [UInt8]) {
        let status = self.status.rawValue
        if self.call.family.appendLine(numbered: status, to: &text) { return }
        if HostCall.reasons.appendLine(numbered: status, to: &text) { return }
        Literal("refused with status ").append(to: &text)
        appendDecimal(status, to: &text)
    }
}

extension PluginError: CustomStringConvertible {
    /// ``message``.
    public var description: String { self.message }
}

/// One of the host's functions, for the sentence about its refusal.
struct HostCall: Sendable {
    /// As the guest imports it, `fs_read`.
    let name: Literal
    /// The capability, then a line for each status that means something else there than it usually does.
    let family: Literal

    init(_ name: Literal, _ family: Literal) {
        self.name = name
        self.family = family
    }

    /// What statuses usually mean.
    fileprivate static var reasons: Literal {
        """

        1 the request is empty
        2 the request is too long; `max_message_bytes` is the limit
        3 the host could not read the request
        4 the operation failed
        5 the operation failed
        6 there is no such thing
        7 no memory is left for the answer
        8 no memory is left for the answer
        9 it is closed
        10 it is not available
        11 it is not allowed
        12 a limit is reached, or it is busy
        """
    }
}

/// Text in the module's data: a single word, which a `StaticString` is not.
@safe struct Literal: ExpressibleByStringLiteral, @unchecked Sendable {
    // Sendable: a literal's bytes are never written and never go away.
    private let start: UnsafePointer<UInt8>

    /// Text without NUL, of more than one character or none: one character alone has no bytes of its own.
    init(stringLiteral text: StaticString) {
        unsafe self.start = text.utf8Start
    }

    init(_ text: StaticString) {
        self.init(stringLiteral: text)
    }

    var isEmpty: Bool { self.byte(at: 0) == 0 }

    func append(to text: inout [UInt8]) {
        _ = self.appendLine(at: 0, until: 0, to: &text)
    }

    func appendFirstLine(to text: inout [UInt8]) {
        _ = self.appendLine(at: 0, until: newline, to: &text)
    }

    /// Appends what follows `number` and a space at the start of a line; false when no line after the first begins so.
    func appendLine(numbered number: Int32, to text: inout [UInt8]) -> Bool {
        var offset = 0
        while true {
            while self.byte(at: offset) != newline {
                if self.byte(at: offset) == 0 { return false }
                offset += 1
            }
            offset += 1
            var found: Int32 = 0
            while case let digit = self.byte(at: offset), UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit {
                found = found &* 10 &+ Int32(digit - UInt8(ascii: "0"))
                offset += 1
            }
            if found == number { return self.appendLine(at: offset + 1, until: newline, to: &text) }
        }
    }

    @inline(never)
    private func appendLine(at offset: Int, until end: UInt8, to text: inout [UInt8]) -> Bool {
        var offset = offset
        while case let byte = self.byte(at: offset), byte != 0, byte != end {
            text.append(byte)
            offset += 1
        }
        return true
    }

    private func byte(at offset: Int) -> UInt8 {
        unsafe self.start[offset]
    }
}

private let newline = UInt8(ascii: "\n")

/// Appends a number as its decimal digits.
func appendDecimal(_ number: Int32, to text: inout [UInt8]) {
    if number < 0 { text.append(UInt8(ascii: "-")) }
    var rest = number.magnitude
    var divisor: UInt32 = 1
    while rest / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
        text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / divisor))
        rest %= divisor
        divisor /= 10
    }
}
