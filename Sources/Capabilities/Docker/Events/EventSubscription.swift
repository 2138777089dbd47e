import Foundation
import Logging
import NIOCore
import PulpCapability
import PulpWire

/// Listens to what the engine says of the plugin's containers, for as long as the session lives.
///
/// A connection that ends is made again after a second, then two, up to thirty. The engine is then asked for what has
/// happened since a little before the last event, and what is known already is left out: nothing is lost but what
/// the engine itself has forgotten (it keeps 256 events, and none when it is started anew).
struct EventSubscription {
    /// What the engine says of a container.
    private struct Message: Decodable {
        struct Actor: Decodable {
            let id: String
            let attributes: [String: String]?

            enum CodingKeys: String, CodingKey {
                case id = "ID"
                case attributes = "Attributes"
            }
        }

        let action: String
        let actor: Actor
        let timeNano: Int64

        enum CodingKeys: String, CodingKey {
            case action = "Action"
            case actor = "Actor"
            case timeNano
        }
    }

    /// What a plugin hears of: the reference's five, and the end of memory.
    static let actions = ["start", "stop", "die", "restart", "destroy", "oom"]
    private static let firstPause = Duration.seconds(1)
    private static let longestPause = Duration.seconds(30)
    /// Events may be told out of order by so much.
    private static let overlap: Int64 = 1_000_000_000
    private static let longestLine = 64 << 10

    let session: DockerSession

    func run() async {
        var pause = Self.firstPause
        var isLost = false
        while !Task.isCancelled {
            do {
                try await self.listen {
                    if isLost { self.session.say(.notice, "the Docker engine is there again") }
                    pause = Self.firstPause
                    isLost = false
                }
            } catch is CancellationError {
                return
            } catch {
                if !isLost, !Task.isCancelled {
                    self.session.say(.warning, "no events of containers come in", ["reason": "\(error)"])
                }
            }
            isLost = true
            do { try await Task.sleep(for: pause) } catch { return }
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private func listen(_ connected: () -> Void) async throws {
        let filters = self.session.policy.filters(["type": ["container"], "event": Self.actions])
        let query = [
            ("since", Timestamp.query(self.session.events.latest - Self.overlap)),
            ("filters", try EngineFilters.text(filters)),
        ]
        let start = self.session.events.start
        try await self.session.engine.stream(EngineRequest(.get, "/events", query: query), by: nil, isProbe: true) {
            body in
            connected()
            self.session.cleanups.start { try? await self.session.removeOrphans() }
            var lines = Lines(longest: Self.longestLine)
            while let bytes = try await body.next() {
                lines.append(bytes)
                while let line = try lines.next() { try self.add(line, after: start) }
            }
        }
        throw EngineFault.gone
    }

    private func add(_ line: ByteBuffer, after start: Int64) throws {
        guard line.readableBytes > 0 else { return }
        let message = try EngineClient.decode(line, as: Message.self)
        guard message.timeNano > start, Self.actions.contains(message.action),
            self.session.policy.owns(message.actor.attributes)
        else { return }
        self.session.events.append(
            DockerEvent(
                timestamp: message.timeNano, containerID: message.actor.id,
                name: message.actor.attributes?["name"] ?? "", action: message.action),
            now: self.session.parts.wallTime())
    }
}

/// Cuts bytes into lines; one that is too long is an error.
struct Lines {
    private let longest: Int
    private var buffer = ByteBuffer()
    /// Bytes at the front of `buffer` that are known to hold no end of a line.
    private var searched = 0

    init(longest: Int) {
        self.longest = longest
    }

    mutating func append(_ bytes: ByteBuffer) {
        var bytes = bytes
        self.buffer.writeBuffer(&bytes)
    }

    /// The next whole line, without its end.
    mutating func next() throws(EngineFault) -> ByteBuffer? {
        let view = self.buffer.readableBytesView
        guard let end = view.dropFirst(self.searched).firstIndex(of: 0x0A) else {
            self.searched = view.count
            guard view.count <= self.longest else { throw .garbled("a line is longer than any") }
            return nil
        }
        let line = self.buffer.readSlice(length: end - view.startIndex)
        self.buffer.moveReaderIndex(forwardBy: 1)
        self.buffer.discardReadBytes()
        self.searched = 0
        return line
    }

    /// What is left at the end.
    var rest: ByteBuffer { self.buffer }
}
