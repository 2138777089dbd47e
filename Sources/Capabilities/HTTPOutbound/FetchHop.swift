import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// One request and its answer, of the one or several that a fetch makes.
///
/// `@unchecked Sendable`: every method runs on the fetch's loop, since client, connection and delegate live there.
final class FetchHop: HTTPClientResponseDelegate, @unchecked Sendable {
    typealias Response = Void

    /// Nil when the fetch has gone on or is over: what still comes is dropped, and the request ended.
    private var fetch: Fetch?
    private let client: FetchClients.Pinned
    private(set) var isSent = false
    private(set) var isAnswered = false
    private var task: HTTPClient.Task<Void>?

    init(_ fetch: Fetch, _ client: FetchClients.Pinned) {
        self.fetch = fetch
        self.client = client
    }

    /// Sends the request; the loan of the client ends with the request's own end.
    func run(_ request: HTTPClient.Request, on loop: any EventLoop, of clients: FetchClients) {
        let task = self.client.client.execute(
            request: request, delegate: self, eventLoop: .delegate(on: loop), deadline: nil, logger: nil)
        self.task = task
        task.futureResult.whenComplete { result in
            self.task = nil
            clients.giveBack(self.client)
            let fetch = self.fetch
            self.fetch = nil
            fetch?.completed(self, result)
        }
    }

    /// Lets go of the fetch, and ends the request if it still runs.
    func drop() {
        self.fetch = nil
        // Not at once: this may be inside a call of the client's, which is not to find itself ended on return.
        guard let task = self.task else { return }
        task.eventLoop.execute { task.cancel() }
    }

    func didSendRequestHead(task: HTTPClient.Task<Void>, _ head: HTTPRequestHead) {
        self.isSent = true
    }

    func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        self.isAnswered = true
        return self.fetch?.received(head, self) ?? self.refused(task)
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        self.fetch?.received(buffer) ?? self.refused(task)
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) {}

    /// An error here is how a delegate ends its request.
    private func refused(_ task: HTTPClient.Task<Void>) -> EventLoopFuture<Void> {
        task.eventLoop.makeFailedFuture(HTTPClientError.cancelled)
    }
}
