/// The suites that files of tests declare: types that conform to `PluginTests`.
///
/// Embedded Swift cannot list them when a program runs, so they are found in the text, and the compiler checks what is
/// found: the module's entry names them.
enum TestSuites {
    private static let name = "PluginTests"

    /// The names of a file's suites, in their order.
    ///
    /// - Throws: ``BuildError/Code/sources`` for a file that speaks of the protocol, and has no type that can be found:
    ///   no test is left out in silence.
    static func names(in text: String, path: String) throws(BuildError) -> [String] {
        let declaration = /^(?:@\w+\s+|\w+\s+)*?(?:struct|enum|class|extension)\s+(\w+)\s*:\s*([^{]*)\{/
            .anchorsMatchLineEndings()
        let names = text.matches(of: declaration).filter { Self.lists($0.2) }.map { String($0.1) }
        let lines = text.split(separator: "\n").filter { !$0.drop(while: \.isWhitespace).hasPrefix("//") }
        guard !names.isEmpty || !lines.contains(where: { $0.contains(Self.name) }) else {
            throw BuildError(
                .sources,
                "\(path) speaks of \(Self.name), and no suite is found in it; begin a line with "
                    + "`struct NAME: \(Self.name) {`")
        }
        // One in another type.
        let inner = /^\s+(?:@\w+ +|\w+ +)*?(?:struct|enum|class|extension)\s+\w+\s*:[^{]*\bPluginTests\b/
        if let nested = lines.first(where: { $0.contains(inner) }) {
            throw BuildError(
                .sources,
                "\(path): a suite that does not begin its line would be left out; move it out of what it is in: "
                    + "\(nested.drop(while: \.isWhitespace))")
        }
        return names
    }

    private static func lists(_ inherited: Substring) -> Bool {
        inherited.split { !($0.isLetter || $0.isNumber || $0 == "_") }.contains { $0 == Self.name }
    }

    /// The source of the module's entry.
    static func entry(_ suites: [String]) -> String {
        let lines = suites.map { "            module.add(\($0).self)\n" }.joined()
        return "import PulpGuestTesting\n" + """
            @main enum Entry {
                static func main() {
                    TestModule.main { module in
            \(lines)        }
                }
            }

            """
    }
}
