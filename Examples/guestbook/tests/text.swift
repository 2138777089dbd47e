import PulpGuestTesting

@testable import Guest

struct TextTests: PluginTests {
    static func tests(_ suite: inout Suite) {
        suite.test("escapes what a page would read as its own") { _ in
            expect(HTML.escaped("<b title='\"&'>"), is: "&lt;b title=&#39;&quot;&amp;&#39;&gt;")
        }

        suite.test("cuts between characters") { _ in
            expect("  Grüße ".trimmed(to: 3), is: "Grü")
        }
    }
}
