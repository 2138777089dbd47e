import Foundation
import PulpSandbox
import PulpTestSupport
import Testing

@Suite("The examples that store")
struct StorageExampleTests {
    @Test("notes are kept, found, removed, and there again when the plugin is")
    func notes() async throws {
        try await withTemporaryFolder { folder async throws in
            let storage = StorageRoot(path: folder)
            try await withSite([Fixture.spec("notes")], storage: storage) { site async throws in
                let connection = try await site.connect()
                for (number, text) in ["buy oranges", "sell 100% of 'em; DROP TABLE notes", "oranges again"]
                    .enumerated()
                {
                    let made = try await connection.request("POST", "/notes", body: Array(text.utf8))
                    #expect(made.status == 201 && made.text == "\(number + 1)\n")
                }
                #expect(try await connection.request("POST", "/notes", body: []).status == 422)
                #expect(try await connection.request("GET", "/notes/2").text == "sell 100% of 'em; DROP TABLE notes")
                #expect(
                    try await connection.request("GET", "/notes?q=orange").text == "1\tbuy oranges\n3\toranges again\n")
                #expect(try await connection.request("GET", "/notes?q=%25").text.hasPrefix("2\t"))
                #expect(try await connection.request("DELETE", "/notes/1").status == 204)
                #expect(try await connection.request("DELETE", "/notes/1").status == 404)
                #expect(try await connection.request("GET", "/notes/x").status == 404)
                await connection.close()
            }
            try await withSite([Fixture.spec("notes")], storage: storage) { site async throws in
                #expect(try await site.get("/notes").text.split(separator: "\n").count == 2)
            }
        }
    }

    @Test("uploads are kept below the plugin's folder, and nowhere else")
    func uploads() async throws {
        try await withTemporaryFolder { folder async throws in
            let storage = StorageRoot(path: folder + "/store")
            try await withSite([Fixture.spec("uploads")], storage: storage) { site async throws in
                let connection = try await site.connect()
                let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
                #expect(try await connection.request("PUT", "/files/a/b/c.bin", body: bytes).status == 204)
                #expect(try await connection.request("GET", "/files/a/b/c.bin").body == bytes)
                #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/store/uploads/a/b/c.bin")) == Data(bytes))
                #expect(try await connection.request("PUT", "/files/top", body: [1]).status == 204)
                #expect(try await connection.request("GET", "/files/").text == "a/\ntop\n")
                #expect(try await connection.request("DELETE", "/files/top").status == 204)
                #expect(try await connection.request("GET", "/files/top").status == 404)
                // The listener closes after a refusal whose body it has not read.
                for path in ["..%2fescaped", "a%2f..%2f..%2fescaped", "%00", "%2fetc%2fpasswd"] {
                    let refused = try await site.request("PUT", "/files/\(path)", body: [1])
                    #expect(refused.status != 204, "\(path)")
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["store"])
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/store") == ["uploads"])
                await connection.close()
            }
        }
    }
}
