/// What a guest asks `http_listen` for.
public struct HTTPListenRequest: Hashable, Sendable {
    /// Where to listen, `host:port`.
    public var addr: String

    /// A request to listen on `addr`.
    public init(addr: String) {
        self.addr = addr
    }
}

extension HTTPListenRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(1)
        writer.writeKey(.addr)
        writer.writeString(self.addr)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(addr: "")
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.addr: self.addr = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}

/// What a guest asks `http_register` for.
public struct HTTPRegisterRequest: Hashable, Sendable {
    public var method: String
    /// A pattern, such as `/users/:name`.
    public var path: String

    /// A request to route `method` on `path` to the plugin.
    public init(method: String, path: String) {
        self.method = method
        self.path = path
    }
}

extension HTTPRegisterRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(2)
        writer.writeKey(.method)
        writer.writeString(self.method)
        writer.writeKey(.path)
        writer.writeString(self.path)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(method: "", path: "")
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.method: self.method = try reader.readString()
            case WireKey.path: self.path = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}
