import Foundation
import Pulp

/// What came of one step.
struct StepReport {
    let plugin: PluginSpec
    let event: String
    let payloadBytes: Int
    /// What `pulp_step` returned.
    let result: Int32
    /// What it did with HTTP, when the event was a request.
    let http: StepHTTP?
    let loading: Duration
    let stepping: Duration
    let memoryBytes: Int

    /// More of a body is not for reading.
    private static let maximumShownBytes = 64 << 10

    var text: String {
        var lines = [
            Self.row("plugin", "\(Output.printable(self.plugin.name)) \(Output.printable(self.plugin.version))"),
            Self.row("event", "\(self.event), \(Quantity.bytes(self.payloadBytes))"),
            Self.row("result", "\(self.result)"),
            Self.row(
                "time", "\(Quantity.duration(self.stepping)) (before that \(Quantity.duration(self.loading)) to load)"),
            Self.row("memory", Quantity.bytes(self.memoryBytes)),
        ]
        if let http { lines += self.answer(http) }
        return lines.joined(separator: "\n")
    }

    private func answer(_ http: StepHTTP) -> [String] {
        guard let answer = http.answer else {
            let noun = self.plugin.dialect == .cell ? "cell" : "plugin"
            let none = "none; the client would get 500 \"\(noun) did not respond\""
            return [Self.row("answer", http.isDeferred ? "none yet: the plugin called http_defer" : none)]
        }
        var lines = [Self.row("answer", "status \(answer.status == 0 ? 200 : answer.status)")]
        for field in answer.headers.fields {
            lines.append(Self.row("", Output.printable("\(field.name): \(field.value)", limit: 2048)))
        }
        for cookie in answer.cookies {
            lines.append(Self.row("", Output.printable("Set-Cookie: \(cookie)", limit: 2048)))
        }
        return lines + [""] + self.body(answer.body)
    }

    /// Text as it is, line by line; what is no text is only counted.
    private func body(_ bytes: [UInt8]) -> [String] {
        guard !bytes.isEmpty else { return ["(no body)"] }
        guard let text = String(validating: bytes, as: UTF8.self), !text.contains("\0") else {
            return ["(\(Quantity.bytes(bytes.count)) that are not text)"]
        }
        let shown = text.utf8.count <= Self.maximumShownBytes ? text : String(text.prefix(Self.maximumShownBytes / 4))
        let isCut = shown.utf8.count < text.utf8.count
        let lines = shown.split(omittingEmptySubsequences: false) { $0.isNewline }
        let printable = lines.map { Output.printable(String($0), limit: Self.maximumShownBytes) }
        return printable + (isCut ? ["(\(Quantity.bytes(bytes.count)) in all)"] : [])
    }

    private static func row(_ name: String, _ value: String) -> String {
        name.padding(toLength: 10, withPad: " ", startingAt: 0) + value
    }
}
