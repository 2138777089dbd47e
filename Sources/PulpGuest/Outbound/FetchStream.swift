import PulpWire

/// An answer whose body is read as it comes. Closed with its last piece, or when nobody has it any more.
///
/// May be kept from step to step; the host closes one that nobody reads for `idle_timeout_ms` (a minute).
///
/// ```swift
/// let stream = try HTTPClient.stream(FetchRequest("https://example.com/large.csv"))
/// while let bytes = try stream.read() { ... }
/// ```
public final class FetchStream {
    private let head: FetchResponse
    /// The host's number of the stream; 0 when it has ended, was closed or passed on.
    public private(set) var id: UInt64

    init(_ head: FetchResponse) {
        self.head = head
        self.id = head.id
    }

    deinit {
        self.close()
    }

    /// The answer's status.
    public var status: UInt32 { self.head.status }
    /// Whether the status is 200 to 299.
    public var isSuccess: Bool { self.head.isSuccess }
    /// The first value of a header, whose name is compared without case.
    public func header(_ name: String) -> String? {
        let head = self.head
        return head.headers[name]
    }

    /// The next piece of the body, as soon as there is any; nil at its end.
    ///
    /// - Parameter count: At most so many bytes.
    /// - Throws: Status 4 when the body broke off.
    public func read(atMost count: UInt32 = 65_536) throws(PluginError) -> [UInt8]? {
        let call = HostCall("http_fetch_read", .outbound)
        while self.id != 0 {
            var answer = HostAnswer()
            let (low, high) = (UInt32(truncatingIfNeeded: self.id), UInt32(truncatingIfNeeded: self.id >> 32))
            try call.check(unsafe answer.fill { unsafe http_fetch_read(low, high, max(count, 1), $0, $1) })
            let chunk = try answer.decode(HTTPFetchChunk.self, of: call)
            if chunk.eof || !chunk.err.isEmpty { self.close() }
            guard chunk.err.isEmpty else {
                throw PluginError(status: .operationFailed, call: call, detail: [UInt8](copying: chunk.err))
            }
            if !chunk.bytes.isEmpty { return chunk.bytes }
        }
        return nil
    }

    /// Closes the stream; one that has ended is closed already.
    public func close() {
        guard self.id != 0 else { return }
        _ = http_fetch_close(UInt32(truncatingIfNeeded: self.id), UInt32(truncatingIfNeeded: self.id >> 32))
        self.id = 0
    }

    /// The stream is the host's from here on.
    fileprivate func letGo() {
        self.id = 0
    }
}

extension Response {
    /// Passes on a body that is fetched: the host carries it to the client, however large it is, and the plugin has
    /// nothing more to do with it.
    ///
    /// ```swift
    /// return .stream(try HTTPClient.stream(FetchRequest(url)))
    /// ```
    /// - `status`: 0 stands for the stream's own.
    /// - `headers`: None of the stream's are passed on by themselves.
    public static func stream(_ stream: FetchStream, status: UInt32 = 0, headers: FieldList = [:]) -> Response {
        var response = Response(status: status == 0 ? stream.status : status, headers: headers)
        response.delivery = { request, response in
            let status = unsafe response.hand(to: http_respond_stream, id: request, stream: stream.id)
            // One that the host did not take is still ours, and closed with its last owner.
            if status == .ok { stream.letGo() }
            return status
        }
        return response
    }
}
