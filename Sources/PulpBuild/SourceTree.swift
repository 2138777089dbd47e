import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// The files below a plugin's folder, as far as they are its author's.
struct SourceTree: Sendable {
    /// Folders that hold what tools made, what the plugin stored, or tests: nothing of the module's.
    static let foreignFolders: Set<String> = [
        "data", "tests", "Tests", "target", "zig-out", "zig-cache", "node_modules", "build",
    ]
    /// Files and folders that are looked at; a plugin with more has something else in its folder.
    static let largestCount = 20_000
    /// Folders in each other.
    static let largestDepth = 32

    let folder: String
    /// Patterns of `[build] sources`; empty stands for everything.
    let patterns: [String]

    /// Paths below the folder, sorted, of files that belong to the plugin.
    func files() throws(BuildError) -> [String] {
        var found: [String] = []
        try self.walk("", depth: 0, into: &found)
        return found.sorted()
    }

    /// Whether the file at a path below the folder belongs to the plugin's sources.
    func holds(_ path: String) -> Bool {
        let parts = path.split(separator: "/").map(String.init)
        guard let name = parts.last, !Self.isPassing(name) else { return false }
        guard !self.patterns.isEmpty else { return !parts.dropLast().contains(where: Self.isForeign) }
        return self.patterns.contains { Self.matches(path, $0) }
    }

    static func isForeign(_ folder: String) -> Bool { folder.hasPrefix(".") || Self.foreignFolders.contains(folder) }

    /// Whether a folder, by its path below the root, is looked into.
    func enters(_ path: String) -> Bool {
        !Self.isForeign(Files.name(of: path)) || self.patterns.contains { $0 == path || $0.hasPrefix(path + "/") }
    }

    /// Files that editors and builds leave for a moment, objects and modules.
    static func isPassing(_ name: String) -> Bool {
        name.hasPrefix(".") || name.hasPrefix("#") || name == "4913"
            || [".wasm", ".o", ".a", "~", ".swp", ".swx", ".tmp", ".bak", ".orig"].contains { name.hasSuffix($0) }
    }

    private func walk(_ relative: String, depth: Int, into found: inout [String]) throws(BuildError) {
        guard depth < Self.largestDepth,
            let names = try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(relative)")
        else { return }
        for name in names.sorted() {
            guard found.count < Self.largestCount else {
                throw BuildError(
                    .sources,
                    "\(self.folder) holds more than \(Self.largestCount) files; name the plugin's own in the manifest: "
                        + "[build] sources = [\"src\"]")
            }
            let path = relative.isEmpty ? name : "\(relative)/\(name)"
            if Files.isFolder("\(folder)/\(path)") {
                guard self.enters(path), !self.isLink(path) else { continue }
                try self.walk(path, depth: depth + 1, into: &found)
            } else if self.holds(path) {
                found.append(path)
            }
        }
    }

    /// Links to folders are not followed: one may lead back up.
    private func isLink(_ path: String) -> Bool {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(self.folder)/\(path)")) != nil
    }

    /// A pattern names a file, a folder with all that is in it, or many of either.
    private static func matches(_ path: String, _ pattern: String) -> Bool {
        let pattern = pattern.hasPrefix("./") ? String(pattern.dropFirst(2)) : pattern
        let plain = pattern.hasSuffix("/") ? String(pattern.dropLast()) : pattern
        if plain == "." || path == plain || path.hasPrefix(plain + "/") { return true }
        var upper = path[...]
        while true {
            if unsafe fnmatch(plain, String(upper), FNM_PATHNAME) == 0 { return true }
            guard let slash = upper.lastIndex(of: "/") else { return false }
            upper = upper[..<slash]
        }
    }
}
