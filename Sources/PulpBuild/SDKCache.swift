import Crypto
import Foundation
import PulpEngine

/// The SDK's compiled halves on disk: what every plugin is compiled against, made once for each SDK and toolchain.
///
/// An entry is a folder that is named by the digest of everything that went into it. It is made beside and renamed,
/// so that two builds at once do no harm: the second finds the first one's and drops its own. One that is not whole is
/// made anew, and a cache that cannot be written is as good as none.
package struct SDKCache: Sendable {
    /// Entries that are kept: a toolchain's modes, and those of the toolchain before.
    static let largestCount = 16

    /// nil makes everything anew for each build.
    package let folder: String?

    package init(folder: String?) { self.folder = folder }

    /// `sdk` in the folder where ``ModuleCache`` has its `modules`: `PULP_CACHE_DIR` (empty turns the cache off), else
    /// the user's cache.
    package static func defaultFolder(environment: [String: String]) -> String? {
        guard let modules = ModuleCache.defaultDirectory(environment: environment) else { return nil }
        let isNamed = environment["PULP_CACHE_DIR"] != nil
        return (isNamed ? modules : Files.folder(of: modules)) + "/sdk"
    }

    /// What is written last into an entry: the size and the name of each file. Without it, or with other sizes, the
    /// entry is not whole: the machine went down, or somebody has tidied up.
    private static let seal = "sizes"

    /// The entry for `key`, made by `make` in a folder that it is given when it is not there.
    ///
    /// - Parameter scratch: Where it is made when the cache is off or cannot be written.
    /// - Returns: A folder that whoever asks must not write to.
    func entry(
        _ key: String, scratch: String, make: (_ folder: String) async throws(BuildError) -> Void
    ) async throws(BuildError) -> String {
        guard let folder else { return try await Self.make(in: scratch, make) }
        let entry = "\(folder)/\(key)"
        if Self.isWhole(entry) { return entry }
        let draft = "\(folder)/.\(key.prefix(16)).\(UUID().uuidString)"
        do throws(BuildError) {
            try Files.makeFolder(draft)
        } catch {
            return try await Self.make(in: scratch, make)
        }
        defer { Files.remove(draft) }
        try await make(draft)
        try Files.write(Self.sizes(draft), to: "\(draft)/\(Self.seal)")
        // Another build may have been quicker: then its entry stays, if it is whole.
        if unsafe rename(draft, entry) != 0, !Self.isWhole(entry) {
            Files.remove(entry)
            guard unsafe rename(draft, entry) == 0 || Self.isWhole(entry) else {
                throw BuildError(.files, "\(entry) cannot be made; check the permissions of \(folder) and the disk")
            }
        }
        self.prune(folder, keeping: key)
        return entry
    }

    private static func make(
        in scratch: String, _ make: (_ folder: String) async throws(BuildError) -> Void
    ) async throws(BuildError) -> String {
        let made = "\(scratch)/sdk"
        if !Files.isFolder(made) {
            try Files.makeFolder(made)
            try await make(made)
        }
        return made
    }

    private static func isWhole(_ entry: String) -> Bool {
        guard let bytes = Files.contents("\(entry)/\(Self.seal)"), !bytes.isEmpty else { return false }
        return String(decoding: bytes, as: UTF8.self) == Self.sizes(entry)
    }

    private static func sizes(_ folder: String) -> String {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let lines = names.filter { $0 != Self.seal }.sorted().map { name in
            "\(Files.byteCount("\(folder)/\(name)") ?? 0) \(name)\n"
        }
        return lines.joined()
    }

    /// Removes the oldest entries, and drafts of builds that were killed. What compilers keep there stays.
    private func prune(_ folder: String, keeping key: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var dated: [(name: String, made: Date)] = []
        for name in names where name != key {
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
            guard let made = attributes?[.modificationDate] as? Date else { continue }
            if Language.allCases.contains(where: { name.hasPrefix("\($0.rawValue)-") }) {
                dated.append((name, made))
            } else if name.hasPrefix("."), made.timeIntervalSinceNow < -3600 {
                Files.remove("\(folder)/\(name)")
            }
        }
        dated.sort { $0.made > $1.made }
        for old in dated.dropFirst(Self.largestCount - 1) { Files.remove("\(folder)/\(old.name)") }
    }

    /// The digest of words and of all files in folders, by name and content.
    static func key(_ words: [String], folders: [String]) throws(BuildError) -> String {
        var hash = SHA256()
        func add(_ bytes: [UInt8]) {
            hash.update(data: Array("\(bytes.count);".utf8))
            hash.update(data: bytes)
        }
        for word in words { add(Array(word.utf8)) }
        for folder in folders {
            for path in try SourceTree(folder: folder, patterns: []).files() {
                guard let bytes = Files.contents("\(folder)/\(path)") else {
                    throw BuildError(.files, "\(folder)/\(path) cannot be read; check its permissions")
                }
                add(Array(path.utf8))
                add(bytes)
            }
        }
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
