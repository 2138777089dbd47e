import Foundation

/// The sources of the package as text: what the compiler does not check, these tests read.
struct SourceTree {
    /// One file below `Sources`.
    struct File {
        /// From the package's folder, such as `Sources/PulpWire/Status.swift`.
        let path: String
        /// The folder below `Sources`, which is the module's; below `Capabilities` the capability's: `Capabilities/Log`.
        let module: String
        let lines: [Substring]

        var isSwift: Bool { self.path.hasSuffix(".swift") }
    }

    /// One import line.
    struct Import: Hashable, CustomStringConvertible {
        let path: String
        let line: Int
        let module: String
        let isReexported: Bool

        var description: String { "\(self.path):\(self.line): \(self.isReexported ? "@_exported " : "")\(self.module)" }
    }

    static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Read once for all tests.
    static let read = Result { try SourceTree() }

    let files: [File]
    private let imports: [String: [Import]]

    private init() throws {
        let sources = Self.root.appending(path: "Sources")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: sources.path).sorted()
        self.files = try paths.filter { path in [".swift", ".c", ".h"].contains { path.hasSuffix($0) } }.map { path in
            let text = try String(contentsOf: sources.appending(path: path), encoding: .utf8)
            let folders = path.split(separator: "/").dropLast()
            let module = folders.prefix(folders.first == "Capabilities" ? 2 : 1).joined(separator: "/")
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            return File(path: "Sources/\(path)", module: module, lines: lines.last == "" ? lines.dropLast() : lines)
        }
        self.imports = Dictionary(grouping: self.files.filter(\.isSwift), by: \.module).mapValues { files in
            files.flatMap(Self.imports)
        }
    }

    /// The modules by folder, sorted.
    var modules: [String] { Set(self.files.map(\.module)).sorted() }

    /// Every import of a module's Swift files.
    func imports(of module: String) -> [Import] { self.imports[module] ?? [] }

    /// `import X`, `@_exported import X`, `public import struct X.Y`: only words may stand before `import`.
    private static func imports(of file: File) -> [Import] {
        file.lines.enumerated().compactMap { index, line in
            guard line.utf8.count < 120 else { return nil }
            let words = line.split(separator: " ")
            guard let place = words.firstIndex(of: "import"), place + 1 < words.count else { return nil }
            guard words[..<place].allSatisfy(Self.isModifier) else { return nil }
            let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
            let name = kinds.contains(words[place + 1]) ? words.dropFirst(place + 2).first ?? "" : words[place + 1]
            return Import(
                path: file.path, line: index + 1, module: String(name.prefix { $0 != "." }),
                isReexported: words[..<place].contains("@_exported"))
        }
    }

    private static func isModifier(_ word: Substring) -> Bool {
        word.hasPrefix("@") || ["public", "package", "internal", "fileprivate", "private"].contains(word)
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    }
}
