import PulpCapability

// What descriptors are, without reading or writing them.
extension WASISession {
    /// WASI's `filetype` of a character device.
    private static let characterDevice: UInt8 = 2

    /// The answer for a function that the three streams do not have.
    func refuse(_ number: UInt32, _ call: borrowing GuestCall, _ errno: Errno) -> Errno {
        self.descriptor(number, of: call.caller) == nil ? .badf : errno
    }

    /// `fd_fdstat_get`: 24 bytes: filetype u8, flags u16 at 2, rights u64 at 8, inheriting rights u64 at 16.
    func status(_ call: inout GuestCall) -> Errno {
        guard let descriptor = self.descriptor(call.word(0), of: call.caller) else { return .badf }
        var bytes = [Self.characterDevice, 0]
        bytes.append(descriptor.flags, count: 2)
        bytes.append(UInt64(0), count: 4)
        bytes.append(descriptor.rights, count: 8)
        bytes.append(UInt64(0), count: 8)
        return call.store(bytes, at: call.word(1)) ? .success : .fault
    }

    /// `fd_filestat_get`: 64 bytes: device, inode, filetype (u8 at 16), links, size, and three times, each u64.
    func fileStatus(_ call: inout GuestCall) -> Errno {
        guard self.descriptor(call.word(0), of: call.caller) != nil else { return .badf }
        var bytes = [UInt8](repeating: 0, count: 64)
        bytes[16] = Self.characterDevice
        bytes[24] = 1
        return call.store(bytes, at: call.word(1)) ? .success : .fault
    }

    func close(_ call: inout GuestCall) -> Errno {
        let number = call.word(0)
        return self.change(call.caller) { $0.close(number) }
    }

    func renumber(_ call: inout GuestCall) -> Errno {
        let (source, target) = (call.word(0), call.word(1))
        return self.change(call.caller) { $0.renumber(source, to: target) }
    }

    func setFlags(_ call: inout GuestCall) -> Errno {
        let (number, flags) = (call.word(0), call.word(1))
        return self.change(call.caller) { $0.setFlags(UInt16(clamping: flags), of: number) }
    }

    func setRights(_ call: inout GuestCall) -> Errno {
        let (number, base, inheriting) = (call.word(0), call.doubleWord(1), call.doubleWord(2))
        return self.change(call.caller) { $0.setRights(base, inheriting: inheriting, of: number) }
    }
}

extension [UInt8] {
    /// The low `count` bytes of an integer, lowest first.
    mutating func append<Word: FixedWidthInteger & UnsignedInteger>(_ word: Word, count: Int) {
        for index in 0..<count { self.append(UInt8(truncatingIfNeeded: word >> Word(index * 8))) }
    }
}
