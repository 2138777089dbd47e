import Testing

@testable import PulpManifest

/// Suggestions: near enough to be a slip, or none.
@Suite("Nearest names")
struct NearestNameTests {
    private static let names = ManifestSchema.keys.map(\.name)

    @Test(
        "a slip finds what was meant",
        arguments: [
            ("nmae", "name"), ("versoin", "version"), ("max_mem_pages", "max_memory_pages"),
            ("Capability", "capabilities"),
            ("queu", "queue"), ("enviroment", nil), ("call_timeout", "call_timeout_ms"), ("zzz", nil), ("", nil),
        ])
    func nearest(_ name: String, _ expected: String?) {
        #expect(NearestName.find(name, among: Self.names) == expected)
    }

    @Test("a very long name is not compared")
    func long() {
        #expect(NearestName.find(String(repeating: "n", count: 1_000_000), among: Self.names) == nil)
    }
}
