import Foundation
import Pulp
import PulpEngine
import PulpRuntime
import Testing

/// That `docs/abi.md` says what the host does.
@Suite("docs/abi.md")
struct ABITests {
    private let page: Page

    init() throws {
        self.page = try Page("docs/abi.md")
    }

    @Test("the tables of imports are the ones that the host links")
    func imports() throws {
        let part = try #require(self.page.generatedPart("imports"))
        let expected = ImportTables.markdown()
        if Page.regenerates {
            try self.page.replacing(part, with: expected)
        } else {
            #expect(self.page.text[part] == expected, "run the tests with PULP_REGENERATE_DOCS=1")
        }
    }

    @Test("every import of ours says what it does, and what each status means")
    func summaries() {
        for entry in ImportTables.registry.entries {
            for signature in entry.signatures where signature.module == "pulp" {
                #expect(!signature.summary.isEmpty, "\(signature.name)")
                #expect(signature.statuses[0] != nil, "\(signature.name) does not say what 0 means")
                #expect(entry.isAlways || signature.statuses[signature.stubStatus] != nil, "\(signature.name)")
            }
        }
    }

    @Test("every export that is checked at load is in the table, with its type")
    func exports() {
        for (checks, required) in [(ExportCheck.required, "yes"), (ExportCheck.optional, "no")] {
            for (name, type) in checks {
                #expect(self.page.text.contains("\n| `\(name)` | `\(type)` | \(required) |"), "\(name)")
            }
        }
    }

    @Test("every key of every record is named")
    func keys() throws {
        let source = try Page("Sources/PulpWire/WireKey.swift").text
        let keys = source.matches(of: /static var \w+: WireKey \{ "(\w+)" \}/).map { String($0.1) }
        #expect(keys.count > 15)
        for key in keys { #expect(self.page.text.contains("`\(key)`"), "\(key)") }
    }
}
