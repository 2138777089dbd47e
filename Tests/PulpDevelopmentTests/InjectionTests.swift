import Foundation
import PulpBuild
import PulpTestSupport
import Testing

@testable import PulpDevelopment

/// The script that pages get.
@Suite("The script in pages")
struct InjectionTests {
    @Test(
        "it stands before the end of the body, whatever the letters' case, else at the end",
        arguments: [
            ("<p>a</p></body></html>", "<p>a</p>SCRIPT</body></html>"), ("a</BODY >", "aSCRIPT</BODY >"),
            ("<b>no end", "<b>no endSCRIPT"), ("</body></body>", "</body>SCRIPT</body>"), ("</bod", "</bodSCRIPT"),
        ])
    func places(page: String, expected: String) {
        #expect(String(buffer: ScriptInjector.insert("SCRIPT", into: Array(page.utf8))) == expected)
    }

    @Test(
        "a policy that forbids it is respected",
        arguments: [
            ("default-src 'self'", true), ("script-src 'none'", false),
            ("default-src 'none'; script-src 'self'", false),
            ("default-src 'none'; script-src 'self'; connect-src *", true),
            ("script-src 'self' 'strict-dynamic'", false),
            ("img-src 'none'", true), ("sandbox", false), ("SANDBOX allow-scripts", true), ("", true),
            ("default-src 'self', script-src https://cdn.example", false),
            ("script-src-elem 'self'; script-src x", true),
            ("default-src https:", true), ("connect-src 'none'", false),
        ])
    func policies(policy: String, isAllowed: Bool) {
        #expect(PolicyText.allowsScript(policy) == isAllowed)
    }

    @Test("parts that a page fetches are left alone")
    func destinations() {
        #expect(ScriptInjector.isForPage([]) && ScriptInjector.isForPage(["document"]))
        #expect(!ScriptInjector.isForPage(["empty"]) && !ScriptInjector.isForPage(["image"]))
    }

    @Test("a whole page of a plugin gets it, with the right length; other answers and parts do not")
    func answers() async throws {
        let site = DevelopmentSite(run: "run", injects: true) { _ in }
        try await withHost([Fixture.spec("chat")], filter: site.filter) { rig in
            let plain = try String(contentsOfFile: "\(Fixture.root.path)/Examples/chat/page.h", encoding: .utf8)
            #expect(!plain.isEmpty)
            let page = try await rig.get("/")
            #expect(page.status == 200)
            #expect(page.text.contains("<script src=\"/.well-known/pulp/dev.js?v=run-0\"></script>"))
            #expect(page.header("content-length") == "\(page.body.count)")
            let connection = try await rig.connect()
            let part = try await connection.request("GET", "/", headers: ["Sec-Fetch-Dest": "empty"])
            #expect(!part.text.contains("dev.js"))
            #expect(try await connection.request("HEAD", "/").header("content-length") == "\(page.body.count)")
            await connection.close()
        }
        try await withHost([.version("v1")], filter: site.filter) { rig async throws in
            #expect(try await rig.get("/version").text == "v1")
        }
    }

    @Test(
        "a browser that comes before any version works is told why, and gets the page when one does",
        .enabled(if: Browser.isExpected, Comment(rawValue: Browser.missing)))
    func browserWaits() async throws {
        try await withDevelopment(source: "broken", build: { try await PageCompiler.build($0) }) { rig in
            #expect(await eventually { rig.failures.count == 1 })
            try await withBrowser { browser in
                let page = try await browser.newPage()
                try await page.open("http://127.0.0.1:\(rig.host.address.port ?? 0)/")
                let reason = "document.getElementById('pulp-dev-reason').textContent"
                try await page.wait(until: "\(reason).includes('<broken>')")
                try rig.write("nonsense", to: "pulp.plugin.toml")
                try await page.wait(until: "\(reason).includes('pulp.plugin.toml:1:')")
                // Nothing is served behind it.
                #expect(try await page.evaluate("document.querySelector('pulp-dev-error') === null") == true)
                try rig.write("fine", to: "plugin.c")
                try rig.save("v1")
                try await page.wait(until: "document.getElementById('pulp-dev-reason') === null")
            }
        }
    }

    @Test(
        "a plugin's page in a browser reloads at a save, and shows what is wrong with a broken one",
        .enabled(if: Browser.isExpected, Comment(rawValue: Browser.missing)))
    func browser() async throws {
        try await withDevelopment(build: { try await PageCompiler.build($0) }) { rig in
            #expect(await eventually { rig.served == 1 })
            try await withBrowser { browser in
                let page = try await browser.newPage()
                try await page.open("http://127.0.0.1:\(rig.host.address.port ?? 0)/")
                try await page.wait(until: "document.title.length > 0")
                try await page.evaluate("window.isFirst = true")
                try rig.write("fine, again", to: "plugin.c")
                #expect(await eventually { rig.served == 2 })
                try await page.wait(until: "window.isFirst === undefined && document.readyState == 'complete'")
                try await page.evaluate("window.isSecond = true")
                try rig.write("broken", to: "plugin.c")
                try await page.wait(until: "document.querySelector('pulp-dev-error').textContent.includes('<broken>')")
                #expect(try await page.evaluate("window.isSecond") == true)
                try rig.write("fine", to: "plugin.c")
                try await page.wait(until: "window.isSecond === undefined && document.readyState == 'complete'")
                #expect(try await page.evaluate("document.querySelector('pulp-dev-error') === null") == true)
                #expect(page.complaints.isEmpty)
            }
        }
    }
}
