import NIOCore
import PulpManifest
import Testing

@testable import PulpRuntime

@Suite("A mailbox")
struct MailboxTests {
    @Test("gives back what it was given, in order, and refuses what does not fit")
    func order() {
        var mailbox = Mailbox<Int>(capacity: 3)
        let taken = [1, 2, 3, 4].map { mailbox.append($0) }
        #expect(taken == [true, true, true, false])
        let first = mailbox.popFirst()
        let isTaken = mailbox.append(5)
        let rest = mailbox.drain()
        #expect(first == 1 && isTaken && rest == [2, 3, 5])
        let none = mailbox.popFirst()
        #expect(mailbox.isEmpty && none == nil)
        _ = mailbox.append(6)
        #expect(mailbox.count == 1)
    }
}

@Suite("The crash policy")
struct CrashPolicyTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private static func decisions(
        _ restart: RestartPolicy, every pause: TimeAmount, count: Int, isClean: Bool = false, jitter: Double = 0.999_999
    ) -> [CrashPolicy.Decision] {
        var policy = CrashPolicy(restart)
        return (0..<count).map { index in
            policy.ended(
                isClean: isClean, at: Self.start + .nanoseconds(pause.nanoseconds * Int64(index)), jitter: jitter)
        }
    }

    private static func delays(_ decisions: [CrashPolicy.Decision]) -> [Int64] {
        decisions.compactMap { if case .restart(let delay) = $0 { delay.nanoseconds / 1_000_000 } else { nil } }
    }

    @Test("on_crash: waits twice as long each time, and gives up at the fifth crash in thirty seconds")
    func onCrash() {
        let quick = Self.decisions(.onCrash, every: .seconds(1), count: 5)
        #expect(Self.delays(quick) == [49, 99, 199, 399])
        #expect(quick.last == .fail)
        let atTheEdge = Self.decisions(.onCrash, every: .nanoseconds(7_499_999_999), count: 5)
        #expect(atTheEdge.last == .fail)
        let slow = Self.decisions(.onCrash, every: .milliseconds(7_500), count: 500)
        #expect(!slow.contains(.fail))
        let rare = Self.decisions(.onCrash, every: .seconds(31), count: 10)
        #expect(Self.delays(rare) == [Int64](repeating: 49, count: 10))
    }

    @Test("on_crash: a clean exit is the end")
    func cleanExit() {
        #expect(Self.decisions(.onCrash, every: .seconds(1), count: 1, isClean: true) == [.stop])
    }

    @Test("always: starts again after a clean exit too, never gives up, and never waits longer than ten seconds")
    func always() {
        let decisions = Self.decisions(.always, every: .milliseconds(10), count: 10_000)
        #expect(!decisions.contains(.fail) && !decisions.contains(.stop))
        #expect(Self.delays(decisions).max() == 9_999)
        #expect(Self.delays(Self.decisions(.always, every: .seconds(1), count: 3, isClean: true)) == [49, 99, 199])
    }

    @Test("never: the first crash is the last, a clean exit is no failure")
    func never() {
        #expect(Self.decisions(.never, every: .seconds(1), count: 2) == [.fail, .fail])
        #expect(Self.decisions(.never, every: .seconds(1), count: 1, isClean: true) == [.stop])
    }

    @Test("spreads restarts between half and all of the delay", arguments: [0, 0.25, 0.5, 0.999])
    func jitter(jitter: Double) {
        let delays = Self.delays(Self.decisions(.always, every: .milliseconds(1), count: 200, jitter: jitter))
        #expect(delays.first == Int64(50 * (0.5 + jitter / 2)))
        #expect(delays.allSatisfy { 25...10_000 ~= $0 })
    }
}
