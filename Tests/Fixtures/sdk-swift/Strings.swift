/// What a `String` can do: that a guest's linker has left out nothing which one of these needs.
enum Strings {
    static func all() -> String {
        var lines: [String] = []
        let text = "Grüße, 👨‍👩‍👧 & ﬁn"
        lines.append("\(text.count) \(text.utf8.count) \(text.utf16.count) \(text.unicodeScalars.count)")
        let third = text.index(text.startIndex, offsetBy: 3)
        lines.append(
            "\(text[third]) \(text[third...]) \(text[..<third]) \(text.distance(from: third, to: text.endIndex))")
        let sixteenth = String.Index(utf16Offset: 4, in: text)
        lines.append("\(text[sixteenth]) \(sixteenth.utf16Offset(in: text)) \(text.utf16[sixteenth])")
        lines.append(String(text.utf16.prefix(5)) ?? "none")
        lines.append(String(decoding: Array(text.utf16), as: UTF16.self) == text ? "same" : "different")
        lines.append(text.lowercased() + text.uppercased())
        lines.append(String(text.reversed()))
        lines.append(text.split(separator: " ").joined(separator: "_"))
        lines.append("\("e\u{301}" == "\u{e9}") \("a" < "b") \(text.hasPrefix("Grü")) \(text.hasSuffix("x"))")
        var edited = text
        edited.insert(contentsOf: "<->", at: third)
        edited.remove(at: edited.startIndex)
        edited.replaceSubrange(edited.startIndex..<edited.index(edited.startIndex, offsetBy: 2), with: "ö")
        edited.append(contentsOf: text.dropFirst(7).prefix(4))
        edited += text.suffix(2)
        lines.append(edited)
        let counts = text.reduce(into: [String: Int]()) { $0[String($1), default: 0] += 1 }
        lines.append(counts.keys.sorted().map { "\($0)\(counts[$0] ?? 0)" }.joined())
        let numbers = [Int("42") ?? 0, Int("-7x") ?? -1, Int("ff", radix: 16) ?? 0]
        lines.append(numbers.map { String($0) }.joined(separator: ",") + " " + String(255, radix: 2))
        lines.append("\(1.5) \(0.1 + 0.2) \(Double.pi) \(Int64.min) \(UInt64.max) \(true) \(Float(2.5))")
        lines.append(String(repeating: "äb", count: 3) + String(text.filter { $0.isLetter }))
        lines.append("\(text.firstIndex(of: "&").map { text.distance(from: text.startIndex, to: $0) } ?? -1)")
        lines.append(text.map { String($0) }.joined(separator: "|"))
        return lines.joined(separator: "\n")
    }
}
