import PulpWire

/// What a server answered.
public struct FetchResponse {
    public private(set) var status: UInt32 = 0
    private(set) var id: UInt64 = 0
    private let answer: [UInt8]
    private var headerMap = 0..<0
    private var headerList = 0..<0
    private var content = 0..<0

    init(_ answer: [UInt8], of call: HostCall) throws(PluginError) {
        self.answer = answer
        var reader = MessagePackReader(answer.wireBytes)
        do throws(WireError) {
            try self.read(&reader)
        } catch {
            throw PluginError(status: .decodeFailed, call: call)
        }
    }

    private mutating func read(_ reader: inout MessagePackReader) throws(WireError) {
        for _ in 0..<(try reader.readMapHeader()) {
            let key = try reader.readKey()
            let start = reader.offset
            switch key {
            case WireKey.id: self.id = try reader.readUInt64()
            case WireKey.status: self.status = try reader.readUInt32()
            case WireKey.body:
                let count = try reader.readBinary().byteCount
                self.content = (reader.offset - count)..<reader.offset
            default:
                try reader.skipValue()
                switch key {
                case WireKey.headers: self.headerMap = start..<reader.offset
                case WireKey.headerList: self.headerList = start..<reader.offset
                default: break
                }
            }
        }
    }

    /// Whether the status is 200 to 299.
    public var isSuccess: Bool { 200...299 ~= self.status }

    /// The header fields; names are compared without case.
    public var headers: RequestFields {
        @_lifetime(borrow self)
        get {
            let bytes = self.answer.wireBytes
            return RequestFields(
                map: bytes.extracting(self.headerMap), list: bytes.extracting(self.headerList), ignoringCase: true)
        }
    }

    /// The body as it came, compressed or not; lent.
    public var body: RawSpan {
        @_lifetime(borrow self)
        get { self.answer.wireBytes.extracting(self.content) }
    }

    /// A copy of the body.
    public var bytes: [UInt8] { [UInt8](copying: self.body) }
    /// The body as text; bytes that are not UTF-8 are replaced.
    public var text: String { String(repairing: self.body) }
}
