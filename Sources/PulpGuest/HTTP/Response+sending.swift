import PulpWire

extension Response {
    /// Hands the answer to the host.
    ///
    /// - Throws: What the host has against it, such as a header that cannot be sent.
    func deliver(to id: UInt64) throws(PluginError) {
        let status = self.delivery(id, self)
        guard status == .ok else {
            throw PluginError(status: status, message: "the host took no such answer")
        }
    }

    static func respond(_ id: UInt64, _ response: borrowing Response) -> Status {
        unsafe response.hand(to: http_respond, id: id, stream: nil)
    }

    /// - Parameter stream: What the body is, instead of bytes.
    func hand(to call: HostFunction, id: UInt64, stream: UInt64?) -> Status {
        let repeats = self.repeatsHeader
        let record = MessagePackWriter.encode { writer in
            writer.writeMapHeader(self.cookies.isEmpty ? 4 : 5)
            writer.writeKey(.id)
            writer.writeUInt64(id)
            writer.writeKey(.status)
            writer.writeUInt32(self.status)
            // The map is every host's, and has each name once; the list is Pulp's.
            writer.writeKey(repeats ? .headerList : .headers)
            let count = self.headers.count
            if repeats { writer.writeArrayHeader(count) } else { writer.writeMapHeader(count) }
            for field in self.headers.fields {
                if repeats { writer.writeArrayHeader(2) }
                writer.writeText(field.name)
                writer.writeText(field.value)
            }
            if !self.cookies.isEmpty {
                writer.writeKey(.cookies)
                writer.writeArrayHeader(self.cookies.count)
                for cookie in self.cookies { writer.writeText(cookie) }
            }
            writer.writeKey(stream == nil ? .body : .streamID)
            if let stream { writer.writeUInt64(stream) } else { writer.writeBinary(self.body) }
        }
        return unsafe Status(rawValue: record.lend { unsafe call($0, $1) })
    }

    private var repeatsHeader: Bool {
        let fields = self.headers.fields
        for index in fields.indices {
            for other in 0..<index
            where unsafe fields[index].name.utf8.span.bytes.isEqual(to: fields[other].name, ignoringCase: true) {
                return true
            }
        }
        return false
    }
}

extension MessagePackWriter {
    /// Writes `text` as str.
    mutating func writeText(_ text: String) {
        unsafe self.writeString(utf8: text.utf8.span.bytes)
    }
}

/// The answer to one request, to be given in a later step.
///
/// The client waits `call_timeout_ms` from the end of the step that returned ``Response/later``, then it gets a 504.
public struct Reply: Hashable, Sendable {
    let id: UInt64

    /// Answers.
    ///
    /// - Parameter response: Not ``Response/later`` itself.
    /// - Throws: Status 4 when nobody waits any more: the client is gone, the deadline has passed, or this is the second
    ///   answer.
    public func send(_ response: Response) throws(PluginError) {
        try response.deliver(to: self.id)
    }
}
