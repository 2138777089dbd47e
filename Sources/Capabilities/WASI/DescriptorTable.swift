/// One of the three descriptors that a guest starts with, as it is now.
struct Descriptor: Hashable, Sendable {
    enum Stream: UInt8, Sendable {
        case input, output, error
    }

    let stream: Stream
    /// WASI's `fdflags`: remembered, without effect.
    var flags: UInt16 = 0
    /// WASI's `rights`; a guest may give them up.
    var rights: UInt64

    init(_ stream: Stream) {
        self.stream = stream
        self.rights = Self.rights(of: stream)
    }

    static let readRight: UInt64 = 1 << 1
    static let writeRight: UInt64 = 1 << 6
    // Without the rights to seek and to tell, which makes it a terminal for wasi-libc: it then writes line by line.
    private static let commonRights: UInt64 = 1 << 3 | 1 << 21 | 1 << 27

    private static func rights(of stream: Stream) -> UInt64 {
        Self.commonRights | (stream == .input ? Self.readRight : Self.writeRight)
    }

    var canRead: Bool { self.rights & Self.readRight != 0 }
    var canWrite: Bool { self.rights & Self.writeRight != 0 }
}

/// The open descriptors of an instance: 0, 1 and 2 until it closes or renumbers them. Nothing else can ever be open.
struct DescriptorTable: Sendable {
    private var slots: InlineArray<3, Descriptor?> = [Descriptor(.input), Descriptor(.output), Descriptor(.error)]

    subscript(number: UInt32) -> Descriptor? {
        number < 3 ? self.slots[Int(number)] : nil
    }

    mutating func close(_ number: UInt32) -> Errno {
        guard self[number] != nil else { return .badf }
        self.slots[Int(number)] = nil
        return .success
    }

    /// Makes `target` what `source` is and closes `source`; both must be open, so nothing new comes to be.
    mutating func renumber(_ source: UInt32, to target: UInt32) -> Errno {
        guard let moved = self[source], self[target] != nil else { return .badf }
        guard source != target else { return .success }
        self.slots[Int(target)] = moved
        self.slots[Int(source)] = nil
        return .success
    }

    mutating func setFlags(_ flags: UInt16, of number: UInt32) -> Errno {
        guard self[number] != nil else { return .badf }
        guard flags < 1 << 5 else { return .inval }
        self.slots[Int(number)]?.flags = flags
        return .success
    }

    /// Gives rights up; none come back, and these descriptors have none to pass on.
    mutating func setRights(_ base: UInt64, inheriting: UInt64, of number: UInt32) -> Errno {
        guard let descriptor = self[number] else { return .badf }
        guard base & ~descriptor.rights == 0, inheriting == 0 else { return .notcapable }
        self.slots[Int(number)]?.rights = base
        return .success
    }
}
