/// The sections of a module in the binary format, without the engine: so that a module that does not compile, or was
/// cut short, can still be looked at.
///
/// Total and bounded: any bytes give sections or a ``Fault``; no declared length or count is allocated for.
struct ModuleSections {
    struct Section: Equatable {
        /// 0 to 13 of the specification.
        let id: UInt8
        /// Of a custom section only; shown, never trusted.
        let name: String?
        /// Bytes of content, the name of a custom section included.
        let byteCount: Int
    }

    /// Where the module is not what it should be.
    struct Fault: Error, Equatable, CustomStringConvertible {
        let offset: Int
        let message: String

        var description: String { "byte \(self.offset): \(self.message)" }
    }

    struct Memory: Equatable {
        /// In pages of 64 KiB.
        let minimum: UInt64
        let maximum: UInt64?
        let isShared: Bool
        let is64Bit: Bool
    }

    /// A real module has a dozen; this many are listed at most.
    static let maximumSections = 1000
    /// Memories and producers that are listed at most.
    static let maximumEntries = 100

    private(set) var sections: [Section] = []
    /// Those that the module defines; imported ones are among its imports.
    private(set) var memories: [Memory] = []
    /// The index of the function that runs at instantiation.
    private(set) var startFunction: UInt32?
    /// What made the module: field, name, version.
    private(set) var producers: [(field: String, name: String, version: String)] = []

    /// - Throws: ``Fault`` at the first byte that cannot be.
    init(_ bytes: [UInt8]) throws(Fault) {
        var reader = ByteReader(bytes[...])
        try Self.checkHeader(&reader)
        while !reader.isAtEnd {
            guard self.sections.count < Self.maximumSections else {
                throw Fault(offset: reader.offset, message: "more than \(Self.maximumSections) sections")
            }
            let start = reader.offset
            let id = try reader.byte("a section")
            guard id <= 13 else { throw Fault(offset: start, message: "there is no section of kind \(id)") }
            let content = try reader.counted("the \(Self.title(id)) section")
            try self.add(id, content)
        }
    }

    static func title(_ id: UInt8) -> String {
        let titles = [
            "custom", "type", "import", "function", "table", "memory", "global", "export", "start", "element", "code",
            "data", "data count", "tag",
        ]
        return Int(id) < titles.count ? titles[Int(id)] : "\(id)"
    }

    private static func checkHeader(_ reader: inout ByteReader) throws(Fault) {
        guard reader.rest.starts(with: [0x00, 0x61, 0x73, 0x6D]) else {
            throw Fault(
                offset: 0, message: "this is not WebAssembly in the binary format: it does not begin with \\0asm")
        }
        switch Array(reader.rest.dropFirst(4).prefix(4)) {
        case [1, 0, 0, 0]: try reader.skip(8, "the header")
        case let version where version.count < 4: throw Fault(offset: 4, message: "the module ends in its header")
        case let version where version[2] == 1:
            throw Fault(
                offset: 4, message: "this is a component; Pulp runs core modules, such as wasm32-wasip1 targets")
        default: throw Fault(offset: 4, message: "only version 1 of the binary format is known")
        }
    }

    private mutating func add(_ id: UInt8, _ content: ArraySlice<UInt8>) throws(Fault) {
        var reader = ByteReader(content)
        var name: String?
        switch id {
        case 0:
            let own = try reader.text("the name of a custom section")
            name = own
            if own == "producers" { try self.readProducers(&reader) }
        case 5: try self.readMemories(&reader)
        case 8: self.startFunction = try reader.number("the start function")
        default: break
        }
        self.sections.append(Section(id: id, name: name, byteCount: content.count))
    }

    private mutating func readMemories(_ reader: inout ByteReader) throws(Fault) {
        let count = try reader.number("the number of memories")
        for _ in 0..<min(Int(count), Self.maximumEntries) {
            let flags = try reader.byte("the limits of a memory")
            let minimum = try reader.longNumber("the minimum of a memory")
            let maximum = flags & 1 == 0 ? nil : try reader.longNumber("the maximum of a memory")
            self.memories.append(
                Memory(minimum: minimum, maximum: maximum, isShared: flags & 2 != 0, is64Bit: flags & 4 != 0))
            // A page size of the module's own.
            if flags & 8 != 0 { _ = try reader.number("the page size of a memory") }
        }
    }

    private mutating func readProducers(_ reader: inout ByteReader) throws(Fault) {
        let fields = try reader.number("the number of producers")
        for _ in 0..<min(Int(fields), Self.maximumEntries) {
            let field = try reader.text("a field of the producers")
            let count = try reader.number("the number of names of a field of the producers")
            for _ in 0..<min(Int(count), Self.maximumEntries) where self.producers.count < Self.maximumEntries {
                let name = try reader.text("a name of the producers")
                let version = try reader.text("a version of the producers")
                self.producers.append((field, name, version))
            }
        }
    }
}

/// A cursor over a part of a module: each place is checked before it is read.
private struct ByteReader {
    typealias Fault = ModuleSections.Fault

    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        self.rest = bytes
    }

    /// From the start of the module.
    var offset: Int { self.rest.startIndex }
    var isAtEnd: Bool { self.rest.isEmpty }

    private func cut(_ what: String) -> Fault {
        Fault(offset: self.rest.endIndex, message: "\(what) goes beyond the end; the file was cut short, or is damaged")
    }

    mutating func byte(_ what: String) throws(Fault) -> UInt8 {
        guard let byte = self.rest.popFirst() else { throw self.cut(what) }
        return byte
    }

    mutating func skip(_ count: Int, _ what: String) throws(Fault) {
        guard count <= self.rest.count else { throw self.cut(what) }
        self.rest.removeFirst(count)
    }

    /// LEB128 of 32 bits.
    mutating func number(_ what: String) throws(Fault) -> UInt32 {
        let start = self.offset
        guard let number = UInt32(exactly: try self.longNumber(what)) else {
            throw Fault(offset: start, message: "\(what) is beyond 32 bits")
        }
        return number
    }

    /// LEB128 of 64 bits.
    mutating func longNumber(_ what: String) throws(Fault) -> UInt64 {
        let start = self.offset
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            let byte = try self.byte(what)
            let bits = UInt64(byte & 0x7F)
            guard shift < 63 || bits <= 1 else { break }
            number |= bits << shift
            if byte & 0x80 == 0 { return number }
        }
        throw Fault(offset: start, message: "\(what) is no number")
    }

    /// As many bytes as the number before them says.
    mutating func counted(_ what: String) throws(Fault) -> ArraySlice<UInt8> {
        let count = Int(try self.number(what))
        guard count <= self.rest.count else { throw self.cut(what) }
        let content = self.rest.prefix(count)
        self.rest.removeFirst(count)
        return content
    }

    mutating func text(_ what: String) throws(Fault) -> String {
        String(decoding: try self.counted(what), as: UTF8.self)
    }
}
