import NIOCore
import PulpCapability
import PulpWire
import Synchronization

extension Fetch {
    /// Who takes the body.
    enum Outlet {
        /// Nobody yet: one part is kept, and no more is read from the server.
        case none
        /// A call of `http_fetch_read` for at most so many bytes.
        case reader(Int, (HTTPFetchPart) -> Void)
        /// `http_fetch`, for all of it.
        case collector(BodyCollector)
        /// Another capability's client.
        case sink(any BodySink)
    }

    /// Reads the next part of at most `count` bytes, waiting for it if need be. On any thread.
    ///
    /// - Parameter completion: Called once, on the fetch's loop.
    func read(_ count: Int, _ completion: @escaping @Sendable (HTTPFetchPart) -> Void) {
        self.onLoop { fetch in
            fetch.used()
            if fetch.pending.readableBytes > 0 {
                let bytes = fetch.pending.readBytes(length: min(count, fetch.pending.readableBytes)) ?? []
                completion(HTTPFetchPart(bytes: bytes))
                if fetch.pending.readableBytes == 0 { fetch.proceed() }
            } else if let ending = fetch.ending {
                completion(HTTPFetchPart(ending: ending))
            } else if case .none = fetch.outlet {
                fetch.outlet = .reader(count, completion)
                fetch.proceed()
            } else {
                completion(HTTPFetchPart(error: "another call reads this stream"))
            }
        }
    }

    /// The guest that reads has gone: what comes is for the next one. On any thread.
    func stopReading() {
        self.onLoop { fetch in
            if case .reader = fetch.outlet { fetch.outlet = .none }
        }
    }

    private func onLoop(_ body: @escaping @Sendable (Fetch) -> Void) {
        if self.loop.inEventLoop {
            body(self)
        } else {
            self.loop.execute { body(self) }
        }
    }
}

extension Fetch: BodySource {
    func splice(to sink: any BodySink) {
        self.onLoop { fetch in
            if case .reader(_, let completion) = fetch.outlet {
                completion(HTTPFetchPart(error: "the stream is passed on"))
            }
            fetch.outlet = .sink(sink)
            if fetch.pending.readableBytes > 0 {
                let part = fetch.pending
                fetch.pending = ByteBuffer()
                let goesOn = sink.receive(part)
                if let ending = fetch.ending { return sink.end(failure: ending?.message) }
                if goesOn { fetch.proceed() }
            } else if let ending = fetch.ending {
                sink.end(failure: ending?.message)
            } else {
                fetch.proceed()
            }
        }
    }

    func resume() {
        self.onLoop { $0.proceed() }
    }

    func cancel() {
        self.onLoop { $0.fail(FetchFailure(.closed, "the fetch was given up")) }
    }
}

/// What one read of a stream gives.
struct HTTPFetchPart: Sendable {
    let chunk: HTTPFetchChunk

    init(bytes: [UInt8]) {
        self.chunk = HTTPFetchChunk(bytes: bytes)
    }

    init(ending: FetchFailure?) {
        self.chunk = HTTPFetchChunk(eof: ending == nil, err: ending?.message ?? "")
    }

    init(error: String) {
        self.chunk = HTTPFetchChunk(err: error)
    }
}

/// Keeps a whole body for `http_fetch`, within the call's limit and the plugin's. Confined to the fetch's loop.
final class BodyCollector {
    private(set) var bytes: [UInt8] = []
    private let limit: Int
    private let budget: ByteBudget
    private var taken = 0
    /// Called once, when the body is whole or broke off.
    private var onEnd: ((Result<[UInt8], FetchFailure>) -> Void)?

    init(limit: Int, budget: ByteBudget, onEnd: @escaping (Result<[UInt8], FetchFailure>) -> Void) {
        self.limit = limit
        self.budget = budget
        self.onEnd = onEnd
    }

    deinit {
        self.budget.giveBack(self.taken)
    }

    /// Nil when there was room.
    func add(_ part: ByteBuffer) -> FetchFailure? {
        let count = part.readableBytes
        guard self.bytes.count + count <= self.limit else {
            return FetchFailure(
                .tooLarge, "the body has more than \(self.limit) bytes: raise max_body_bytes, or read it as a stream")
        }
        guard self.budget.take(count) else {
            return FetchFailure(
                .limit, "the bodies being fetched have more than max_buffered_bytes together: raise it, or use streams")
        }
        self.taken += count
        self.bytes.append(contentsOf: part.readableBytesView)
        return nil
    }

    func end(_ failure: FetchFailure?) {
        let handler = self.onEnd
        self.onEnd = nil
        if let failure { return handler?(.failure(failure)) ?? () }
        let bytes = self.bytes
        self.bytes = []
        handler?(.success(bytes))
    }
}

/// Bytes that all calls of a plugin may hold together.
final class ByteBudget: Sendable {
    private let left: Atomic<Int>

    init(_ count: Int) {
        self.left = Atomic(count)
    }

    func take(_ count: Int) -> Bool {
        guard self.left.subtract(count, ordering: .relaxed).newValue < 0 else { return true }
        self.left.add(count, ordering: .relaxed)
        return false
    }

    func giveBack(_ count: Int) {
        self.left.add(count, ordering: .relaxed)
    }
}
