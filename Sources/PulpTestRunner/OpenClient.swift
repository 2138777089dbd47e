/// What a client can have open.
enum OpenKind: Sendable {
    case request
    case eventStream
    case webSocket

    var words: String {
        switch self {
        case .request: "a request"
        case .eventStream: "an event stream"
        case .webSocket: "a WebSocket"
        }
    }
}

/// A connection of a test's, and how what comes on it is read.
struct OpenClient {
    let kind: OpenKind
    let connection: ClientConnection
    /// The peer has closed the WebSocket; its connection may end later.
    private(set) var isClosed = false
    // One of these, and what it is made of grows where it is.
    private var answer = AnswerReader(to: "")
    private var events = EventReader()
    private var chunks: ChunkReader?
    private var frames = FrameReader()

    private init(_ kind: OpenKind, _ connection: ClientConnection) {
        self.kind = kind
        self.connection = connection
    }

    static func request(_ connection: ClientConnection, method: String) -> OpenClient {
        var client = OpenClient(.request, connection)
        client.answer = AnswerReader(to: method)
        return client
    }

    /// - Parameter head: What the host has answered to the subscription.
    static func eventStream(_ connection: ClientConnection, head: TestAnswer) -> OpenClient {
        var client = OpenClient(.eventStream, connection)
        client.chunks = head.isChunked ? ChunkReader() : nil
        return client
    }

    static func webSocket(_ connection: ClientConnection) -> OpenClient { OpenClient(.webSocket, connection) }

    /// Reads what has come of the answer to a request.
    mutating func readAnswer() -> AnswerReader {
        let isLast = self.connection.isClosed
        self.answer.read(self.connection.takeAll(), isLast: isLast)
        return self.answer
    }

    /// Reads what has come on a stream or a WebSocket.
    ///
    /// - Returns: Frames to be sent in return.
    mutating func read(as name: String, into received: inout TestClient.Received) -> [[UInt8]] {
        switch self.kind {
        case .request: return []
        case .eventStream:
            var bytes = self.connection.takeAll()
            if self.chunks != nil { bytes = self.chunks?.read(bytes) ?? [] }
            for var event in self.events.read(bytes) {
                event.stream = name
                received.events.append(event)
            }
            return []
        case .webSocket:
            return self.frames.read(self.connection.takeAll()).compactMap { self.take($0, name, &received) }
        }
    }

    /// - Returns: A frame to be sent in return.
    private mutating func take(
        _ frame: FrameReader.Frame, _ name: String, _ received: inout TestClient.Received
    ) -> [UInt8]? {
        switch frame {
        case .message(let message):
            received.messages.append((name, message))
            return nil
        case .ping(let payload): return FrameReader.frame(0xA, payload)
        case .close(let code):
            received.closed[name] = code
            self.isClosed = true
            let isCode = code >= 1000 && code != 1005 && code != 1006
            return FrameReader.frame(0x8, isCode ? [UInt8(code >> 8), UInt8(code & 0xFF)] : [])
        }
    }
}
