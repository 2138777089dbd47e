/// Writes tar archives: ustar, with pax records where a name or a size does not fit.
enum TarWriter {
    enum Kind: UInt8 {
        case file = 0x30
        case link = 0x32
        case folder = 0x35
        /// Records for the entry that follows.
        case pax = 0x78
    }

    /// What ends an archive.
    static let end = [UInt8](repeating: 0, count: 2 * TarReader.blockByteCount)

    /// The header of an entry; `size` bytes follow it, and then ``padding(_:)``.
    ///
    /// - Parameters:
    ///   - name: A relative path without `..`; the caller's word for it.
    ///   - mode: The permissions, 12 bits.
    ///   - target: Where a link leads.
    static func header(_ name: String, _ kind: Kind = .file, size: Int = 0, mode: Int = 0o644, target: String = "")
        -> [UInt8]
    {
        var records: [UInt8] = []
        if name.utf8.count > 100 { records += Self.record("path", name) }
        if target.utf8.count > 100 { records += Self.record("linkpath", target) }
        if size > Self.largestOctal { records += Self.record("size", "\(size)") }
        let header = Self.block(name, kind, size: min(size, Self.largestOctal), mode: mode, target: target)
        guard !records.isEmpty else { return header }
        let extended = Self.block("pax", .pax, size: records.count, mode: 0o644, target: "")
        return extended + records + Self.padding(records.count) + header
    }

    /// What fills an entry's last block.
    static func padding(_ size: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: TarReader.padded(size) - size)
    }

    /// The sum of a header, its own field counted as spaces.
    static func sum(_ header: [UInt8]) -> Int {
        header.enumerated().reduce(0) { $0 + (148..<156 ~= $1.offset ? 0x20 : Int($1.element)) }
    }

    private static let largestOctal = 0o77_777_777_777

    private static func block(_ name: String, _ kind: Kind, size: Int, mode: Int, target: String) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: TarReader.blockByteCount)
        func put(_ bytes: some Sequence<UInt8>, at offset: Int, atMost count: Int) {
            for (index, byte) in bytes.prefix(count).enumerated() { block[offset + index] = byte }
        }
        func put(_ number: Int, at offset: Int, digits: Int) {
            let text = String(number, radix: 8)
            put(
                (String(repeating: "0", count: max(digits - text.utf8.count, 0)) + text).utf8, at: offset,
                atMost: digits)
        }
        put(name.utf8, at: 0, atMost: 100)
        put(mode & 0o7777, at: 100, digits: 7)
        put(0, at: 108, digits: 7)
        put(0, at: 116, digits: 7)
        put(size, at: 124, digits: 11)
        put(0, at: 136, digits: 11)
        block[156] = kind.rawValue
        put(target.utf8, at: 157, atMost: 100)
        put("ustar\u{0}00".utf8, at: 257, atMost: 8)
        put(Self.sum(block), at: 148, digits: 6)
        block[155] = 0x20
        return block
    }

    /// A record counts the digits of its own length too.
    private static func record(_ key: String, _ value: String) -> [UInt8] {
        let body = " \(key)=\(value)\n".utf8
        var count = body.count + 1
        while body.count + String(count).utf8.count != count { count += 1 }
        return Array("\(count)".utf8) + Array(body)
    }
}
