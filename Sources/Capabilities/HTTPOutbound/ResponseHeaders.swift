import NIOHTTP1
import PulpWire

/// The fields of an answer as guests see them.
enum ResponseHeaders {
    /// Every field in order; names in the canonical case (`Content-Type`), which is the reference's, since HTTP/2 has
    /// them in lower case and guests look them up as they are.
    static func list(_ headers: HTTPHeaders) -> FieldList {
        var list = FieldList()
        list.fields.reserveCapacity(headers.count)
        for (name, value) in headers { list.append(name: Self.canonical(name), value: value) }
        return list
    }

    static func canonical(_ name: String) -> String {
        var isFirst = true
        let bytes = name.utf8.map { byte -> UInt8 in
            defer { isFirst = byte == UInt8(ascii: "-") }
            if isFirst { return 0x61...0x7a ~= byte ? byte & 0xdf : byte }
            return 0x41...0x5a ~= byte ? byte | 0x20 : byte
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
