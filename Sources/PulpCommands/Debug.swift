import ArgumentParser
import PulpTOML
import PulpWire

/// `pulp debug`: Pulp's own readers and writers on standard input, to check them against other programs.
struct Debug: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "debug", abstract: "Pulp's TOML and MessagePack, from standard input to standard output.",
        subcommands: [DebugTOML.self, DebugMessagePack.self])
}

/// `pulp debug toml`.
struct DebugTOML: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "toml", abstract: "Reads TOML, prints the tagged JSON of the toml-test suite.",
        discussion: "Mistakes are listed on standard error as line:column: message, and the exit code is 1.")

    func run() throws {
        let bytes = try Input.all()
        do throws(TOMLErrors) {
            Output.line(try TOML.parse(bytes).taggedJSON())
        } catch {
            throw Problem(error.description.split(separator: "\n").map(String.init))
        }
    }
}

/// `pulp debug msgpack`.
struct DebugMessagePack: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "msgpack", abstract: "Reads MessagePack, prints JSON; with --reverse, the other way.",
        discussion: """
            What JSON cannot say is tagged: {"$bin": "base64"}, {"$ext": [type, "base64"]}, {"$time": [seconds, \
            nanoseconds]}, {"$float": "1.5"}, {"$map": [[key, value]]}. Several values in a row are printed one a line.
            """)

    @Flag(help: "Reads JSON, writes MessagePack.")
    var reverse = false

    func run() throws {
        let bytes = try Input.all()
        if self.reverse {
            Output.bytes(try Self.packed(bytes))
        } else {
            for line in try Self.unpacked(bytes) { Output.line(line) }
        }
    }

    static func packed(_ bytes: [UInt8]) throws(Problem) -> [UInt8] {
        do throws(DiagnosticJSONError) {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw DiagnosticJSONError(offset: 0, message: "JSON is UTF-8, and this is not")
            }
            return try DiagnosticJSON.value(of: text).encodedBytes()
        } catch {
            throw Problem("standard input: \(error)")
        }
    }

    static func unpacked(_ bytes: [UInt8]) throws(Problem) -> [String] {
        var lines: [String] = []
        var reader = unsafe MessagePackReader(bytes.span.bytes)
        do throws(WireError) {
            repeat {
                lines.append(DiagnosticJSON.text(of: try MessagePackValue(from: &reader)))
            } while reader.offset < bytes.count
        } catch {
            throw Problem("standard input: \(error)")
        }
        return lines
    }
}
