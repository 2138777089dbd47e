import PulpCapability
import PulpWire

/// Environment variables as C has them: `NAME=value` and a NUL, one after the other.
struct EnvironmentBlock: Sendable {
    let bytes: [UInt8]
    /// Where each variable starts in ``bytes``.
    let offsets: [UInt32]

    /// - Throws: ``CapabilityError`` when a name is empty or has a `=`, or either has a NUL.
    init(_ variables: [(name: String, value: String)]) throws(CapabilityError) {
        var bytes: [UInt8] = []
        var offsets: [UInt32] = []
        for (name, value) in variables {
            guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "=")), !name.utf8.contains(0) else {
                throw CapabilityError(.operationFailed, "[env]: \(name.debugDescription) is no name for a variable")
            }
            guard !value.utf8.contains(0) else {
                throw CapabilityError(.operationFailed, "[env]: the value of \(name) has a NUL; remove it")
            }
            // A guest's memory has 32 bits; what does not fit there is no environment.
            guard let offset = UInt32(exactly: bytes.count), bytes.count + value.utf8.count < Int(Int32.max) else {
                throw CapabilityError(.operationFailed, "[env] is larger than any guest's memory")
            }
            offsets.append(offset)
            bytes += name.utf8
            bytes.append(UInt8(ascii: "="))
            bytes += value.utf8
            bytes.append(0)
        }
        self.bytes = bytes
        self.offsets = offsets
    }
}
