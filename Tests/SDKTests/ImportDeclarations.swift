import Foundation
import Pulp
import PulpCapability
import Testing

/// The host's imports as each SDK's language declares them, made from the tables that the host links.
enum ImportDeclarations: String, CaseIterable, CustomTestStringConvertible {
    case swift = "Sources/PulpGuest/Imports.swift"
    case c = "SDKs/c/pulp.h"
    case rust = "SDKs/rust/src/imports.rs"
    case go = "SDKs/go/imports.go"
    case zig = "SDKs/zig/src/imports.zig"

    /// Where the declarations are, from the repository's folder.
    var path: String { self.rawValue }
    var testDescription: String { self.path }

    /// The file, or of C's header the part between its two marks.
    var text: String {
        // Other shapes are for guests that imitate older ones, which are written in C.
        let functions = Self.functions.filter { self == .c || $0.name == $0.imported }
        return Self.header(self) + functions.map { self.declaration($0) }.joined(separator: self == .c ? "" : "\n")
            + (self == .rust ? "}\n" : "")
    }

    /// What a parameter is to a guest. The tables name every word by what it means.
    private enum Kind {
        case bytes, pointerOut, wordOut, word

        init(_ name: String) {
            self =
                name.hasSuffix("ptr_out")
                ? .pointerOut
                : name.hasSuffix("len_out") || name == "count_ptr"
                    ? .wordOut
                    : name == "ptr" || name.hasSuffix("_ptr") ? .bytes : .word
        }
    }

    /// One function of the module `pulp`.
    private struct Function {
        let name: String
        /// The name in the module; another one where a function has several shapes.
        let imported: String
        let summary: String
        let parameters: [(name: String, kind: Kind)]
    }

    /// Sorted as the documentation is. Of several shapes the first; C has the others as `NAME_PARAMETERS`.
    private static let functions: [Function] = Registry.everything().entries.flatMap { entry in
        var seen: Set<String> = []
        return entry.signatures.filter { $0.module == "pulp" }.map { signature in
            let isFirst = seen.insert(signature.name).inserted
            return Function(
                name: isFirst ? signature.name : "\(signature.name)_\(signature.parameters.count)",
                imported: signature.name, summary: signature.summary,
                parameters: signature.parameters.map { ($0.name, Kind($0.name)) })
        }
    }

    private static func header(_ language: Self) -> String {
        let mark = "Made from the host's tables of imports by Tests/SDKTests; do not edit."
        return switch language {
        case .swift:
            """
            // \(mark)
            // The host's functions, as the module `pulp` imports them; each answers a status. See `docs/abi.md`.

            """ + "\n"
        case .c: "// \(mark) Each answers a status.\n"
        case .rust:
            """
            //! The host's functions, as the module `pulp` imports them; each answers a status. See `docs/abi.md`.
            // \(mark)

            #[link(wasm_import_module = "pulp")]
            extern "C" {

            """
        case .go:
            """
            // \(mark)

            package pulp

            import "unsafe"

            // The host's functions, as the module pulp imports them; each answers a status. See docs/abi.md.

            """ + "\n"
        case .zig:
            """
            //! The host's functions, as the module `pulp` imports them; each answers a status. See `docs/abi.md`.
            // \(mark)


            """
        }
    }

    private func declaration(_ function: Function) -> String {
        switch self {
        case .swift:
            let parameters = Self.list(function) { "_ \(Self.camel($0)): \(Self.swiftType($1))" }
            return """
                /// \(function.summary)
                @_extern(wasm, module: "pulp", name: "\(function.imported)")
                @_extern(c)
                func \(function.name)(\(Self.wrapped(parameters, after: 5 + function.name.count))) -> Int32

                """
        case .c:
            let marked =
                function.name == function.imported
                ? "PULP_IMPORT(\(function.name))"
                : "__attribute__((import_module(\"pulp\"), import_name(\"\(function.imported)\"))) \(function.name)"
            let parameters = Self.list(function) { "\(Self.cType($1))\($0)" }
            return "// \(function.summary)\nint32_t \(marked)(\(parameters));\n"
        case .rust:
            let parameters = Self.list(function) { "\($0): \(Self.rustType($1))" }
            return "    /// \(function.summary)\n    pub fn \(function.name)(\(parameters)) -> i32;\n"
        case .go:
            let parameters = Self.list(function) { "\(Self.camel($0)) \($1 == .word ? "uint32" : "unsafe.Pointer")" }
            return """
                // \(function.summary)
                //
                //go:wasmimport pulp \(function.imported)
                func \(Self.camel(function.name))(\(parameters)) int32

                """
        case .zig:
            let parameters = Self.list(function) { "\($0): \(Self.zigType($1))" }
            return "/// \(function.summary)\npub extern \"pulp\" fn \(function.name)(\(parameters)) i32;\n"
        }
    }

    private static func list(_ function: Function, _ one: (String, Kind) -> String) -> String {
        function.parameters.map { one($0.name, $0.kind) }.joined(separator: ", ")
    }

    /// Swift's formatter wants lines of 120 columns at most.
    private static func wrapped(_ parameters: String, after column: Int) -> String {
        guard column + parameters.count + 11 > 120 else { return parameters }
        let words = parameters.components(separatedBy: ", ")
        var lines = [""]
        for (index, word) in words.enumerated() {
            let piece = word + (index == words.count - 1 ? "" : ",")
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = "    " + piece
            } else if last.count + piece.count + 1 <= 120 {
                lines[lines.count - 1] += " " + piece
            } else {
                lines.append("    " + piece)
            }
        }
        return "\n" + lines.joined(separator: "\n") + "\n"
    }

    private static func camel(_ name: String) -> String {
        let words = name.split(separator: "_")
        return words.dropFirst().reduce(String(words.first ?? "")) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    }

    private static func swiftType(_ kind: Kind) -> String {
        switch kind {
        case .bytes: "UnsafeRawPointer?"
        case .pointerOut: "UnsafeMutablePointer<UnsafeMutableRawPointer?>"
        case .wordOut: "UnsafeMutablePointer<UInt32>"
        case .word: "UInt32"
        }
    }

    private static func cType(_ kind: Kind) -> String {
        switch kind {
        case .bytes: "const void *"
        case .pointerOut: "void **"
        case .wordOut: "uint32_t *"
        case .word: "uint32_t "
        }
    }

    private static func rustType(_ kind: Kind) -> String {
        switch kind {
        case .bytes: "*const u8"
        case .pointerOut: "*mut *mut u8"
        case .wordOut: "*mut u32"
        case .word: "u32"
        }
    }

    private static func zigType(_ kind: Kind) -> String {
        switch kind {
        case .bytes: "?[*]const u8"
        case .pointerOut: "*?[*]u8"
        case .wordOut: "*u32"
        case .word: "u32"
        }
    }
}
