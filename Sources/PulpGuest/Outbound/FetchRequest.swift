import PulpWire

/// What is to be fetched.
public struct FetchRequest: Sendable {
    /// In capitals.
    public var method: String
    /// Absolute, `http` or `https`.
    public var url: String
    /// Header fields, in order, repeats kept.
    public var headers: FieldList
    public var body: [UInt8]
    /// For the whole answer; 0 leaves it to the host: 30 seconds, and none for a stream.
    public var timeoutMilliseconds: UInt32

    /// A request; what is not given is empty.
    public init(
        _ url: String, method: String = "GET", headers: FieldList = [:], body: [UInt8] = [],
        timeoutMilliseconds: UInt32 = 0
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    var encoded: [UInt8] {
        MessagePackWriter.encode { writer in
            writer.writeMapHeader(5)
            writer.writeKey(.method)
            writer.writeText(self.method)
            writer.writeKey(.url)
            writer.writeText(self.url)
            writer.writeHeaders(self.headers)
            writer.writeKey(.timeout)
            writer.writeInt64(Int64(self.timeoutMilliseconds) * 1_000_000)
            writer.writeKey(.body)
            writer.writeBinary(self.body)
        }
    }
}
