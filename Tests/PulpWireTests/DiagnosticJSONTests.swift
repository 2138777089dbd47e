import PulpWire
import Testing

/// Values and their texts.
private let textForms: [(MessagePackValue, String)] = [
    (nil, "null"), (true, "true"), (.int(.min), "-9223372036854775808"), (1.0, "1.0"), (1e300, "1e+300"),
    (.uint(.max), #"{"$uint":"18446744073709551615"}"#), (.float(1.5), #"{"$float":"1.5"}"#),
    (.float(-.infinity), #"{"$float":"-inf"}"#), (.double(.infinity), #"{"$double":"inf"}"#),
    ("a\"\\\n\u{1}\u{9b}é😀", #""a\"\\\n\u0001\u009bé😀""#), (.binary([]), #"{"$bin":""}"#),
    (.binary([0xff]), #"{"$bin":"/w=="}"#), (.binary([1, 2]), #"{"$bin":"AQI="}"#),
    (.binary([1, 2, 3]), #"{"$bin":"AQID"}"#), ([1, [], [:]], "[1,[],{}]"), (["a": 1, "a": 2], #"{"a":1,"a":2}"#),
    ([1: 2], #"{"$map":[[1,2]]}"#), (["$bin": ""], #"{"$map":[["$bin",""]]}"#),
    (.timestamp(seconds: -1, nanoseconds: 5), #"{"$time":[-1,5]}"#),
    (.extension(type: -3, bytes: [0]), #"{"$ext":[-3,"AA=="]}"#),
]

@Suite("MessagePack as JSON text")
struct DiagnosticJSONTests {
    @Test("each value has one text and reads from it", arguments: textForms)
    func forms(value: MessagePackValue, text: String) throws {
        #expect(DiagnosticJSON.text(of: value) == text)
        #expect(try DiagnosticJSON.value(of: text) == value)
    }

    @Test("a value that is no number keeps saying so")
    func notANumber() throws {
        let text = DiagnosticJSON.text(of: .array([.double(.nan), .float(-.nan)]))
        #expect(text == #"[{"$double":"nan"},{"$float":"nan"}]"#)
        #expect(DiagnosticJSON.text(of: try DiagnosticJSON.value(of: text)) == text)
    }

    @Test("white space, escapes and surrogate pairs are read as JSON says")
    func grammar() throws {
        let text = " { \"\\u0061\\/\\uD83D\\ude00\" : [ 1 , -0.5e+1 ,\t18446744073709551615 ] }\r\n"
        #expect(try DiagnosticJSON.value(of: text) == ["a/😀": [1, -5.0, .uint(.max)]])
    }

    @Test(
        "text that is not JSON, or a tag of another form, is refused",
        arguments: [
            "", "nul", "[1,]", "[1", "{\"a\"}", "{a:1}", "01", "1.", "+1", ".5", "-", "1e", "0x10",
            "18446744073709551616",
            "1e999", "\"", "\"\\x\"", "\"\\u12\"", "\"\\u+123\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"",
            "\"\n\"", "1 2", "[1}", #"{"$bin":"A"}"#, #"{"$bin":"A==="}"#, #"{"$bin":"=AAA"}"#, #"{"$bin":1}"#,
            #"{"$what":1}"#, #"{"$time":[1,1000000000]}"#, #"{"$ext":[128,""]}"#, #"{"$map":[[1]]}"#,
            #"{"$uint":"-1"}"#,
        ])
    func refused(text: String) {
        #expect(throws: DiagnosticJSONError.self) { try DiagnosticJSON.value(of: text) }
    }

    @Test("text that nests too deeply is refused with its place")
    func deep() {
        #expect(throws: DiagnosticJSONError(offset: 129, message: "nested deeper than 128")) {
            try DiagnosticJSON.value(of: String(repeating: "[", count: 100_000))
        }
    }

    @Test("an error says where, what was wanted and what was met")
    func description() {
        let error = WireError(.typeMismatch, at: 12, expected: .integer, found: 0xa5)
        #expect(
            error.description == "byte 12: wrong type, expected an integer that fits its field, found str (0xa5)")
        let short = WireError(.truncated, at: 0, expected: .map)
        #expect(short.description == "byte 0: input ends too early, expected a map")
    }
}
