import PulpTOML

/// One place in a manifest. Lines and columns count from 1, columns in Unicode scalars.
public struct ManifestPosition: Hashable, Sendable, CustomStringConvertible {
    /// The file as the user named it.
    public let file: String
    public let line: Int
    public let column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    package init(file: String, _ position: SourcePosition) {
        self.init(file: file, line: position.line, column: position.column)
    }

    /// `file:line:column`, which terminals and editors make clickable.
    public var description: String { "\(file):\(line):\(column)" }
}

/// One mistake in a manifest: where, what, and what to do.
public struct ManifestDiagnostic: Hashable, Sendable, CustomStringConvertible {
    public let position: ManifestPosition
    /// What is wrong and, behind a semicolon, what to do. Never holds a value of `[env]` or `[config]`.
    public let message: String

    public init(position: ManifestPosition, message: String) {
        self.position = position
        self.message = message
    }

    public var file: String { position.file }
    public var line: Int { position.line }
    public var column: Int { position.column }

    /// `file:line:column: what is wrong; what to do`.
    public var description: String { "\(position): \(message)" }
}

/// Every mistake of a manifest, in the order of the file. Never empty.
public struct ManifestError: Error, Hashable, Sendable, CustomStringConvertible {
    public let diagnostics: [ManifestDiagnostic]

    public init(diagnostics: [ManifestDiagnostic]) {
        self.diagnostics = diagnostics
    }

    /// One line for each mistake.
    public var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}

/// Something in a manifest that is allowed and probably not meant.
public struct ManifestWarning: Hashable, Sendable, CustomStringConvertible {
    public let position: ManifestPosition
    public let message: String

    public init(position: ManifestPosition, message: String) {
        self.position = position
        self.message = message
    }

    /// `file:line:column: warning: ...`.
    public var description: String { "\(position): warning: \(message)" }
}

/// A manifest that holds no mistake.
public struct LoadedManifest: Hashable, Sendable {
    public let spec: PluginSpec
    /// In the order of the file.
    public let warnings: [ManifestWarning]

    public init(spec: PluginSpec, warnings: [ManifestWarning]) {
        self.spec = spec
        self.warnings = warnings
    }
}
