import Foundation
import Pulp
import PulpCapability
import PulpTestSupport
import Testing

/// What the SDK for Swift makes of the host's tables of imports.
@Suite("The SDK for Swift and the host's imports")
struct SwiftImportCoverageTests {
    @Test("every function of the tables is called by a wrapper")
    func everyImport() throws {
        let folder = Fixture.root.appendingPathComponent("Sources/PulpGuest")
        var code = ""
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        for case let file as URL in files {
            guard file.pathExtension == "swift", file.lastPathComponent != "Imports.swift" else { continue }
            code += try String(contentsOf: file, encoding: .utf8)
        }
        // What stands in quotes is a name in a sentence, not a call.
        let calls = code.replacing(#/"[^"\n]*"/#, with: "")
        let words = Set(calls.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init))
        let names = Set(Registry.everything().entries.flatMap(\.signatures).filter { $0.module == "pulp" }.map(\.name))
        #expect(names.count > 40)
        for name in names.sorted() { #expect(words.contains(name), "no wrapper calls \(name)") }
    }
}
