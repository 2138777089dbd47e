import Foundation
import Testing

@testable import PulpManifest

/// That the documentation and the JSON Schema say what the validator does.
@Suite("Schema")
struct SchemaTests {
    private static let begin = "<!-- keys:begin -->\n"
    private static let end = "<!-- keys:end -->"

    @Test("the table in docs/manifest.md is the one that the validator uses")
    func documentation() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/manifest.md")
        var text = try String(contentsOf: page, encoding: .utf8)
        let begin = try #require(text.range(of: Self.begin))
        let end = try #require(text.range(of: Self.end))
        let expected = ManifestSchema.markdownTable() + "\n"
        if ProcessInfo.processInfo.environment["PULP_REGENERATE_DOCS"] == "1" {
            text.replaceSubrange(begin.upperBound..<end.lowerBound, with: expected)
            try text.write(to: page, atomically: true, encoding: .utf8)
        } else {
            #expect(text[begin.upperBound..<end.lowerBound] == expected, "run the tests with PULP_REGENERATE_DOCS=1")
        }
    }

    @Test("the JSON Schema is JSON and knows exactly the validator's keys")
    func keys() throws {
        let schema = try object(JSONSerialization.jsonObject(with: Data(ManifestSchema.jsonSchema().utf8)))
        #expect(schema["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
        #expect(schema["additionalProperties"] as? Bool == false)
        #expect(schema["required"] as? [String] == ["name", "version"])
        let properties = try object(schema["properties"])
        #expect(Set(properties.keys) == Set(ManifestSchema.keys.map(\.name)))
        #expect(properties.count == ManifestSchema.keys.count, "a key is there twice")
        let http = try object(object(properties["http"])["properties"])
        #expect(Set(http.keys) == ["listen", "tls_cert", "tls_key"])
    }

    @Test("the JSON Schema states ranges, choices and defaults")
    func constraints() throws {
        let schema = try object(JSONSerialization.jsonObject(with: Data(ManifestSchema.jsonSchema().utf8)))
        let properties = try object(schema["properties"])
        let pages = try object(properties["max_memory_pages"])
        #expect(pages["type"] as? String == "integer")
        #expect(pages["maximum"] as? Int == 65_536)
        #expect(pages["default"] as? Int == 4096)
        #expect(try object(properties["restart"])["enum"] as? [String] == ["never", "on_crash", "always"])
        #expect(try object(properties["instances"])["oneOf"] as? [Any] != nil)
        #expect(try object(properties["wasm_sha256"])["pattern"] as? String == "^[0-9A-Fa-f]{64}$")
        #expect(try object(properties["migratable"])["deprecated"] as? Bool == true)
    }

    @Test("the JSON Schema is the same text every time")
    func stable() {
        #expect(ManifestSchema.jsonSchema() == ManifestSchema.jsonSchema())
        #expect(ManifestSchema.jsonSchema().hasSuffix("\n}\n"))
    }

    @Test("what the schema calls a default is what an absent key means")
    func defaults() throws {
        let written = ManifestSchema.keys.compactMap { key in key.defaultValue.map { "\(key.name) = \($0)" } }
        let spelled = try Sample.load(Sample.minimal + written.joined(separator: "\n"), file: "pulp.plugin.toml").spec
        #expect(try spelled == Sample.load(Sample.minimal, file: "pulp.plugin.toml").spec)
        #expect(spelled == PluginSpec(name: "p", version: "1", module: .file("plugins/plugin.wasm")))
    }

    @Test("every example in a message is a line that the validator takes")
    func examples() throws {
        for key in ManifestSchema.keys where !key.isRequired && key.kind != .digest {
            #expect(throws: Never.self, "\(key.example)") {
                try Sample.load(Sample.minimal + key.example, file: "pulp.plugin.toml")
            }
        }
        for key in ManifestSchema.httpKeys {
            let pair = key.name.hasPrefix("tls") ? "tls_key = \"k\"\n" : ""
            let text = Sample.minimal + "[http]\n" + (key.name == "tls_key" ? "tls_cert = \"c\"\n" : pair) + key.example
            #expect(throws: Never.self, "\(key.example)") { try Sample.load(text, file: "pulp.plugin.toml") }
        }
    }

    private func object(_ value: Any?) throws -> [String: Any] { try #require(value as? [String: Any]) }
}
