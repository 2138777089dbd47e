import PulpTestSupport

extension ProtocolCases {
    static let text: [ProtocolCase] =
        [
            ProtocolCase("6.1.1", "text of no bytes", [sent(.text(""))], [.text("")]),
            ProtocolCase(
                "6.1.2", "three empty fragments", [part(1, "") + part(0, "") + part(0, "", isFinal: true)], [.text("")]),
            ProtocolCase(
                "6.1.3", "empty fragments around some text",
                [part(1, "") + part(0, "middle") + part(0, "", isFinal: true)],
                [.text("middle")]),
            ProtocolCase(
                "6.2.1", "text with characters of two bytes", [sent(.text(Self.sample))], [.text(Self.sample)]),
            ProtocolCase(
                "6.2.2", "the same, fragmented between characters",
                [part(1, "Hello-µ@ßöä") + part(0, "üàá-UTF-8!!", isFinal: true)], [.text(Self.sample)]),
            ProtocolCase(
                "6.2.3", "fragmented at every byte",
                [
                    Array(Self.sample.utf8).enumerated().flatMap { index, byte in
                        sent(Frame(index == 0 ? 1 : 0, [byte]), isFinal: index == Self.sample.utf8.count - 1)
                    }
                ], [.text(Self.sample)]),
            ProtocolCase(
                "6.2.4", "the word κόσμε, in single bytes", sent(.text("κόσμε")).chunks(of: 1), [.text("κόσμε")]),
            ProtocolCase(
                "6.3.1", "text with a surrogate", [sent(Frame(1, Self.wrong))], [], .closed([1007])),
            ProtocolCase(
                "6.3.2", "the same at every byte a fragment",
                [
                    Self.wrong.enumerated().flatMap { index, byte in
                        sent(Frame(index == 0 ? 1 : 0, [byte]), isFinal: index == Self.wrong.count - 1)
                    }
                ], [], .closed([1007])),
            ProtocolCase(
                "6.4.1", "wrong text in a fragment that is not the last: at once",
                [
                    sent(Frame(1, Array("κόσμε".utf8)), isFinal: false)
                        + sent(Frame(0, [0xF4, 0x90, 0x80, 0x80]), isFinal: false)
                ],
                [], .closed([1007])),
            ProtocolCase(
                "6.4.4", "wrong text in the middle of a frame: at once",
                [Array(sent(Frame(1, Array("κόσμε".utf8) + [0xF4, 0x90] + Array("edited".utf8))).prefix(6 + 11 + 2))],
                [],
                .closed([1007])),
        ]
        + Self.valid.map { name, bytes in
            ProtocolCase(name, "valid", [sent(Frame(1, bytes))], [Frame(1, bytes)])
        }
        + Self.invalid.map { name, bytes in
            ProtocolCase(name, "invalid", [sent(Frame(1, bytes))], [], .closed([1007]))
        }

    private static let sample = "Hello-µ@ßöäüàá-UTF-8!!"
    private static let wrong = Array("κόσμε".utf8) + [0xED, 0xA0, 0x80] + Array("edited".utf8)

    /// The first and last of each length, the ends of the planes, what is not a character and still UTF-8.
    private static let valid: [(String, [UInt8])] = [
        ("6.5", Array("κόσμε".utf8)), ("6.6.5", [0xCE, 0xBA, 0xE1, 0xBD, 0xB9]), ("6.7.1", [0x00]),
        ("6.7.2", [0xC2, 0x80]),
        ("6.7.3", [0xE0, 0xA0, 0x80]), ("6.7.4", [0xF0, 0x90, 0x80, 0x80]), ("6.9.1", [0x7F]), ("6.9.2", [0xDF, 0xBF]),
        ("6.9.3", [0xEF, 0xBF, 0xBF]), ("6.9.4", [0xF4, 0x8F, 0xBF, 0xBF]), ("6.11.1", [0xED, 0x9F, 0xBF]),
        ("6.11.2", [0xEE, 0x80, 0x80]), ("6.11.3", [0xEF, 0xBF, 0xBD]), ("6.11.4", [0xF4, 0x8F, 0xBF, 0xBF]),
        ("6.22.1", [0xEF, 0xBF, 0xBE]), ("6.22.3", [0xF0, 0x9F, 0xBF, 0xBE]), ("6.22.33", [0xF4, 0x8F, 0xBF, 0xBF]),
        ("6.23.1", [0xEF, 0xBF, 0xBD]),
    ]

    /// Cut off, too long, surrogates, above U+10FFFF, bytes that never occur.
    private static let invalid: [(String, [UInt8])] = [
        ("6.6.1", [0xCE]), ("6.6.3", [0xCE, 0xBA, 0xE1]), ("6.6.4", [0xCE, 0xBA, 0xE1, 0xBD]),
        ("6.8.1", [0xF8, 0x88, 0x80, 0x80, 0x80]), ("6.8.2", [0xFC, 0x84, 0x80, 0x80, 0x80, 0x80]),
        ("6.10.1", [0xF7, 0xBF, 0xBF, 0xBF]), ("6.10.2", [0xFB, 0xBF, 0xBF, 0xBF, 0xBF]),
        ("6.11.5", [0xF4, 0x90, 0x80, 0x80]), ("6.12.1", [0x80]), ("6.12.2", [0xBF]), ("6.12.3", [0x80, 0xBF]),
        ("6.12.8", (0x80...0xBF).map { UInt8($0) }), ("6.13.1", (0xC0...0xDF).flatMap { [UInt8($0), 0x20] }),
        ("6.13.2", (0xE0...0xEF).flatMap { [UInt8($0), 0x20] }), ("6.14.1", [0xC0]), ("6.14.2", [0xE0, 0x80]),
        ("6.14.3", [0xF0, 0x80, 0x80]), ("6.14.6", [0xDF]), ("6.14.7", [0xEF, 0xBF]), ("6.14.8", [0xF7, 0xBF, 0xBF]),
        ("6.16.1", [0xFE]), ("6.16.2", [0xFF]), ("6.16.3", [0xFE, 0xFE, 0xFF, 0xFF]), ("6.17.1", [0xC0, 0xAF]),
        ("6.17.2", [0xE0, 0x80, 0xAF]), ("6.17.3", [0xF0, 0x80, 0x80, 0xAF]), ("6.18.1", [0xC1, 0xBF]),
        ("6.18.2", [0xE0, 0x9F, 0xBF]), ("6.18.3", [0xF0, 0x8F, 0xBF, 0xBF]), ("6.19.1", [0xC0, 0x80]),
        ("6.19.2", [0xE0, 0x80, 0x80]), ("6.20.1", [0xED, 0xA0, 0x80]), ("6.20.7", [0xED, 0xBF, 0xBF]),
        ("6.21.1", [0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80]),
    ]
}
