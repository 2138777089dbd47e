import Foundation
import Testing

@Suite("pulp dev", .timeLimit(.minutes(15)))
struct DevTests {
    private static let manifest = """
        name = "greeter"
        version = "1.0.0"
        wasm = "greeter.wasm"
        capabilities = ["transport.http.inbound"]

        """

    private static func source(_ text: String) -> String {
        """
        #include "pulp.h"
        static void greet(PulpRequest *request) { pulp_respond_text(request, 200, "\(text)\\n"); }
        void pulp_configure(PulpConfig config) { pulp_get("/", greet); }

        """
    }

    @Test("a plugin is built, served and swapped; a mistake is shown in the compiler's words; Ctrl-C ends in order")
    func developing() async throws {
        let folder = try Places.folder([
            "pulp.plugin.toml": Array(Self.manifest.utf8), "greeter.c": Array(Self.source("first").utf8),
        ])
        func save(_ text: String) throws {
            try text.write(to: folder.appending(path: "greeter.c"), atomically: true, encoding: .utf8)
        }
        let program = try RunningProgram(["dev", folder.path, "--listen", "127.0.0.1:0", "--timings"])
        let address = try await program.address()
        try await program.line(with: "1 route; serves", in: .output)
        #expect(try await HTTPClient.get("/", at: address).hasSuffix("first\n"))
        try save("this is not C")
        try await program.line(with: "error: unknown type name 'this'")
        try await program.line(with: "the version before is still served")
        #expect(try await HTTPClient.get("/", at: address).hasSuffix("first\n"))
        try save(Self.source("second"))
        try await program.line(with: "1 route; swapped", in: .output)
        #expect(try await HTTPClient.get("/", at: address).hasSuffix("second\n"))
        #expect(program.output.contains("  watch "))
        program.send(SIGINT)
        #expect(try await program.exitCode() == 0)
    }

    @Test(
        "what cannot be begun with is an error before anything starts",
        arguments: [
            (["/nowhere/at/all"], 1, "there is no such file or folder"), ([".", "--threads", "0"], 2, "--threads 0"),
            ([".", "--listen", "nonsense:x"], 2, "--listen"),
        ])
    func refused(arguments: [String], code: Int32, words: String) async throws {
        let program = try RunningProgram(["dev"] + arguments)
        #expect(try await program.exitCode() == code)
        #expect(program.error.contains(words), "\(program.error)")
    }
}
