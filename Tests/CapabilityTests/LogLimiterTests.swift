import NIOCore
import PulpCapability
import PulpTesting
import Testing

@Suite struct LogLimiterTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    @Test("the burst passes, then nothing until a second's worth of room is back")
    func hysteresis() {
        var limiter = LogLimiter(linesPerSecond: 10, burst: 20, now: Self.start)
        for _ in 0..<20 { #expect(limiter.admit(at: Self.start) == .pass) }
        #expect(limiter.admit(at: Self.start) == .drop)
        #expect(limiter.admit(at: Self.start + .milliseconds(999)) == .drop)
        #expect(limiter.admit(at: Self.start + .seconds(1)) == .passAfter(.init(lines: 2)))
        for _ in 0..<9 { #expect(limiter.admit(at: Self.start + .seconds(1)) == .pass) }
        #expect(limiter.admit(at: Self.start + .seconds(1)) == .drop)
    }

    @Test("a steady rate below the limit never drops")
    func steady() {
        var limiter = LogLimiter(linesPerSecond: 200, burst: 500, now: Self.start)
        for line in 0..<10_000 {
            #expect(limiter.admit(at: Self.start + .milliseconds(Int64(line) * 5)) == .pass)
        }
    }

    @Test("room does not grow beyond the burst, however long it was quiet")
    func quiet() {
        var limiter = LogLimiter(linesPerSecond: 10, burst: 20, now: Self.start)
        let later = NIODeadline.uptimeNanoseconds(UInt64(Int64.max))
        for _ in 0..<20 { #expect(limiter.admit(at: later) == .pass) }
        #expect(limiter.admit(at: later) == .drop)
    }

    @Test("a clock that goes back gives no room and takes none")
    func backwards() {
        var limiter = LogLimiter(linesPerSecond: 1, burst: 1, now: Self.start)
        #expect(limiter.admit(at: .uptimeNanoseconds(0)) == .pass)
        #expect(limiter.admit(at: .uptimeNanoseconds(0)) == .drop)
        #expect(limiter.admit(at: Self.start) == .drop)
        #expect(limiter.admit(at: Self.start + .seconds(1)) == .passAfter(.init(lines: 2)))
    }

    @Test("senseless limits are limits of one line")
    func senseless() {
        for limit in [0, -1, Int.min] {
            var limiter = LogLimiter(linesPerSecond: limit, burst: limit, now: Self.start)
            #expect(limiter.admit(at: Self.start) == .pass)
            #expect(limiter.admit(at: Self.start) == .drop)
        }
        var limiter = LogLimiter(linesPerSecond: .max, burst: .max, now: Self.start)
        #expect(limiter.admit(at: Self.start) == .pass)
    }

    @Test("bytes that were dropped are told with the next line, and counts do not overflow")
    func bytes() {
        var limiter = LogLimiter(linesPerSecond: 1, burst: 3, now: Self.start)
        limiter.drop(bytes: 5)
        limiter.drop(bytes: -5)
        #expect(limiter.admit(at: Self.start) == .passAfter(.init(bytes: 5)))
        limiter.drop(bytes: .max)
        limiter.drop(bytes: .max)
        #expect(limiter.admit(at: Self.start) == .passAfter(.init(bytes: .max)))
        #expect(limiter.admit(at: Self.start) == .pass)
        #expect(limiter.takeDropped().isEmpty)
    }

    @Test("over any time no more passes than the burst and the rate allow")
    func bound() {
        var random = SeededRandom(seed: 3)
        var limiter = LogLimiter(linesPerSecond: 200, burst: 500, now: Self.start)
        var (now, passed, dropped, told) = (Self.start, 0, 0, 0)
        for _ in 0..<50_000 {
            now = now + .nanoseconds(Int64.random(in: 0...4_000_000, using: &random))
            switch limiter.admit(at: now) {
            case .pass: passed += 1
            case .passAfter(let missing):
                passed += 1
                told += missing.lines
            case .drop: dropped += 1
            }
        }
        told += limiter.takeDropped().lines
        #expect(told == dropped)
        let seconds = Double((now - Self.start).nanoseconds) / 1e9
        #expect(Double(passed) <= 500 + 200 * seconds + 1)
        #expect(Double(passed) >= 200 * seconds * 0.9)
    }
}
