import Testing

@testable import PulpManifest

@Suite("[build]")
struct BuildSectionTests {
    @Test("what it says is in the spec")
    func read() throws {
        let spec = try Sample.spec(
            """
            [build]
            language = "swift"
            sources = ["src", "more/*.swift"]
            flags = ["-DX"]
            """)
        let expected = BuildSettings(language: "swift", sources: ["src", "more/*.swift"], flags: ["-DX"])
        #expect(spec.build == expected)
        #expect(try Sample.spec("[build]\ncommand = [\"make\"]\n").build == BuildSettings(command: ["make"]))
        #expect(try Sample.spec("").build == BuildSettings())
    }

    @Test("mistakes have their place and a remedy")
    func mistakes() {
        let text = """
            name = "p"
            version = "1"
            [build]
            language = "swfit"
            sorces = ["src"]
            sources = ["/etc", "../x", ""]
            flags = "-O"
            command = []
            """
        #expect(
            Sample.mistakes(text) == [
                "4:12: build.language \"swfit\" is not one of \"swift\", \"c\", \"rust\", \"go\", \"zig\"; "
                    + "did you mean \"swift\"?",
                "5:1: unknown key \"build.sorces\"; did you mean build.sources?",
                "6:12: build.sources \"/etc\" leads out of the manifest's folder; name a path below it, without ..",
                "6:20: build.sources \"../x\" leads out of the manifest's folder; name a path below it, without ..",
                "6:28: build.sources holds an empty path; name a file, a folder or a pattern such as \"src/*.swift\"",
                "7:1: build.flags has no effect beside build.command; add them to the command, or remove one of the two",
                "7:9: build.flags must be an array of strings, but is a string; write it like flags = [\"-DDEBUG\"]",
                "8:11: build.command names no program; write it like command = [\"make\"]",
            ])
    }
}
