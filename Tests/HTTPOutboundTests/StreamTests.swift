import NIOCore
import NIOPosix
import PulpHTTPOutbound
import PulpTestSupport
import PulpTesting
import PulpWire
import Synchronization
import Testing

@Suite("http_fetch_begin, _read and _close") struct StreamTests {
    @Test("bring the head first, then the body in parts, then its end")
    func parts() async throws {
        try await withServer { _, answer in
            answer.reply(206, ["X-A: 1"], String(repeating: "0123456789", count: 10_000))
        } _: { server async throws in
            try await withHarness { harness async throws in
                let (status, response) = try await harness.begin(server.url)
                #expect(status == 0)
                #expect(response?.status == 206 && response?.headers["X-A"] == "1" && response?.body == nil)
                let id = try #require(response?.id)
                #expect(id > 0)
                let first = try await harness.read(id, max: 7)
                #expect(first.bytes.text == "0123456" && !first.eof && first.err.isEmpty)
                let rest = try await harness.readAll(id)
                #expect(rest.count == 99_993)
                // The end stays the end.
                #expect(try await harness.read(id).eof)
                #expect(try await harness.closeStream(id) == 0)
                #expect(try await harness.read(id).err == "no such stream id \(id)")
            }
        }
    }

    @Test("an unknown stream is told in `err` with status 0; closing one is 0; max 0 is 1")
    func unknown() async throws {
        try await withHarness { harness async throws in
            let chunk = try await harness.read(0x1_0000_0002)
            #expect(chunk.err == "no such stream id 4294967298" && !chunk.eof && chunk.bytes.isEmpty)
            #expect(try await harness.closeStream(7) == 0)
            #expect(try await harness.call("http_fetch_read", 1, 0, 0, 64, 68) == 1)
        }
    }

    @Test("a body that breaks off is told in `err`, and stays so")
    func broken() async throws {
        try await withServer { _, answer in
            answer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
            answer.close()
        } _: { server async throws in
            try await withHarness { harness async throws in
                let id = try #require(try await harness.begin(server.url).response?.id)
                #expect(
                    await eventually { (try? await harness.read(id).err.contains("closed the connection")) == true })
                #expect(try await harness.read(id).err.contains("closed the connection"))
                #expect(try await harness.closeStream(id) == 0)
            }
        }
    }

    @Test("hostile.md: a stream that is not read holds the server back, and one part in memory")
    func backPressure() async throws {
        let sent = SharedCount()
        try await withServer { _, answer in
            answer.send("HTTP/1.1 200 OK\r\n\r\n")
            Self.flood(answer, sent)
        } _: { server async throws in
            try await withHarness { harness async throws in
                let id = try #require(try await harness.begin(server.url).response?.id)
                // What the sockets hold is all that can leave the server.
                var last = -1
                #expect(
                    await eventually {
                        defer { last = sent.value }
                        try? await harness.loop.scheduleTask(in: .milliseconds(50)) {}.futureResult.get()
                        return last == sent.value
                    })
                #expect(sent.value < 32 << 20)
                #expect(try await harness.closeStream(id) == 0)
                #expect(await eventually { server.openCount == 0 })
            }
        }
    }

    static func flood(_ answer: TestServer.Answer, _ sent: SharedCount) {
        let chunk = ByteBuffer(repeating: 0x78, count: 65_536)
        answer.channel.writeAndFlush(chunk).whenSuccess {
            sent.add(chunk.readableBytes)
            self.flood(answer, sent)
        }
    }

    @Test("hostile.md: as many streams are open as the limit says; one more is refused and named")
    func streamLimit() async throws {
        try await withServer { _, answer in
            answer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        } _: { server async throws in
            try await withHarness(.fetching(limits: ["max_streams": 3])) { harness async throws in
                var ids: [UInt64] = []
                for _ in 0..<3 { ids.append(try #require(try await harness.begin(server.url).response?.id)) }
                #expect(try await harness.begin(server.url).status == 4)
                let error = try await harness.lastError()
                #expect(error.code == "limit" && error.message.contains("max_streams"))
                #expect(try await harness.closeStream(ids[1]) == 0)
                #expect(await eventually { (try? await harness.begin(server.url).status) == 0 })
                #expect(Set(ids).count == 3)
            }
        }
    }

    @Test("a stream that has ended still counts until it is closed")
    func endedStreams() async throws {
        try await withServer { _, answer in
            answer.reply(200, [], "")
        } _: { server async throws in
            try await withHarness(.fetching(limits: ["max_streams": 2])) { harness async throws in
                let first = try #require(try await harness.begin(server.url).response?.id)
                let second = try #require(try await harness.begin(server.url).response?.id)
                #expect(try await harness.read(first).eof)
                #expect(try await harness.read(second).eof)
                #expect(try await harness.begin(server.url).status == 4)
                for id in [first, second, first] { #expect(try await harness.closeStream(id) == 0) }
                for _ in 0..<10 {
                    let id = try #require(try await harness.begin(server.url).response?.id)
                    #expect(try await harness.closeStream(id) == 0)
                }
            }
        }
    }

    @Test("hostile.md: a stream that nobody reads is closed after its time, and said")
    func idle() async throws {
        try await withServer { _, answer in
            answer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123")
        } _: { server async throws in
            try await withHarness(.fetching(limits: ["idle_timeout_ms": 50])) { harness async throws in
                let id = try #require(try await harness.begin(server.url).response?.id)
                #expect(await eventually { server.openCount == 0 })
                #expect(await eventually { harness.logs.messages.contains { $0.contains("idle_timeout_ms") } })
                #expect(try await harness.read(id).err == "no such stream id \(id)")
            }
        }
    }

    @Test("hostile.md: a stream has no more bytes than its limit")
    func byteCap() async throws {
        try await withServer { _, answer in
            answer.send("HTTP/1.1 200 OK\r\n\r\n")
            answer.flood()
        } _: { server async throws in
            try await withHarness(.fetching(limits: ["max_stream_bytes": 200_000])) { harness async throws in
                let id = try #require(try await harness.begin(server.url).response?.id)
                let all = try await harness.readAll(id)
                #expect(all.count <= 200_000)
                #expect(try await harness.read(id).err.contains("max_stream_bytes"))
                #expect(await eventually { server.openCount == 0 })
            }
        }
    }

    @Test("a stream's time counts for its body too")
    func timeout() async throws {
        try await withServer { _, answer in
            answer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        } _: { server async throws in
            try await withHarness { harness async throws in
                let request = HTTPFetchRequest(url: server.url, timeout: 1_500_000_000)
                let reply = try await harness.query("http_fetch_begin", request)
                // A busy machine may need all of it for the head.
                guard reply.status == 0 else { return #expect(try await harness.lastError().code == "timeout") }
                let id = try reply.decoded(as: HTTPFetchResponse.self).id
                #expect(try await harness.read(id).err.contains("within its time"))
            }
        }
    }

    @Test("two reads of one stream: the second is told so, and a read that is dropped loses nothing")
    func twoReads() async throws {
        let go = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
        try await withServer { _, answer in
            answer.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")
            go.futureResult.whenSuccess { answer.send("abc") }
        } _: { server async throws in
            try await withHarness { harness async throws in
                let id = try #require(try await harness.begin(server.url).response?.id)
                let waiting = try await harness.start("http_fetch_read", words: [id, 0, 10, 1_000, 1_004])
                #expect(try await harness.read(id).err == "another call reads this stream")
                try await harness.abandon()
                await #expect(throws: CancellationError.self) { try await waiting.value() }
                go.succeed()
                #expect(try await harness.readAll(id).text == "abc")
            }
        }
    }

    @Test("an instance that ends takes its streams along")
    func instanceEnds() async throws {
        try await withServer { _, answer in
            answer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        } _: { server async throws in
            try await withHarness { harness async throws in
                let id = try #require(try await harness.begin(server.url).response?.id)
                #expect(server.openCount == 1)
                try await harness.endInstance()
                #expect(await eventually { server.openCount == 0 })
                #expect(try await harness.read(id).err == "no such stream id \(id)")
            }
        }
    }

    @Test("a plugin that is closed in its calls and streams leaves no connection, and fetches no more")
    func closing() async throws {
        try await withServer { request, answer in
            if request.target == "/stream" { answer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n") }
        } _: { server async throws in
            let harness = try await Harness(
                HTTPOutboundCapability.testing(), .fetching(), on: MultiThreadedEventLoopGroup.singleton.next())
            _ = try await harness.begin(server.url + "/stream")
            let bytes = HTTPFetchRequest(url: server.url + "/never").encodedBytes()
            try await harness.withGuest { $0.write(bytes, at: 1_024) }
            let call = try await harness.start("http_fetch", words: [1_024, UInt64(bytes.count), 64, 68])
            #expect(await eventually { server.requests.count == 2 })
            await harness.close()
            #expect(try await call.value() == 4)
            #expect(await eventually { server.openCount == 0 })
            #expect(try await harness.get(server.url).status == 4)
        }
    }
}

/// A number that several threads add to.
final class SharedCount: Sendable {
    private let count = Atomic(0)
    var value: Int { self.count.load(ordering: .relaxed) }
    func add(_ number: Int) { self.count.add(number, ordering: .relaxed) }
}
