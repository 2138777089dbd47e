import PulpWire

/// Header names as the reference shows them to guests: the first letter and each letter behind a hyphen upper case.
enum HeaderName {
    private static let longestOnStack = 128

    static func isHost(_ name: Span<UInt8>) -> Bool {
        name.count == 4 && name[0] | 0x20 == 0x68 && name[1] | 0x20 == 0x6F && name[2] | 0x20 == 0x73
            && name[3] | 0x20 == 0x74
    }

    /// A hash that does not depend on case. Equal names have equal hashes; never 0.
    static func hash(_ name: Span<UInt8>) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for index in name.indices { hash = (hash ^ UInt32(name[index] | 0x20)) &* 16_777_619 }
        return hash | 1
    }

    static func canonical(_ name: Span<UInt8>) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(name.count)
        for index in name.indices { bytes.append(Self.byte(of: name, at: index)) }
        return String(decoding: bytes, as: UTF8.self)
    }

    @inline(__always)
    static func writeCanonical(_ name: Span<UInt8>, into writer: inout MessagePackWriter) {
        guard name.count <= Self.longestOnStack else { return writer.writeString(Self.canonical(name)) }
        var bytes = InlineArray<128, UInt8>(repeating: 0)
        for index in name.indices { bytes[index] = Self.byte(of: name, at: index) }
        let canonical = bytes.span.extracting(first: name.count)
        unsafe writer.writeString(utf8: canonical.bytes)
    }

    @inline(__always)
    private static func byte(of name: Span<UInt8>, at index: Int) -> UInt8 {
        let byte = name[index]
        let isFirst = index == 0 || name[index - 1] == 0x2D
        if isFirst { return 0x61...0x7A ~= byte ? byte & 0xDF : byte }
        return 0x41...0x5A ~= byte ? byte | 0x20 : byte
    }
}
