import PulpCapability
import PulpWire

/// Cuts a stream of bytes into lines. Holds one unfinished line, of bounded length.
struct LineBuffer: Sendable {
    private var pending: [UInt8] = []
    /// The line in progress was given out, cut; the rest of it is skipped.
    private var isSkipping = false

    private static let newline = UInt8(ascii: "\n")

    /// Appends bytes and gives out the lines that they end.
    ///
    /// - Parameter emit: Takes a line's bytes without its end, and whether they are only the front of it.
    mutating func append(_ bytes: RawSpan, _ emit: (_ line: RawSpan, _ isCut: Bool) -> Void) {
        unsafe bytes.withUnsafeBytes { buffer in
            var rest = unsafe buffer[...]
            while let end = unsafe rest.firstIndex(of: Self.newline) {
                unsafe self.extend(rest[..<end], emit)
                self.endLine(emit)
                unsafe rest = unsafe rest[(end + 1)...]
            }
            unsafe self.extend(rest, emit)
        }
    }

    /// Gives out the unfinished line, if there is one, as if it had ended.
    mutating func flush(_ emit: (_ line: RawSpan, _ isCut: Bool) -> Void) {
        if !self.pending.isEmpty { self.endLine(emit) }
        self.isSkipping = false
    }

    /// Output was left out here: the line in progress has lost its end.
    mutating func breakLine(_ emit: (_ line: RawSpan, _ isCut: Bool) -> Void) {
        if !self.pending.isEmpty { emit(self.pending.wireBytes, true) }
        self.pending.removeAll()
        self.isSkipping = true
    }

    private mutating func extend(_ part: Slice<UnsafeRawBufferPointer>, _ emit: (RawSpan, Bool) -> Void) {
        guard !self.isSkipping else { return }
        let room = LogText.maximumMessageBytes - self.pending.count
        unsafe self.pending.append(contentsOf: part.prefix(room))
        if unsafe part.count > room { self.breakLine(emit) }
    }

    private mutating func endLine(_ emit: (RawSpan, Bool) -> Void) {
        defer {
            self.pending.removeAll(keepingCapacity: true)
            self.isSkipping = false
        }
        guard !self.isSkipping else { return }
        if self.pending.last == UInt8(ascii: "\r") { self.pending.removeLast() }
        emit(self.pending.wireBytes, false)
    }
}
