import Crypto
import Foundation
import PulpEngine

/// The SDK's compiled halves on disk: what every plugin is compiled against, made once for each SDK and toolchain.
///
/// An entry is a folder that is named by the digest of everything that went into it. It is made beside and renamed,
/// so that two builds at once do no harm: the second finds the first one's and drops its own.
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

    /// The entry for `key`, made by `make` in a folder that it is given when it is not there.
    ///
    /// - Returns: A folder that whoever asks must not write to.
    func entry(
        _ key: String, scratch: String, make: (_ folder: String) async throws(BuildError) -> Void
    ) async throws(BuildError) -> String {
        guard let folder else {
            let made = "\(scratch)/sdk"
            if !Files.isFolder(made) {
                try Files.makeFolder(made)
                try await make(made)
            }
            return made
        }
        let entry = "\(folder)/\(key)"
        if Files.isFolder(entry) { return entry }
        try Files.makeFolder(folder)
        let draft = "\(folder)/.\(key.prefix(16)).\(UUID().uuidString)"
        try Files.makeFolder(draft)
        defer { Files.remove(draft) }
        try await make(draft)
        // Another build may have been quicker: then its entry stays.
        guard unsafe rename(draft, entry) == 0 || Files.isFolder(entry) else {
            throw BuildError(.files, "\(entry) cannot be made; check the permissions of \(folder) and the disk")
        }
        self.prune(folder, keeping: key)
        return entry
    }

    /// Removes the oldest entries, and drafts of builds that were killed.
    private func prune(_ folder: String, keeping key: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var dated: [(name: String, made: Date)] = []
        for name in names where name != key {
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
            guard let made = attributes?[.modificationDate] as? Date else { continue }
            if !name.hasPrefix(".") {
                dated.append((name, made))
            } else if made.timeIntervalSinceNow < -3600 {
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
