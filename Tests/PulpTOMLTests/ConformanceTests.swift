import Foundation
import Testing

@testable import PulpTOML

/// The suite that every TOML implementation is measured by.
@Suite("toml-test")
struct ConformanceTests {
    private static let reason: Comment = "the toml-test suite is not beside the package; set PULP_CONFORMANCE"

    @Test("a valid document has the value that the suite states", .enabled(if: Conformance.isPresent, reason))
    func validDocuments() throws {
        for document in Conformance.valid {
            do {
                let table = try TOML.parse(document.bytes())
                let actual = try JSONSerialization.jsonObject(with: Data(table.taggedJSON().utf8))
                #expect(isSame(actual, try document.expected()), "\(document.name): \(table.taggedJSON())")
            } catch {
                Issue.record("\(document.name): \(error)")
            }
        }
    }

    @Test("an invalid document is refused with a position inside of it", .enabled(if: Conformance.isPresent, reason))
    func invalidDocuments() throws {
        for document in Conformance.invalid {
            let bytes = try document.bytes()
            let errors = #expect(throws: TOMLErrors.self, "\(document.name)") { try TOML.parse(bytes) }
            let offset = errors?.diagnostics.first?.span.start.offset ?? -1
            #expect(0...bytes.count ~= offset, "\(document.name)")
        }
    }

    private func isSame(_ left: Any, _ right: Any) -> Bool {
        switch (left, right) {
        case (let left as [String: Any], let right as [String: Any]):
            if let type = left["type"] as? String, let value = left["value"] as? String {
                guard type == right["type"] as? String, let expected = right["value"] as? String else { return false }
                return isSame(value, expected, type: type)
            }
            return left.count == right.count
                && left.allSatisfy { name, value in right[name].map { isSame(value, $0) } ?? false }
        case (let left as [Any], let right as [Any]):
            return left.count == right.count && zip(left, right).allSatisfy { isSame($0, $1) }
        default:
            return false
        }
    }

    private func isSame(_ left: String, _ right: String, type: String) -> Bool {
        switch type {
        case "float":
            guard let left = Double(left), let right = Double(right) else { return false }
            return left == right || (left.isNaN && right.isNaN)
        case "datetime", "datetime-local", "time-local":
            return trimmed(left) == trimmed(right)
        default:
            return left == right
        }
    }

    /// Without zeros at the end of the fraction, which carry no meaning.
    private func trimmed(_ time: String) -> String {
        time.replacing(/(\.\d*?)0+(?=$|Z|[-+]\d\d:\d\d$)/) { $0.output.1 == "." ? "" : String($0.output.1) }
            .replacing("+00:00", with: "Z")
    }
}
