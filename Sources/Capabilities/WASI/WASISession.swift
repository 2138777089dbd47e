import Logging
import PulpCapability
import PulpWire
import Synchronization

/// WASI for one plugin: what its instances share, and what each has open.
package final class WASISession: Sendable {
    let environment: EnvironmentBlock
    let clocks: WASIClocks
    let random: RandomSource
    let log: PluginLog
    /// Only instances that have written or changed something; the others are as at their start.
    private let instances = Mutex<[InstanceID: InstanceState]>([:])

    init(environment: EnvironmentBlock, clocks: WASIClocks, random: RandomSource, log: PluginLog) {
        self.environment = environment
        self.clocks = clocks
        self.random = random
        self.log = log
    }

    func descriptor(_ number: UInt32, of caller: any GuestCaller) -> Descriptor? {
        let instance = caller.instance
        return self.instances.withLock { ($0[instance]?.descriptors ?? DescriptorTable())[number] }
    }

    func change(_ caller: any GuestCaller, _ body: (inout DescriptorTable) -> Errno) -> Errno {
        let instance = caller.instance
        return self.instances.withLock { body(&$0[instance, default: InstanceState()].descriptors) }
    }

    /// Gives `body` the stream's line buffer, and writes what lines come out of it.
    func collectLines(
        _ stream: Descriptor.Stream, of instance: InstanceID,
        _ body: (inout LineBuffer, (RawSpan, Bool) -> Void) -> Void
    ) {
        var lines: [Line] = []
        self.instances.withLock { instances in
            body(&instances[instance, default: InstanceState()][stream]) { bytes, isCut in
                self.take(bytes, isCut, of: stream, into: &lines)
            }
        }
        self.write(lines)
    }

    /// The instance has ended: what it had begun to write is written.
    func end(_ instance: InstanceID) {
        self.finish(self.instances.withLock { $0.removeValue(forKey: instance).map { [$0] } ?? [] })
    }

    /// All instances have ended.
    func end() {
        self.finish(
            self.instances.withLock { instances in
                defer { instances = [:] }
                return Array(instances.values)
            })
    }

    private func finish(_ states: [InstanceState]) {
        var lines: [Line] = []
        for var state in states {
            for stream in [Descriptor.Stream.output, .error] {
                state[stream].flush { self.take($0, $1, of: stream, into: &lines) }
            }
        }
        self.write(lines)
    }

    private struct Line {
        let permit: PluginLog.Permit
        let stream: Descriptor.Stream
        let text: String
    }

    /// Keeps a line that may pass; one that may not costs no text.
    private func take(_ bytes: RawSpan, _ isCut: Bool, of stream: Descriptor.Stream, into lines: inout [Line]) {
        guard let permit = self.log.permit() else { return }
        let text = LogText.printable(bytes, limit: LogText.maximumMessageBytes, isCut: isCut)
        lines.append(Line(permit: permit, stream: stream, text: text))
    }

    private func write(_ lines: [Line]) {
        for line in lines {
            self.log.write(line.permit, line.stream.level, line.text, ["stream": "\(line.stream.name)"])
        }
    }
}

/// What WASI keeps of an instance that has written or changed something.
private struct InstanceState: Sendable {
    var descriptors = DescriptorTable()
    private var output = LineBuffer()
    private var error = LineBuffer()

    subscript(stream: Descriptor.Stream) -> LineBuffer {
        get { stream == .error ? self.error : self.output }
        _modify {
            if stream == .error { yield &self.error } else { yield &self.output }
        }
    }
}

extension Descriptor.Stream {
    /// Standard error is where most languages log by default, so it is not a warning by itself.
    var level: Logger.Level { self == .error ? .notice : .info }

    var name: String {
        switch self {
        case .input: "stdin"
        case .output: "stdout"
        case .error: "stderr"
        }
    }
}
