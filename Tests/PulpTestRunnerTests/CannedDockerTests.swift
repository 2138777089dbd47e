import PulpTestRunner
import PulpTestSupport
import Testing

@Suite("A container of a test", .timeLimit(.minutes(2)))
struct CannedDockerTests {
    @Test("is what the test lists: a record by its keys, bytes, a status, the first entry of each function")
    func forms() async throws {
        let report = try await Bench.run(
            "docker",
            """
            [[docker]]
            call = "docker_get"
            status = 4
            [[docker]]
            call = "docker_restart"
            status = 6
            [[test]]
            name = "a"
            [[test.docker]]
            call = "docker_get"
            answer = { id = "4f5c", n = 3, list = [true, 1.5] }
            [[test.docker]]
            call = "docker_files_read"
            base64 = "AAH/"
            [[test.docker]]
            call = "docker_destroy"
            [[test.step]]
            request = "POST /call/get"
            expect.status = 200
            expect.bytes = "g6JpZKQ0ZjVjoW7TAAAAAAAAAAOkbGlzdJLDyz/4AAAAAAAA"
            [[test.step]]
            request = "POST /call/files_read"
            expect.bytes = "AAH/"
            [[test.step]]
            request = "POST /call/destroy"
            expect.status = 200
            expect.bytes = ""
            [[test.step]]
            request = "POST /call/restart"
            expect = { status = 500, body = "6" }
            [[test]]
            name = "the file's own"
            [[test.step]]
            request = "POST /call/get"
            expect = { status = 500, body = "4" }
            """)
        #expect(Bench.lines(report) == [])
    }

    @Test("that the test does not list is an engine that is not there, and the log says which entry is missing")
    func missing() async throws {
        let report = try await Bench.run(
            "docker",
            """
            [[test]]
            name = "a"
            [[test.step]]
            request = "POST /call/exec"
            expect.status = 500
            expect.body = "10"
            [[test.step]]
            expect.logs = [{ level = "warning", message.contains = ["no answer to docker_exec", "status 10"] }]
            [[test.step]]
            request = "POST /call/destroy"
            expect.logs = ["add [[docker]] call = \\"docker_destroy\\""]
            """)
        #expect(Bench.lines(report) == [])
    }

    @Test("that was not granted is refused, whatever the test lists")
    func denied() async throws {
        let report = try await Bench.run(
            "docker",
            """
            [[test]]
            name = "a"
            without = ["spawn.docker"]
            [[test.docker]]
            call = "docker_get"
            answer = {}
            [[test.step]]
            request = "POST /call/get"
            expect.body = "99"
            expect.denied = "docker_get"
            """)
        #expect(Bench.lines(report) == [])
    }
}
