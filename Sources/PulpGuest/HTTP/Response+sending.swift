import PulpWire

extension Response {
    /// Hands the answer to the host.
    ///
    /// - Throws: What the host has against it, such as a header that cannot be sent.
    func deliver(to id: UInt64) throws(PluginError) {
        let status = self.delivery(id, self)
        guard status == .ok else {
            throw PluginError(
                status: status,
                message: "nobody waits for this answer, or its status or a header cannot be sent")
        }
    }

    static func respond(_ id: UInt64, _ response: borrowing Response) -> Status {
        unsafe response.hand(to: http_respond, id: id, stream: nil)
    }

    /// - Parameter stream: What the body is, instead of bytes.
    func hand(to call: HostFunction, id: UInt64, stream: UInt64?) -> Status {
        let record = MessagePackWriter.encode { writer in
            writer.writeMapHeader(self.cookies.isEmpty ? 4 : 5)
            writer.writeKey(.id)
            writer.writeUInt64(id)
            writer.writeKey(.status)
            writer.writeUInt32(self.status)
            writer.writeHeaders(self.headers)
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
}

extension FieldList {
    /// Whether two fields have one name.
    fileprivate var hasRepeats: Bool {
        for index in self.fields.indices {
            for other in 0..<index
            where unsafe self.fields[index].name.utf8.span.bytes.isEqual(
                to: self.fields[other].name, ignoringCase: true)
            {
                return true
            }
        }
        return false
    }
}

extension MessagePackWriter {
    /// Writes the header fields of an answer or a request: a key and its value.
    ///
    /// As a map, which is every host's and has each name once, or where a name repeats as a list, which is Pulp's.
    mutating func writeHeaders(_ headers: FieldList) {
        let repeats = headers.hasRepeats
        self.writeKey(repeats ? .headerList : .headers)
        if repeats { self.writeArrayHeader(headers.count) } else { self.writeMapHeader(headers.count) }
        for field in headers.fields {
            if repeats { self.writeArrayHeader(2) }
            self.writeText(field.name)
            self.writeText(field.value)
        }
    }

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
