import NIOCore
import PulpCapability

// Waiting: the guest sleeps, its event loop does not.
extension WASISession {
    /// More than any program has descriptors for.
    private static let maximumSubscriptions: UInt32 = 4_096
    /// Longer than any call may take; keeps every sum of times far from overflow.
    private static let longestSleep: UInt64 = 365 * 86_400 * 1_000_000_000

    /// `sched_yield`: the guest goes on when the loop has looked after the others.
    func yield(_ call: inout GuestCall) -> SuspendedImport {
        let sleep = Sleep(call.caller)
        let bound = NIOLoopBound(sleep, eventLoop: call.caller.eventLoop)
        call.caller.eventLoop.execute { bound.value.end { _ in Errno.success.rawValue } }
        return sleep.suspended
    }

    /// `poll_oneoff`: descriptors are ready at once; a guest that asks for clocks alone sleeps till the first.
    func poll(_ call: inout GuestCall) -> SuspendedImport {
        let caller = call.caller
        let request: PollRequest
        switch self.readPoll(call) {
        case .success(let read): request = read
        case .failure(let failure): return SuspendedImport(caller: caller, result: failure.errno.rawValue)
        }
        guard request.ready.isEmpty, let earliest = request.timers.map(\.delay).min(), earliest > 0 else {
            let errno = request.answer(elapsed: 0, &call)
            return SuspendedImport(caller: caller, result: errno.rawValue)
        }
        let (start, monotonic) = (self.clocks.monotonic(), self.clocks.monotonic)
        let sleep = Sleep(caller)
        let bound = NIOLoopBound(sleep, eventLoop: caller.eventLoop)
        let delay = TimeAmount.nanoseconds(Int64(min(earliest, Self.longestSleep)))
        sleep.timer = self.clocks.timers.schedule(in: delay, on: caller.eventLoop) {
            bound.value.end { call in
                let now = monotonic()
                let elapsed = max(now > start ? now - start : 0, earliest)
                return request.answer(elapsed: elapsed, &call).rawValue
            }
        }
        return sleep.suspended
    }

    private func readPoll(_ call: borrowing GuestCall) -> Result<PollRequest, ErrnoError> {
        let (input, output, count, result) = (call.word(0), call.word(1), call.word(2), call.word(3))
        guard 1...Self.maximumSubscriptions ~= count else { return .failure(ErrnoError(errno: .inval)) }
        guard call.isInside(input, count: count * Subscription.byteCount),
            call.isInside(output, count: count * PollEvent.byteCount), call.isInside(result, count: 4)
        else { return .failure(ErrnoError(errno: .fault)) }
        var request = PollRequest(output: output, result: result)
        for index in 0..<count {
            let subscription = call.withBytes(
                at: input + index * Subscription.byteCount, count: Subscription.byteCount, { Subscription($0) })
            guard case .some(.some(let subscription)) = subscription else {
                return .failure(ErrnoError(errno: .inval))
            }
            self.add(subscription, to: &request, of: call.caller)
        }
        return .success(request)
    }

    private func add(_ subscription: Subscription, to request: inout PollRequest, of caller: any GuestCaller) {
        switch subscription {
        case .clock(let userWord, let id, let timeout, let isAbsolute):
            guard let now = self.clocks.reading(id) else {
                request.ready.append(PollEvent(userWord: userWord, kind: .clock, errno: .inval))
                return
            }
            let delay = isAbsolute ? (timeout > now ? timeout - now : 0) : timeout
            request.timers.append((userWord, delay))
        case .read(let userWord, let number):
            var event = PollEvent(userWord: userWord, kind: .read, errno: .badf)
            if let descriptor = self.descriptor(number, of: caller), descriptor.canRead {
                event.errno = .success
                event.flags = PollEvent.hangUp
            }
            request.ready.append(event)
        case .write(let userWord, let number):
            var event = PollEvent(userWord: userWord, kind: .write, errno: .badf)
            if let descriptor = self.descriptor(number, of: caller), descriptor.canWrite {
                event.errno = .success
                event.readyBytes = UInt64(Self.maximumWrittenBytes)
            }
            request.ready.append(event)
        }
    }
}

/// A `poll_oneoff` that was read and found good.
private struct PollRequest: Sendable {
    let output: UInt32
    let result: UInt32
    /// Answered at once.
    var ready: [PollEvent] = []
    /// Nanoseconds from the start of the call.
    var timers: [(userWord: UInt64, delay: UInt64)] = []

    /// Writes the events of all that is ready and of each timer that has run out; none is written in part.
    func answer(elapsed: UInt64, _ call: inout GuestCall) -> Errno {
        let ended = self.timers.filter { $0.delay <= elapsed }.map { PollEvent(userWord: $0.userWord, kind: .clock) }
        let events = self.ready + ended
        var bytes: [UInt8] = []
        bytes.reserveCapacity(events.count * Int(PollEvent.byteCount))
        for event in events { event.write(to: &bytes) }
        return call.store(bytes, at: self.output) && call.store(UInt32(events.count), at: self.result)
            ? .success : .fault
    }
}

/// A guest that sleeps. Confined to its loop.
private final class Sleep {
    let suspended: SuspendedImport
    private let state: State

    init(_ caller: any GuestCaller) {
        let state = State()
        self.state = state
        self.suspended = SuspendedImport(caller: caller) {
            state.isAbandoned = true
            state.timer?.cancel()
        }
    }

    var timer: PluginTimer? {
        get { self.state.timer }
        set { self.state.timer = newValue }
    }

    /// Wakes the guest, unless it has gone.
    func end(_ answer: @escaping (inout GuestCall) -> Int32) {
        if !self.state.isAbandoned { self.suspended.resume(answer) }
    }

    private final class State {
        var timer: PluginTimer?
        var isAbandoned = false
    }
}
