/// A path below a root, cleaned as text: no empty, `.` or `..` parts are left, and none led above the root.
///
/// Bytes, not text: names of files need not be UTF-8. Links are another matter, see ``SandboxDirectory``.
package struct SandboxPath: Hashable, Sendable {
    /// Why bytes are no path below a root.
    package enum Flaw: Error, Hashable, Sendable {
        case empty, nul, absolute, outside, tooLong, tooDeep
    }

    /// The parts with `/` between them, and a NUL; `.` for the root itself.
    private let terminated: [UInt8]
    /// How many parts there are; 0 for the root itself.
    package let depth: Int

    private static let slash = UInt8(ascii: "/")
    private static let dot = UInt8(ascii: ".")

    /// - Parameters:
    ///   - bytes: As a guest gives them.
    ///   - maximumBytes: Of `bytes`.
    ///   - maximumDepth: Parts of the cleaned path.
    package init(_ bytes: [UInt8], maximumBytes: Int = 4_095, maximumDepth: Int = 255) throws(Flaw) {
        guard let first = bytes.first else { throw .empty }
        guard bytes.count <= maximumBytes else { throw .tooLong }
        guard first != Self.slash, first != UInt8(ascii: "\\") else { throw .absolute }
        guard !bytes.contains(0) else { throw .nul }
        var clean: [UInt8] = []
        clean.reserveCapacity(bytes.count + 1)
        var depth = 0
        for part in bytes.split(separator: Self.slash) {
            if part.elementsEqual([Self.dot]) { continue }
            if part.elementsEqual([Self.dot, Self.dot]) {
                guard depth > 0 else { throw .outside }
                depth -= 1
                clean.removeSubrange((clean.lastIndex(of: Self.slash) ?? 0)...)
                continue
            }
            if depth > 0 { clean.append(Self.slash) }
            clean += part
            depth += 1
        }
        guard depth <= maximumDepth else { throw .tooDeep }
        self.init(clean: clean, depth: depth)
    }

    private init(clean: [UInt8], depth: Int) {
        self.terminated = (depth == 0 ? [Self.dot] : clean) + [0]
        self.depth = depth
    }

    package var isRoot: Bool { self.depth == 0 }

    /// The cleaned path's bytes; `.` for the root itself.
    package var bytes: ArraySlice<UInt8> { self.terminated.dropLast() }

    /// The parts, from the top.
    package var parts: [ArraySlice<UInt8>] { self.isRoot ? [] : self.bytes.split(separator: Self.slash) }

    /// The last part; `.` for the root itself.
    package var name: FileName {
        let start = self.bytes.lastIndex(of: Self.slash).map { $0 + 1 } ?? 0
        return FileName(self.bytes[start...])
    }

    /// The folder that it lies in; the root for the root itself.
    package var parent: SandboxPath { self.prefix(max(self.depth - 1, 0)) }

    /// The path of the first `count` parts.
    package func prefix(_ count: Int) -> SandboxPath {
        guard count < self.depth else { return self }
        let parts = self.parts.prefix(count)
        return SandboxPath(clean: Array(parts.joined(separator: [Self.slash])), depth: parts.count)
    }

    /// The path of `name` in this folder.
    package func appending(_ name: FileName) -> SandboxPath {
        let front = self.isRoot ? [] : Array(self.bytes) + [Self.slash]
        return SandboxPath(clean: front + name.bytes, depth: self.depth + 1)
    }

    func withPointer<Result, Failure: Error>(
        _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe self.terminated.withPointer(body)
    }
}

/// The name of something in a folder: one part of a path.
package struct FileName: Hashable, Sendable, Comparable {
    private let terminated: [UInt8]

    /// - Parameter bytes: Neither empty nor with a `/` or NUL in them: the caller has seen to that.
    package init(_ bytes: some Collection<UInt8>) {
        self.terminated = Array(bytes) + [0]
    }

    package var bytes: ArraySlice<UInt8> { self.terminated.dropLast() }

    package static func < (left: Self, right: Self) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    func withPointer<Result, Failure: Error>(
        _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe self.terminated.withPointer(body)
    }
}

extension [UInt8] {
    /// Lends bytes that end with a NUL as a C string.
    fileprivate func withPointer<Result, Failure: Error>(
        _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe self.withUnsafeBufferPointer { (buffer) throws(Failure) in
            guard let start = buffer.baseAddress else { preconditionFailure("a terminated name has a NUL at least") }
            return try unsafe body(UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self))
        }
    }
}
