/// What a guest asks `poll_oneoff` to wait for.
enum Subscription {
    /// 48 bytes: user's word u64, kind u8 at 8; a clock's id u32 at 16, timeout u64 at 24, precision u64 at 32 and
    /// flags u16 at 40; or a descriptor u32 at 16.
    static let byteCount: UInt32 = 48

    case clock(userWord: UInt64, id: UInt32, timeout: UInt64, isAbsolute: Bool)
    case read(userWord: UInt64, descriptor: UInt32)
    case write(userWord: UInt64, descriptor: UInt32)

    /// Reads one; nil for an unknown kind or fewer bytes.
    init?(_ bytes: RawSpan) {
        guard bytes.byteCount >= Int(Self.byteCount) else { return nil }
        let userWord = UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(as: UInt64.self))
        let word = UInt32(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 16, as: UInt32.self))
        switch EventKind(rawValue: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt8.self)) {
        case .clock:
            let timeout = UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 24, as: UInt64.self))
            let flags = UInt16(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 40, as: UInt16.self))
            self = .clock(userWord: userWord, id: word, timeout: timeout, isAbsolute: flags & 1 != 0)
        case .read: self = .read(userWord: userWord, descriptor: word)
        case .write: self = .write(userWord: userWord, descriptor: word)
        case nil: return nil
        }
    }
}

/// WASI's `eventtype`.
enum EventKind: UInt8 {
    case clock, read, write
}

/// What `poll_oneoff` answers for one subscription.
struct PollEvent {
    /// 32 bytes: user's word u64, errno u16 at 8, kind u8 at 10; for a descriptor bytes ready u64 at 16, flags u16 at
    /// 24. The rest is zero.
    static let byteCount: UInt32 = 32
    /// The flag of a stream whose other end is closed.
    static let hangUp: UInt16 = 1

    let userWord: UInt64
    let kind: EventKind
    var errno = Errno.success
    var readyBytes: UInt64 = 0
    var flags: UInt16 = 0

    func write(to bytes: inout [UInt8]) {
        bytes.append(self.userWord, count: 8)
        bytes.append(UInt16(self.errno.rawValue), count: 2)
        bytes.append(self.kind.rawValue)
        bytes.append(UInt64(0), count: 5)
        bytes.append(self.readyBytes, count: 8)
        bytes.append(self.flags, count: 2)
        bytes.append(UInt64(0), count: 6)
    }
}
