import Foundation
import PulpBuild

/// A new plugin: a folder that builds and whose tests pass, before its author has written anything.
///
/// The files are the SDK's, in `SDKs/templates`: a manifest and a test for each template, which hold for every language
/// (but tests are in the plugin's own language where there are such), and a source for each of both. Only the plugin's
/// name is put in.
package struct Scaffold: Sendable {
    /// What stands in the templates' files for the plugin's name.
    static let placeholder = "PLUGIN_NAME"

    package let name: String
    package let language: Language
    package let template: Template

    /// - Throws: ``ScaffoldError`` when `name` is none, with the characters that it may have.
    package init(name: String, language: Language, template: Template) throws(ScaffoldError) {
        if let problem = Self.problem(withName: name) { throw ScaffoldError(problem) }
        self.name = name
        self.language = language
        self.template = template
    }

    /// Why a plugin cannot be called so; nil when it can.
    ///
    /// A manifest takes more. But the name is also that of the plugin's folder and of what it stores.
    package static func problem(withName name: String) -> String? {
        func isLetter(_ byte: UInt8) -> Bool {
            (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
        }
        func isOther(_ byte: UInt8) -> Bool { "0123456789.-_".utf8.contains(byte) }
        guard let first = name.utf8.first else { return "the plugin has no name; name it: pulp new NAME" }
        let isGood = name.utf8.allSatisfy { isLetter($0) || isOther($0) } && isLetter(first)
        guard isGood, name.utf8.count <= 64 else {
            return "a plugin cannot be called that; a name begins with a letter, has letters (a-z), digits, ., - and _ "
                + "only, and 64 of them at most"
        }
        return nil
    }

    /// Writes the plugin's folder, whole or not at all.
    ///
    /// - Parameter folder: Is made; may be there when it is empty.
    /// - Returns: The files, as paths below the folder, sorted.
    /// - Throws: ``ScaffoldError`` when something is there already, the SDK has no such template, or the disk refuses.
    package func write(to folder: String, sdk: SDKLocation) throws(ScaffoldError) -> [String] {
        let isThere = try self.isThere(folder)
        let files = try self.files(sdk)
        // In a folder that is there already: it may be somebody's working directory, or a file system of its own.
        let parent = isThere ? folder : URL(filePath: folder).deletingLastPathComponent().path
        let draft = "\(parent)/.\(URL(filePath: folder).lastPathComponent).\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: draft) }
        do {
            for (path, bytes) in files {
                let url = URL(filePath: "\(draft)/\(path)")
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(bytes).write(to: url)
            }
        } catch {
            throw ScaffoldError("\(folder) cannot be written; check the permissions of \(parent) and the disk")
        }
        if isThere {
            try self.move(try self.names(in: draft), from: draft, to: folder)
        } else if unsafe rename(draft, folder) != 0 {
            // Nothing but an empty folder gives way: whatever came there meanwhile stays.
            throw ScaffoldError("\(folder) cannot be made; it is there already, or not yours to make")
        }
        return files.keys.sorted()
    }

    /// All or none; what came there meanwhile stays.
    private func move(_ names: [String], from draft: String, to folder: String) throws(ScaffoldError) {
        for (index, name) in names.enumerated() {
            do {
                try FileManager.default.moveItem(atPath: "\(draft)/\(name)", toPath: "\(folder)/\(name)")
            } catch {
                for made in names[..<index] { try? FileManager.default.removeItem(atPath: "\(folder)/\(made)") }
                throw ScaffoldError("\(folder)/\(name) cannot be made; it is there already, or the disk refuses")
            }
        }
    }

    /// Whether the folder is there; it is empty then.
    private func isThere(_ folder: String) throws(ScaffoldError) -> Bool {
        var isFolder = ObjCBool(false)
        guard unsafe FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else { return false }
        guard isFolder.boolValue else {
            throw ScaffoldError("\(folder) is there already, and is a file; choose another name or --path")
        }
        guard try self.names(in: folder).isEmpty else {
            throw ScaffoldError(
                "\(folder) is there already, and nothing in it is overwritten; choose another name or --path")
        }
        return true
    }

    private func names(in folder: String) throws(ScaffoldError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw ScaffoldError("\(folder) cannot be read; check its permissions")
        }
    }

    /// What is written, by path below the plugin's folder.
    private func files(_ sdk: SDKLocation) throws(ScaffoldError) -> [String: [UInt8]] {
        let templates = "\(sdk.root)/SDKs/templates"
        let ending = self.language.fileExtension
        let own = "\(templates)/\(self.language.rawValue)"
        let test = "\(templates)/tests/\(self.template.rawValue)"
        let testEnding = FileManager.default.fileExists(atPath: "\(test).\(ending)") ? ending : "toml"
        var places = [
            "pulp.plugin.toml": "\(templates)/manifests/\(self.template.rawValue).toml",
            "tests/\(self.name).\(testEnding)": "\(test).\(testEnding)",
            "README.md": "\(templates)/shared/README.md",
            ".gitignore": "\(templates)/shared/gitignore",
            self.language.sourceName: "\(own)/\(self.template.rawValue).\(ending)",
        ]
        // What else a language wants beside its sources, such as Cargo.toml.
        let sources = Template.allCases.map { "\($0.rawValue).\(ending)" }
        for name in try self.names(in: own) where !sources.contains(name) && !name.hasPrefix(".") {
            places[name] = "\(own)/\(name)"
        }
        var files: [String: [UInt8]] = [:]
        for (path, place) in places {
            guard let bytes = FileManager.default.contents(atPath: place) else {
                throw ScaffoldError("the SDK has no \(place); set PULP_SDK to a whole copy of Pulp's folder")
            }
            let text = String(decoding: bytes, as: UTF8.self)
            files[path] = Array(self.filled(text, sdk).utf8)
        }
        return files
    }

    /// As both TOML and go.mod have a path between double quotes.
    private static func quotable(_ path: String) -> String {
        path.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }

    private func filled(_ text: String, _ sdk: SDKLocation) -> String {
        text.replacing(Self.placeholder, with: self.name)
            .replacing("PLUGIN_SOURCE", with: self.language.sourceName)
            .replacing("PLUGIN_LANGUAGE", with: self.language.title)
            .replacing("PULP_SDK", with: Self.quotable(sdk.root))
    }
}
