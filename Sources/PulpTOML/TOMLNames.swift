/// The names of one table, in order, each found in constant time.
///
/// A dictionary is only made for tables of some size: a hostile document has hundreds of thousands of tiny tables, and
/// a dictionary for each would cost more memory than all else together.
struct TOMLNames: Sendable {
    /// Up to here a linear search is as fast as hashing.
    private static let linearCount = 8

    private var names: [String] = []
    private var positions: [ExactName: Int] = [:]

    func position(of name: String) -> Int? {
        if names.count > Self.linearCount {
            return positions[ExactName(text: name)]
        }
        return names.firstIndex { $0.utf8.elementsEqual(name.utf8) }
    }

    /// Adds `name` at the end; `false` when it is already there.
    mutating func append(_ name: String) -> Bool {
        guard position(of: name) == nil else { return false }
        names.append(name)
        if names.count == Self.linearCount + 1 {
            for (position, name) in names.enumerated() {
                positions[ExactName(text: name)] = position
            }
        } else if names.count > Self.linearCount {
            positions[ExactName(text: name)] = names.count - 1
        }
        return true
    }
}

/// A string compared by its bytes; Swift's own equality takes canonically equivalent strings for one.
private struct ExactName: Hashable, Sendable {
    let text: String

    static func == (left: ExactName, right: ExactName) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 {
            hasher.combine(byte)
        }
        hasher.combine(0xFF as UInt8)
    }
}
