import Logging
import NIOCore
import Synchronization

/// A connection as the sweep of its loop sees it: an HTTP connection, or what took one over.
package protocol SweptConnection: AnyObject {
    /// Its place in the loop's list.
    var slot: Int { get set }
    /// Checks the deadlines.
    func sweep(_ now: NIODeadline)
    /// No further requests: closes when nothing is in flight.
    func drain()
    /// Closes now, whatever is in flight.
    func closeNow()
}

/// What the connections of one listener on one event loop share: routes, date, ids, and one timer for all deadlines.
///
/// `@unchecked Sendable`: touched on `eventLoop` only (checked in debug builds), but for the counters, which are atomic.
package final class ListenerLoop: @unchecked Sendable {
    let eventLoop: any EventLoop
    package let limits: ListenerConfiguration.Limits
    let logger: Logger
    let counters = LoopCounters()
    /// Set when the listener stops: a connection that comes now is closed, one that is added is not told again.
    package private(set) var isDraining = false
    /// The time of the last sweep: exact enough for deadlines, and free.
    package private(set) var coarseNow: NIODeadline

    private let wallClock: @Sendable () -> Int64
    private var routes: RouteSnapshot
    private var connections: [any SweptConnection] = []
    private(set) var isSweeping = false
    private var requestIDs = RequestIDs()
    private var spareBuffer = ByteBuffer()
    private var dateSecond = Int64.min
    private var dateLine = ByteBuffer()
    private var whenEmpty: [EventLoopPromise<Void>] = []

    /// - Parameter wallClock: Seconds since 1970 UTC.
    init(
        eventLoop: any EventLoop, limits: ListenerConfiguration.Limits, routes: RouteTable, logger: Logger,
        wallClock: @escaping @Sendable () -> Int64
    ) {
        self.eventLoop = eventLoop
        self.limits = limits
        self.logger = logger
        self.wallClock = wallClock
        self.routes = RouteSnapshot(routes)
        self.coarseNow = eventLoop.now
    }

    func nextRequestID() -> UInt64 { self.requestIDs.next() }

    func match(method: String, path: String) -> RouteTable.Match {
        self.routes.refresh()
        return self.routes.match(method: method, path: path)
    }

    func match(
        _ kind: RouteKind, path: String
    ) -> (owner: any RouteOwner, parameters: [(name: String, value: String)])? {
        self.routes.refresh()
        return self.routes.match(kind, path: path)
    }

    /// Who answers what no route matches. After a match.
    var fallback: (any RouteOwner)? { self.routes.fallback }

    // MARK: Buffers

    /// An empty buffer; its storage is used again when the last one given back is nobody else's by now.
    func takeBuffer() -> ByteBuffer {
        var buffer = ByteBuffer()
        swap(&buffer, &self.spareBuffer)
        if buffer.capacity == 0 { return ByteBufferAllocator().buffer(capacity: 512) }
        buffer.clear()
        return buffer
    }

    func newBuffer(capacity: Int) -> ByteBuffer {
        ByteBufferAllocator().buffer(capacity: capacity)
    }

    func giveBack(_ buffer: consuming ByteBuffer) {
        // A large one would stay for ever.
        if buffer.capacity <= 64 * 1024 { self.spareBuffer = buffer }
    }

    func writeDate(to buffer: inout ByteBuffer) {
        let second = self.wallClock()
        if second != self.dateSecond {
            self.dateSecond = second
            self.dateLine = ByteBuffer(string: "Date: " + HTTPDate.text(second) + "\r\n")
        }
        buffer.writeImmutableBuffer(self.dateLine)
    }

    // MARK: Connections

    /// Has `connection` swept, drained and closed with the others, until ``remove(_:)``.
    package func add(_ connection: any SweptConnection) {
        self.eventLoop.assertInEventLoop()
        connection.slot = self.connections.count
        self.connections.append(connection)
        guard !self.isSweeping else { return }
        self.isSweeping = true
        self.coarseNow = self.eventLoop.now
        self.scheduleSweep()
    }

    package func remove(_ connection: any SweptConnection) {
        self.eventLoop.assertInEventLoop()
        let slot = connection.slot
        guard slot >= 0, slot < self.connections.count, self.connections[slot] === connection else { return }
        let last = self.connections.removeLast()
        if last !== connection {
            last.slot = slot
            self.connections[slot] = last
        }
        connection.slot = -1
        if self.connections.isEmpty { self.signalEmpty() }
    }

    /// Completes when the last connection has gone.
    func drain() -> EventLoopFuture<Void> {
        self.eventLoop.assertInEventLoop()
        self.isDraining = true
        for connection in self.connections { connection.drain() }
        let promise = self.eventLoop.makePromise(of: Void.self)
        self.whenEmpty.append(promise)
        if self.connections.isEmpty { self.signalEmpty() }
        return promise.futureResult
    }

    func closeAll() {
        self.eventLoop.assertInEventLoop()
        self.isDraining = true
        for connection in self.connections { connection.closeNow() }
    }

    private func signalEmpty() {
        let waiting = self.whenEmpty
        self.whenEmpty = []
        for promise in waiting { promise.succeed() }
    }

    /// One timer for all connections of the loop, and none when there are none.
    private func scheduleSweep() {
        self.eventLoop.assumeIsolated().scheduleTask(in: self.limits.sweepInterval) { self.sweep() }
    }

    private func sweep() {
        guard !self.connections.isEmpty else {
            self.isSweeping = false
            return
        }
        self.coarseNow = self.eventLoop.now
        // A copy: a connection that closes leaves the list.
        let connections = self.connections
        for connection in connections { connection.sweep(self.coarseNow) }
        self.scheduleSweep()
    }
}

/// Request ids in blocks, so that loops do not contend for one counter.
struct RequestIDs {
    private static let nextBlock = Atomic<UInt64>(0)
    private static let blockSize: UInt64 = 1 << 16
    private var upcoming: UInt64 = 0
    private var left: UInt64 = 0

    mutating func next() -> UInt64 {
        if self.left == 0 {
            let block = Self.nextBlock.wrappingAdd(1, ordering: .relaxed).oldValue
            // From 1, so that no request has the id 0.
            self.upcoming = block &* Self.blockSize &+ 1
            self.left = Self.blockSize
        }
        self.left -= 1
        defer { self.upcoming &+= 1 }
        return self.upcoming
    }
}

/// What one loop has counted; written there, read anywhere.
final class LoopCounters: Sendable {
    let requests = Atomic<UInt64>(0)
    let accepted = Atomic<UInt64>(0)
    let refused = Atomic<UInt64>(0)
    let timedOut = Atomic<UInt64>(0)
    let malformed = Atomic<UInt64>(0)

    /// Only the loop writes, so no locked instruction is needed.
    @inline(__always)
    static func count(_ counter: borrowing Atomic<UInt64>) {
        counter.store(counter.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, by arithmetic: no locale, no time zone data.
enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// - Parameter second: Since 1970 UTC; held to the years 1970 to 9999.
    static func text(_ second: Int64) -> String {
        let second = Int(min(max(second, 0), 253_402_300_799))
        let (day, rest) = second.quotientAndRemainder(dividingBy: 86_400)
        // Days are counted from 1 March of the year 0, so that the leap day is the last of its year.
        let shifted = day + 719_468
        let (era, dayOfEra) = shifted.quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 2 : marchMonth - 10
        let year = era * 400 + yearOfEra + (month < 2 ? 1 : 0)
        let time = [rest / 3600, rest / 60 % 60, rest % 60].map(Self.twoDigits).joined(separator: ":")
        let date = "\(Self.twoDigits(dayOfMonth)) \(Self.months[month]) \(year)"
        return "\(Self.days[day % 7]), \(date) \(time) GMT"
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
