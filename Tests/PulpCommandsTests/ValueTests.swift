import Foundation
import Logging
import Pulp
import Testing

@testable import PulpCommands

@Suite("Values of the commands")
struct ValueTests {
    private static let header: [UInt8] = [0x00, 0x61, 0x73, 0x6D, 1, 0, 0, 0]

    @Test("A module that is cut anywhere gives sections or a fault inside of it")
    func cutModules() throws {
        let whole = try Places.bytes("Examples/echo/echo.wasm")
        let all = try ModuleSections(whole).sections
        #expect(all.count > 5)
        for count in 0..<min(whole.count, 4096) {
            do throws(ModuleSections.Fault) {
                let module = try ModuleSections(Array(whole.prefix(count)))
                #expect(module.sections == Array(all.prefix(module.sections.count)))
            } catch {
                #expect(0...count ~= error.offset)
            }
        }
    }

    @Test("A module with a byte changed never ends the reader otherwise than by a result or a fault")
    func changedModules() throws {
        let whole = Array(try Places.bytes("Examples/echo/echo.wasm").prefix(2048))
        var faults = 0
        for index in whole.indices {
            for value: UInt8 in [0x00, 0x7F, 0x80, 0xFF] {
                var bytes = whole
                bytes[index] = value
                if (try? ModuleSections(bytes)) == nil { faults += 1 }
            }
        }
        #expect(faults > 0)
    }

    @Test(
        "Numbers that lie are faults, and nothing is allocated for them",
        arguments: [
            // A section of 4 GiB, of more than 32 bits, of a number without end; names and counts beyond the section.
            [0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
            [0x01, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], [0x00, 0x01, 0x7F],
            [0x05, 0x05, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0x2A, 0x00], [0x08, 0x00],
        ] as [[UInt8]])
    func lies(section: [UInt8]) {
        #expect(throws: ModuleSections.Fault.self) { try ModuleSections(Self.header + section) }
    }

    @Test("A component and another version are told apart from what is no module")
    func headers() {
        func message(_ bytes: [UInt8]) -> String {
            do throws(ModuleSections.Fault) {
                _ = try ModuleSections(bytes)
                return ""
            } catch { return error.message }
        }
        #expect(message(Array("text".utf8)).contains("not WebAssembly"))
        #expect(message([]).contains("not WebAssembly"))
        #expect(message([0, 0x61, 0x73, 0x6D, 0x0D, 0, 1, 0]).contains("component"))
        #expect(message([0, 0x61, 0x73, 0x6D, 2, 0, 0, 0]).contains("version 1"))
        #expect(message([0, 0x61, 0x73, 0x6D, 1]).contains("ends in its header"))
        #expect(message(Self.header) == "")
    }

    @Test("More sections than a module has are refused")
    func tooManySections() {
        let empty: [UInt8] = [0x00, 0x01, 0x00]
        let bytes = Self.header + Array(repeatElement(empty, count: ModuleSections.maximumSections + 1).joined())
        #expect(throws: ModuleSections.Fault.self) { try ModuleSections(bytes) }
    }

    @Test("A log line is one line, with values quoted where they need it")
    func logText() {
        let line = LogLine(
            time: "T", level: .warning, message: "bad\nnews\u{1B}[31m",
            fields: [("plugin", "a b"), ("key", "x=\"y\""), ("plain", "1"), ("none", "")])
        #expect(
            line.text
                == #"T warning  bad\nnews\u{1b}[31m plugin="a b" key="x=\"y\"" plain=1 none="""#)
    }

    @Test("A log line in JSON keeps its own keys, and is read back whole")
    func logJSON() throws {
        let line = LogLine(
            time: "T", level: .info, message: "a\u{7}b", fields: [("level", "forged"), ("$bin", "x"), ("plugin", "p")])
        let object = try JSONSerialization.jsonObject(with: Data(line.json.utf8)) as? [String: String]
        #expect(
            object == [
                "time": "T", "level": "info", "message": "a\u{7}b", "field_level": "forged", "field_$bin": "x",
                "plugin": "p",
            ])
        #expect(!line.json.contains("\u{7}"))
    }

    @Test("Whose line it is comes first among a line's fields")
    func fieldOrder() {
        #expect(["b", "plugin", "a"].sorted(by: LogLine.precedes) == ["plugin", "a", "b"])
    }

    @Test("What a request leaves out has defaults, and a query in the path is taken apart")
    func requests() throws {
        let empty = try StepPayload.request([])
        #expect(empty.method == "GET" && empty.path == "/" && empty.id == 1 && empty.host == "localhost")
        let payload = try StepPayload.value(Array(#"{"path": "/a?b=c%20d+e&f", "method": "PUT"}"#.utf8), .json)
        let request = try StepPayload.request(payload)
        #expect(request.path == "/a" && request.method == "PUT")
        #expect(request.query == ["b": "c d e", "f": ""])
    }

    @Test("Quantities are read as people say them")
    func quantities() {
        #expect(Quantity.bytes(1023) == "1023 B" && Quantity.bytes(1536) == "1.5 KiB")
        #expect(Quantity.bytes(3 << 20) == "3.0 MiB")
        #expect(Quantity.duration(.microseconds(42)) == "42.0 us" && Quantity.duration(.milliseconds(1500)) == "1.5 s")
    }
}
