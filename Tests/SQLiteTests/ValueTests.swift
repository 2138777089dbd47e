import NIOCore
import PulpCapability
import PulpTesting
import PulpWire
import Testing

@testable import PulpSQLite

@Suite("SQLite's values")
struct ValueTests {
    private static func moment(_ text: String) -> DateText.Moment? {
        unsafe [UInt8](text.utf8).withUnsafeBytes { unsafe DateText.moment($0) }
    }

    @Test("dates are read in the forms of the reference's driver, and nothing else is one")
    func dates() {
        let day: Int64 = 1_709_164_800
        for (text, seconds, nanoseconds) in [
            ("2024-02-29", day, 0), ("2024-02-29 01:02", day + 3_720, 0), ("2024-02-29T01:02:03", day + 3_723, 0),
            ("2024-02-29 01:02:03.5", day + 3_723, 500_000_000), ("2024-02-29T01:02:03.000000001Z", day + 3_723, 1),
            ("2024-02-29 01:02:03-07:00", day + 3_723 + 25_200, 0), ("2024-02-29 01:02:03 +0100 CET", day + 123, 0),
            ("1969-12-31 23:59:59", -1, 0), ("0001-01-01", -62_135_596_800, 0),
        ] as [(String, Int64, UInt32)] {
            #expect(Self.moment(text) == DateText.Moment(seconds: seconds, nanoseconds: nanoseconds), "\(text)")
        }
        for text in [
            "", "2024", "2023-02-29", "2024-13-01", "2024-02-29 25:00", "2024-02-29 01:02:60", "2024-02-29 01:02:03.",
            "2024-02-29x", "2024-02-29 01:02:03+25:00", "2024-02-29 01:02:03 +0100", "20240229",
            "2024-02-29 01:02:03.1234567890",
            "-024-02-29", "2024-02-29 01:02 ", "now",
        ] {
            #expect(Self.moment(text) == nil, "\(text)")
        }
    }

    @Test("timestamps go to text and back")
    func timestamps() throws {
        var random = SeededRandom(seed: 5)
        for _ in 0..<2_000 {
            let moment = DateText.Moment(
                seconds: Int64.random(in: -62_000_000_000...250_000_000_000, using: &random),
                nanoseconds: UInt32.random(in: 0...999_999_999, using: &random))
            #expect(Self.moment(try #require(DateText.text(moment))) == moment)
        }
        #expect(
            DateText.text(.init(seconds: 1_700_000_000, nanoseconds: 120_000_000)) == "2023-11-14 22:13:20.12 +0000 UTC"
        )
        for seconds in [Int64.max, .min, 253_402_300_800, -63_000_000_000] {
            #expect(DateText.text(.init(seconds: seconds, nanoseconds: 0)) == nil)
        }
    }

    @Test(
        "an answer has its array's header in the shortest form, whatever its length",
        arguments: [0, 1, 15, 16, 65_535, 65_536])
    func arrays(count: Int) throws {
        let answer = AnswerBuffer(limit: 1 << 20, capacity: 16)
        answer.append(8) { $0.writeMapHeader(1) }
        answer.append(8) { $0.writeKey(.rows) }
        let place = answer.beginArray()
        for _ in 0..<count { answer.append(1) { $0.writeBool(true) } }
        answer.endArray(count, at: place)
        let expected = MessagePackWriter.encode { writer in
            writer.writeMapHeader(1)
            writer.writeKey(.rows)
            writer.writeArrayHeader(count)
            for _ in 0..<count { writer.writeBool(true) }
        }
        #expect(answer.withBytes { [UInt8](copying: $0) } == expected)
    }

    @Test("an answer stops at its bound")
    func bound() {
        let answer = AnswerBuffer(limit: 1_000, capacity: 16)
        for _ in 0..<2_000 { answer.append(1) { $0.writeNil() } }
        #expect(answer.isOverfull && answer.count == 1_000)
    }

    @Test("jobs of the transaction's owner go first, housekeeping always, the late are refused, the abandoned dropped")
    func queue() {
        let (one, two) = (InstanceID(number: 1), InstanceID(number: 2))
        func job(_ instance: InstanceID) -> StatementJob {
            StatementJob(
                .closeCursor(0), instance: instance, now: .uptimeNanoseconds(0), deadline: .distantFuture
            ) { _ in }
        }
        var queue = StatementQueue()
        let jobs = [job(two), job(one), job(two), .housekeeping(.endStep, instance: one)]
        for job in jobs {
            let isAppended = queue.append(job)
            #expect(isAppended)
        }
        queue.finished(owner: one)
        #expect(queue.concerns(one) && queue.concerns(two) && !queue.concerns(InstanceID(number: 3)))
        let soon = NIODeadline.uptimeNanoseconds(1)
        func next(_ expected: StatementJob, owner: InstanceID?) {
            guard case .run(let job) = queue.next(at: soon), job === expected else {
                Issue.record("another job runs")
                return
            }
            guard case .wait(nil) = queue.next(at: soon) else {
                Issue.record("two jobs run at once")
                return
            }
            queue.finished(owner: owner)
        }
        next(jobs[1], owner: one)
        next(jobs[3], owner: one)
        guard case .wait(let until?) = queue.next(at: soon) else {
            Issue.record("a job ran inside another instance's transaction")
            return
        }
        #expect(until == .uptimeNanoseconds(5_000_000_000))
        jobs[0].abandon()
        guard case .refuse(let late) = queue.next(at: until) else {
            Issue.record("nobody lost patience")
            return
        }
        #expect(late.count == 1 && late[0] === jobs[2])
        queue.finished(owner: nil)
        guard case .wait(nil) = queue.next(at: soon) else {
            Issue.record("something is left")
            return
        }
        let left = queue.close()
        #expect(left.isEmpty)
        guard case .stop = queue.next(at: soon) else {
            Issue.record("it goes on after its end")
            return
        }
        let isAppended = queue.append(job(one))
        #expect(!isAppended)
    }

    @Test("prepared statements are kept up to a bound; the one unused for longest goes")
    func cache() async throws {
        let folder = try Folder()
        let limits = try await Database.with(in: folder) { SQLiteLimits($0.harness.scope) }
        let connection = try Connection.open(folder: folder.path + "/test", limits: limits)
        defer { connection.close() }
        for number in 0..<200 {
            _ = try connection.slow("SELECT \(number)", [])
            _ = try connection.slow("SELECT 'kept'", [])
        }
        #expect(connection.cache.count == StatementCache.capacity)
        let kept = unsafe [UInt8]("SELECT 'kept'".utf8).withUnsafeBytes { unsafe connection.cache.find($0) }
        #expect(kept != nil)
    }
}
