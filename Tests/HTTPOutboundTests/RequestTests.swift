import NIOCore
import NIOHTTP1
import PulpWire
import Testing

@testable import PulpHTTPOutbound

@Suite("A request to be sent") struct RequestTests {
    @Test(
        "has a URL that is taken apart once",
        arguments: [
            ("http://A.Test", "http://a.test/"), ("HTTPS://a.test:443/x?y#z", "https://a.test/x?y"),
            ("http://a.test:8080?q=1", "http://a.test:8080/?q=1"), ("http://a.test./p", "http://a.test/p"),
            ("http://user:pw@a.test/", "http://a.test/"), ("http://[FD00::1]:81/", "http://[fd00::1]:81/"),
            ("http://a.test/a b/ä?c|d", "http://a.test/a%20b/%C3%A4?c%7Cd"),
            ("http://a.test/%41%2f%zz", "http://a.test/%41%2f%25zz"),
            ("http://a.test/../x/./y", "http://a.test/../x/./y"), ("http://1.2.3.4:80/", "http://1.2.3.4/"),
            ("http://evil.test@a.test/", "http://a.test/"), ("http://a.test/@b.test", "http://a.test/@b.test"),
            ("http://a.test?@b.test/", "http://a.test/?@b.test/"),
        ])
    func urls(text: String, canonical: String) throws {
        #expect(try OutboundURL(text).text == canonical)
    }

    @Test(
        "has no URL whose host two readers could see differently",
        arguments: [
            "", "a.test", "//a.test/", "ftp://a.test/", "file:///etc/passwd", "http:a.test", "http:/a.test", "http://",
            "http:///x",
            "http://a.test\\@b.test/", "http://a.test\\/", "http://a%2etest/", "http://a test/", "http://ä.test/",
            "http://a.test:0/", "http://a.test:65536/", "http://a.test:+80/", "http://a.test:80x/", "http://[::1/",
            "http://[::1]x/",
            "http://[fe80::1%25eth0]/", "http://[1.2.3.4]/", "http://a..test/", "http://a.test\r\nX: y/",
            "http://a.test/\0",
            "http://a.test\t/", "unix:///var/run/docker.sock", "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
            "http://" + String(repeating: "a", count: 20_000),
        ])
    func refusedURLs(text: String) {
        let failure = #expect(throws: FetchFailure.self) { try OutboundURL(text) }
        #expect(failure?.code == .badRequest)
    }

    @Test(
        "goes where Location says",
        arguments: [
            ("/x", "http://a.test/x"), ("x", "http://a.test/b/x"), ("../x", "http://a.test/x"),
            ("../../../x", "http://a.test/x"),
            ("?q", "http://a.test/b/c?q"), ("#f", "http://a.test/b/c?d"), ("//b.test/y", "http://b.test/y"),
            ("https://b.test:444/z", "https://b.test:444/z"), ("./", "http://a.test/b/"),
            ("/x/../y?z/..", "http://a.test/y?z/.."),
        ])
    func references(location: String, expected: String) throws {
        #expect(try OutboundURL("http://a.test/b/c?d").resolving(location).text == expected)
    }

    @Test("hostile.md: has only headers that cannot break out of their lines")
    func headers() throws {
        for (name, value) in [
            ("X-A", "a\r\nX-B: b"), ("X-A", "a\nb"), ("X-A", "a\0"), ("X A", "b"), ("X-A:", "b"), ("", "b"),
            ("X-A\r\n", "b"),
            ("Ä", "b"), ("X-A", "\u{7f}"),
        ] {
            let failure = #expect(throws: FetchFailure.self) {
                try OutboundRequest(HTTPFetchRequest(url: "http://a.test/", headers: [name: value]))
            }
            #expect(failure?.code == .badRequest)
        }
        let many = FieldList((0..<501).map { FieldList.Field(name: "X-\($0)", value: "") })
        #expect(throws: FetchFailure.self) {
            try OutboundRequest(HTTPFetchRequest(url: "http://a.test/", headers: many))
        }
        let large: FieldList = ["X": String(repeating: "x", count: 65_537)]
        #expect(throws: FetchFailure.self) {
            try OutboundRequest(HTTPFetchRequest(url: "http://a.test/", headers: large))
        }
    }

    @Test("decides nothing about its connection and its framing")
    func connectionHeaders() throws {
        let request = try OutboundRequest(
            HTTPFetchRequest(
                method: "post", url: "http://user:p%40ss@a.test/",
                headers: [
                    "Host": "b.test", "content-length": "99", "Transfer-Encoding": "chunked", "Connection": "close",
                    "TE": "x",
                    "Upgrade": "h2c", "Expect": "100-continue", "Proxy-Authorization": "x", "Keep-Alive": "1",
                    "X-Kept": "1",
                    "X-Many": "1", "x-many": "2",
                ]))
        #expect(request.method == "POST")
        let headers = request.headers.map { "\($0.name)=\($0.value)" }
        #expect(headers == ["X-Kept=1", "X-Many=1", "x-many=2", "Authorization=Basic dXNlcjpwQHNz", "User-Agent=pulp"])
    }

    @Test("has a method that is a token, and never CONNECT", arguments: ["G T", "GET\r\n", "CONNECT", "connect", "Ä"])
    func methods(method: String) {
        #expect(throws: FetchFailure.self) {
            try OutboundRequest(HTTPFetchRequest(method: method, url: "http://a.test/"))
        }
    }

    @Test(
        "is rewritten by redirects as Go's client does",
        arguments: [
            (301, "POST", "GET", 0), (302, "POST", "GET", 0), (303, "PUT", "GET", 0), (303, "HEAD", "HEAD", 4),
            (301, "GET", "GET", 4),
            (307, "POST", "POST", 4), (308, "PUT", "PUT", 4),
        ])
    func redirects(status: Int, method: String, expected: String, bodyBytes: Int) throws {
        let request = try OutboundRequest(
            HTTPFetchRequest(
                method: method, url: "http://a.test/", headers: ["Content-Type": "text/plain", "X-A": "1"],
                body: [1, 2, 3, 4]))
        let next = try #require(try request.redirected(status: status, location: "/x"))
        #expect(next.method == expected)
        #expect(next.body.readableBytes == bodyBytes)
        #expect(next.headers.contains(name: "Content-Type") == (bodyBytes > 0))
        #expect(next.headers.contains(name: "X-A"))
    }

    @Test("is not redirected by other statuses or without a place to go")
    func noRedirect() throws {
        let request = try OutboundRequest(HTTPFetchRequest(url: "http://a.test/"))
        for status in [200, 300, 304, 305, 306, 309, 404] {
            #expect(try request.redirected(status: status, location: "/x") == nil)
        }
        #expect(try request.redirected(status: 302, location: nil) == nil)
        #expect(try request.redirected(status: 302, location: "") == nil)
        #expect(throws: FetchFailure.self) { try request.redirected(status: 302, location: "file:///etc/passwd") }
        #expect(throws: FetchFailure.self) { try request.redirected(status: 302, location: "/a\nb") }
    }

    @Test("leaves its credentials behind when the origin changes, for good")
    func credentials() throws {
        let request = try OutboundRequest(
            HTTPFetchRequest(
                url: "https://a.test/",
                headers: ["Authorization": "x", "Cookie": "y", "cookie2": "z", "X-Kept": "1", "Accept": "*/*"]))
        for location in ["http://a.test/", "https://a.test:444/", "https://b.a.test/", "https://b.test/"] {
            let next = try #require(try request.redirected(status: 302, location: location))
            #expect(next.headers.map(\.name) == ["X-Kept", "Accept", "User-Agent"], "\(location)")
            let back = try #require(try next.redirected(status: 302, location: "https://a.test/"))
            #expect(back.headers.map(\.name) == ["X-Kept", "Accept", "User-Agent"])
        }
        let same = try #require(try request.redirected(status: 302, location: "https://A.test:443/y"))
        #expect(same.headers.contains(name: "Authorization") && same.headers.contains(name: "Cookie"))
    }

    @Test(
        "names headers as the reference does",
        arguments: [("content-type", "Content-Type"), ("ETAG", "Etag"), ("x-a-", "X-A-")])
    func canonicalNames(name: String, expected: String) {
        #expect(ResponseHeaders.canonical(name) == expected)
    }
}
