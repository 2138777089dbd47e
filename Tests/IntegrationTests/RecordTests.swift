import PulpTestSupport
import Testing

@Suite("What a guest sees of a request")
struct RecordTests {
    /// Answers with the whole step event as it arrived; the request's id is copied from it.
    private static let mirror = #"""
        (module
          (import "pulp" "http_register" (func $register (param i32 i32) (result i32)))
          (import "pulp" "http_respond" (func $respond (param i32 i32) (result i32)))
          (memory (export "memory") 8)
          (data (i32.const 0) "\82\a6method\a3GET\a4path\a8/m/:a/*b")
          (data (i32.const 64) "\83\a2id\00\00\00\00\00\00\00\00\00\abheader_list\92\92\a3X-A\a11\92\a3X-A\a12\a4body\c6")
          (func (export "pulp_alloc") (param i32) (result i32) (i32.const 65536))
          (func (export "pulp_init") (param i32 i32) (result i32) (call $register (i32.const 0) (i32.const 26)))
          (func (export "pulp_step") (param $at i32) (param $count i32) (result i32)
            (local $payload i32)
            (local.set $payload (i32.sub (local.get $count) (i32.const 20)))
            (memory.copy (i32.const 68) (i32.add (local.get $at) (i32.const 51)) (i32.const 9))
            (i32.store8 (i32.const 110) (i32.shr_u (local.get $payload) (i32.const 24)))
            (i32.store8 (i32.const 111) (i32.shr_u (local.get $payload) (i32.const 16)))
            (i32.store8 (i32.const 112) (i32.shr_u (local.get $payload) (i32.const 8)))
            (i32.store8 (i32.const 113) (local.get $payload))
            (memory.copy (i32.const 114) (i32.add (local.get $at) (i32.const 20)) (local.get $payload))
            (call $respond (i32.const 64) (i32.add (local.get $payload) (i32.const 50))))
          (func (export "pulp_shutdown") (result i32) (i32.const 0)))
        """#

    @Test("is every header, parameter and query item, repeated ones too, and its own repeated headers go out")
    func everything() async throws {
        var spec = try Fixture.spec(wat: Self.mirror)
        spec.capabilities = ["transport.http.inbound"]
        try await withSite([spec]) { site async throws in
            let connection = try await site.connect()
            try await connection.send(
                "GET /m/%C3%A4/x/y%20z?q=1&q=2&empty= HTTP/1.1\r\nHost: example.test:81\r\nX-One: a\r\nx-many: 1\r\n"
                    + "X-Many: 2\r\nCookie: a=b; c=d\r\n\r\n")
            let response = try await connection.response()
            #expect(response.status == 200)
            #expect(response.all("x-a") == ["1", "2"])
            let text = DiagnosticJSON.text(of: unsafe try MessagePackValue(decoding: response.body.span.bytes))
            for part in [
                #""kind":"http.request""#, #""method":"GET""#, #""path":"/m/ä/x/y z""#, #""a":"ä""#, #""b":"x/y z""#,
                #""q":"1""#, #""empty":"""#, #""X-One":"a""#, #""X-Many":"1""#, #""Cookie":"a=b; c=d""#,
                #""host":"example.test:81""#, #"["X-Many","1"],["X-Many","2"]"#, #"["q","1"],["q","2"]"#,
                #""remote_addr":"127.0.0.1:"#,
            ] {
                #expect(text.contains(part), "\(part) in \(text)")
            }
            await connection.close()
        }
    }
}
