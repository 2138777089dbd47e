import PulpCapability

/// One call that a conformance check makes.
struct Attempt: Sendable {
    enum Expectation {
        /// Anything but a crash.
        case any
        /// Cannot have worked.
        case refused
        /// Must work.
        case done
    }

    let name: String
    let words: [UInt64]
    var request: [UInt8] = []
    var allocator = FakeGuest.Allocator.sound
    /// What the memory is full of.
    var fill: UInt8 = 0
    var expectation = Expectation.any
    /// Whether the out-pair stands where the harness has it, so that it can be looked at.
    var hasPair = false
}

/// The calls that are tried on one import, by its shape.
struct Attempts {
    private(set) var all: [Attempt] = []

    private let memoryBytes: UInt64
    private let request = UInt64(Harness.requestPointer)
    private let pair = UInt64(Harness.pairPointer)
    private static let beyond: UInt64 = 0xffff_ffff

    init(_ signature: ImportSignature, memoryBytes: UInt64, sample: [UInt8]?) {
        self.memoryBytes = memoryBytes
        switch signature.parameters.map(\.name) {
        case ["ptr", "len"]:
            self.addRanges(pairWords: [])
            self.addRequests(sample, pairWords: [])
        case ["req_ptr", "req_len", "resp_ptr_out", "resp_len_out"]:
            self.addRanges(pairWords: [self.pair, self.pair + 4])
            self.addRequests(sample, pairWords: [self.pair, self.pair + 4])
            if let sample { self.addAnswers(sample) }
        default: self.addWords(signature.parameters.map(\.type))
        }
    }

    private var pointers: [UInt64] {
        let end = self.memoryBytes
        return [0, 1, end - 1, end, end + 1, 0x7fff_ffff, 0x8000_0000, Self.beyond - 3, Self.beyond]
    }

    /// Requests everywhere, of every length.
    private mutating func addRanges(pairWords: [UInt64]) {
        for fill in [UInt8(0), 0xc1, 0xff] {
            for pointer in self.pointers {
                for count in self.pointers {
                    let isReadable = count > 0 && pointer + count <= self.memoryBytes
                    self.all.append(
                        Attempt(
                            name: "request at \(pointer) of \(count) bytes, memory of \(fill)",
                            words: [pointer, count] + pairWords, fill: fill,
                            expectation: isReadable ? .any : .refused, hasPair: !pairWords.isEmpty))
                }
            }
        }
    }

    /// Requests that lie, and the sample cut off everywhere.
    private mutating func addRequests(_ sample: [UInt8]?, pairWords: [UInt64]) {
        func attempt(_ name: String, _ bytes: [UInt8], _ expectation: Attempt.Expectation) -> Attempt {
            Attempt(
                name: name, words: [self.request, UInt64(bytes.count)] + pairWords, request: bytes,
                expectation: expectation, hasPair: !pairWords.isEmpty)
        }
        self.all += Self.liars.map { attempt("a request that lies: \($0)", $0, .any) }
        guard let sample else { return }
        self.all.append(attempt("the sample", sample, .done))
        // The front of a long request, and all of a short one.
        for count in 1..<max(min(sample.count, 512), 1) {
            self.all.append(attempt("the sample's first \(count) bytes", Array(sample.prefix(count)), .any))
        }
    }

    /// What MessagePack can claim without having it.
    private static let liars: [[UInt8]] = [
        [0xc1], [0xc0], [0x80], [0x81], [0x90], [0xdf, 0xff, 0xff, 0xff, 0xff], [0xdd, 0xff, 0xff, 0xff, 0xff],
        [0xdb, 0xff, 0xff, 0xff, 0xff], [0xc6, 0xff, 0xff, 0xff, 0xff], [0xc9, 0xff, 0xff, 0xff, 0xff, 0x00],
        [0x81, 0xdb, 0xff, 0xff, 0xff, 0xff], [UInt8](repeating: 0x91, count: 2_000),
        [UInt8](repeating: 0x81, count: 2_000), [0xde, 0xff, 0xff] + [UInt8](repeating: 0xc0, count: 512),
    ]

    /// The sample, with out-pairs and allocators that are in its way.
    private mutating func addAnswers(_ sample: [UInt8]) {
        let end = self.memoryBytes
        let request = [self.request, UInt64(sample.count)]
        for bad in [end - 3, end, Self.beyond - 3, Self.beyond] {
            for words in [[bad, self.pair], [self.pair, bad], [bad, bad]] {
                self.all.append(
                    Attempt(
                        name: "out-pair at \(words)", words: request + words, request: sample, expectation: .refused))
            }
        }
        let pair = self.pair
        for words in [[pair, pair], [pair, pair + 2], [pair + 2, pair], [end - 4, end - 4], [0, 2]] {
            self.all.append(Attempt(name: "out-pair at \(words)", words: request + words, request: sample))
        }
        for allocator in FakeGuest.Allocator.allCases {
            let expectation: Attempt.Expectation =
                switch allocator {
                case .sound, .sameAddress, .moving: .done
                // An answer without bytes needs no room, and one byte is there.
                case .failing, .outOfRange, .pastEnd: .any
                }
            self.all.append(
                Attempt(
                    name: "allocator \(allocator)", words: request + [pair, pair + 4], request: sample,
                    allocator: allocator, expectation: expectation, hasPair: true))
        }
    }

    /// Words of any meaning: each hostile value at each place, and a few hundred mixtures.
    private mutating func addWords(_ types: [ImportSignature.Word]) {
        let hostile = self.pointers + [2, 3, 8, 64, self.memoryBytes - 8, self.memoryBytes / 2]
        let wide = hostile + [1 << 32, 1 << 63, .max, .max - 1]
        guard !types.isEmpty else {
            self.all.append(Attempt(name: "no words", words: []))
            return
        }
        for value in hostile {
            for place in types.indices {
                var words = [UInt64](repeating: 64, count: types.count)
                words[place] = value
                self.all.append(Attempt(name: "words \(words)", words: words))
            }
            let words = [UInt64](repeating: value, count: types.count)
            self.all.append(Attempt(name: "words \(words)", words: words, fill: 0xff))
        }
        var random = SeededRandom(seed: UInt64(types.count))
        for _ in 0..<300 {
            let words = types.map { ($0 == .i64 ? wide : hostile).randomElement(using: &random) ?? 0 }
            let fill: UInt8 = [0, 1, 0x40, 0xff].randomElement(using: &random) ?? 0
            self.all.append(Attempt(name: "words \(words), memory of \(fill)", words: words, fill: fill))
        }
    }
}
