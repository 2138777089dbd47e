import PulpTOML

/// The mistakes and warnings met while a manifest is read.
struct ManifestFindings {
    /// A hostile manifest has hundreds of thousands of mistakes; nobody reads more than these.
    private static let limit = 100

    let file: String
    /// Whether the document's form was wrong: then parts of it are missing here, and nothing can be said about absence.
    private let isIncomplete: Bool
    /// Lines with a mistake in their form; what they seem to mean is not judged.
    private let brokenLines: Set<Int>
    private var mistakes: [(SourcePosition, String)] = []
    private var warnings: [(SourcePosition, String)] = []

    init(file: String, errors: TOMLErrors?) {
        self.file = file
        self.isIncomplete = errors != nil
        self.brokenLines = Set(errors?.diagnostics.map(\.span.start.line) ?? [])
        for diagnostic in errors?.diagnostics ?? [] {
            mistakes.append((diagnostic.span.start, "\(diagnostic.message); \(diagnostic.remedy)"))
        }
    }

    /// Something that is there and wrong.
    mutating func add(_ message: String, _ remedy: String, at position: SourcePosition) {
        guard !isFull, !brokenLines.contains(position.line) else { return }
        mistakes.append((position, "\(message); \(remedy)"))
    }

    /// Something that should be there and is not.
    mutating func addMissing(_ message: String, _ remedy: String, at position: SourcePosition = .start) {
        guard !isFull, !isIncomplete else { return }
        mistakes.append((position, "\(message); \(remedy)"))
    }

    mutating func warn(_ message: String, at position: SourcePosition) {
        guard warnings.count < Self.limit else { return }
        warnings.append((position, message))
    }

    var hasMistakes: Bool { !mistakes.isEmpty }

    /// Whether more mistakes would not be listed.
    var isFull: Bool { mistakes.count >= Self.limit }

    func error() -> ManifestError {
        ManifestError(
            diagnostics: inOrder(mistakes).map { position, message in
                ManifestDiagnostic(position: ManifestPosition(file: file, position), message: message)
            })
    }

    func allWarnings() -> [ManifestWarning] {
        inOrder(warnings).map { position, message in
            ManifestWarning(position: ManifestPosition(file: file, position), message: message)
        }
    }

    /// Sorted by place; the sort is made stable, so that output never varies.
    private func inOrder(_ findings: [(SourcePosition, String)]) -> [(SourcePosition, String)] {
        findings.enumerated().sorted { left, right in
            (left.element.0.offset, left.offset) < (right.element.0.offset, right.offset)
        }.map(\.element)
    }
}
