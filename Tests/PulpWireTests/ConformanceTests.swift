import Foundation
import PulpWire
import Testing

/// One value of kawanet/msgpack-test-suite, with every encoding that a reader must take.
struct ConformanceCase: CustomTestStringConvertible, Sendable {
    let group: String
    let value: MessagePackValue
    let encodings: [[UInt8]]

    var testDescription: String { "\(self.group) \(self.value)" }
}

/// The cases of the shared folder, which a lone checkout does not have.
enum Conformance {
    static let cases: [ConformanceCase] = Conformance.load()

    private static var folder: URL {
        if let named = ProcessInfo.processInfo.environment["PULP_CONFORMANCE"] { return URL(fileURLWithPath: named) }
        let package = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return package.deletingLastPathComponent().appendingPathComponent("shared/conformance")
    }

    private static func load() -> [ConformanceCase] {
        let file = Self.folder.appendingPathComponent("msgpack/cases.json")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            print("SKIPPED: MessagePack conformance, \(file.path) cannot be read; PULP_CONFORMANCE names its folder")
            return []
        }
        do {
            guard case .map(let groups) = try DiagnosticJSON.value(of: text) else { return [] }
            return groups.flatMap { group in Self.cases(group: group) }
        } catch {
            Issue.record("\(file.path): \(error)")
            return []
        }
    }

    private static func cases(group: MessagePackValue.Pair) -> [ConformanceCase] {
        guard case .string(let name) = group.key, case .array(let entries) = group.value else { return [] }
        return entries.compactMap { entry in
            guard case .map(let pairs) = entry, let value = Self.value(of: pairs),
                case .array(let encodings)? = entry["msgpack"]
            else {
                Issue.record("a case of \(name) is not understood: \(entry)")
                return nil
            }
            let messages = encodings.compactMap { text -> [UInt8]? in
                guard case .string(let text) = text else { return nil }
                return bytes(hex: text)
            }
            return ConformanceCase(group: name, value: value, encodings: messages)
        }
    }

    /// The value that a case states under the key of its type. Numbers too large for JSON stand under `bignum`.
    private static func value(of pairs: [MessagePackValue.Pair]) -> MessagePackValue? {
        let stated = pairs.filter { $0.key != "msgpack" }
        let kinds = stated.map { $0.key }
        guard let first = stated.first else { return nil }
        if let big = stated.first(where: { $0.key == "bignum" }), case .string(let digits) = big.value {
            return Int64(digits).map { .int($0) } ?? UInt64(digits).map { .uint($0) }
        }
        switch (first.key, first.value) {
        case ("binary", .string(let text)): return .binary(bytes(hex: text))
        case ("timestamp", .array(let parts)):
            guard case .int(let seconds) = parts[0], case .int(let nanoseconds) = parts[1] else { return nil }
            return .timestamp(seconds: seconds, nanoseconds: UInt32(nanoseconds))
        case ("ext", .array(let parts)):
            guard case .int(let type) = parts[0], case .string(let text) = parts[1] else { return nil }
            return .extension(type: Int8(type), bytes: bytes(hex: text))
        case (_, let value):
            return kinds.contains { ["nil", "bool", "number", "string", "array", "map"].contains($0) } ? value : nil
        }
    }
}

/// Whether two values state the same, floats and integers compared as numbers: the suite holds `ca 3f800000` to be 1.
func sameNumber(_ left: MessagePackValue, _ right: MessagePackValue) -> Bool {
    func number(_ value: MessagePackValue) -> Double? {
        switch value {
        case .int(let value): Double(value)
        case .uint(let value): Double(value)
        case .float(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }
    if left == right { return true }
    guard let left = number(left), let right = number(right) else { return false }
    return left == right
}

@Suite("MessagePack conformance", .enabled(if: !Conformance.cases.isEmpty, "the shared cases are not beside this one"))
struct ConformanceTests {
    @Test("every encoding of a case reads as its value", arguments: Conformance.cases)
    func reads(_ entry: ConformanceCase) throws {
        #expect(!entry.encodings.isEmpty)
        for encoding in entry.encodings {
            let value = try MessagePackValue(exactly: encoding.wireBytes)
            #expect(sameNumber(value, entry.value), "\(hex(encoding)) read as \(value)")
        }
    }

    @Test("a case is written as one of its encodings", arguments: Conformance.cases)
    func writes(_ entry: ConformanceCase) {
        #expect(entry.encodings.contains(entry.value.encodedBytes()), "wrote \(hex(entry.value.encodedBytes()))")
    }

    @Test("every encoding of a case is skipped to its end", arguments: Conformance.cases)
    func skips(_ entry: ConformanceCase) throws {
        for encoding in entry.encodings {
            var reader = MessagePackReader(encoding.wireBytes)
            try reader.skipValue()
            let remaining = reader.remaining
            #expect(remaining == 0)
        }
    }

    @Test("every case goes through JSON text and back", arguments: Conformance.cases)
    func goesThroughText(_ entry: ConformanceCase) throws {
        #expect(try DiagnosticJSON.value(of: DiagnosticJSON.text(of: entry.value)) == entry.value)
    }

    @Test("all of the suite's groups were found")
    func isWhole() {
        #expect(Set(Conformance.cases.map(\.group)).count >= 15)
    }
}
