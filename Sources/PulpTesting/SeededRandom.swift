import PulpCapability
import Synchronization

/// A generator whose numbers follow from its seed, for tests that must repeat. Not for secrets.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator that starts at `seed`; any value will do.
    public init(seed: UInt64) {
        self.state = seed
    }

    /// The next number: SplitMix64, by Steele, Lea and Flood.
    public mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

extension RandomSource {
    /// Random bytes that follow from `seed`.
    public static func seeded(_ seed: UInt64) -> RandomSource {
        let generator = SharedGenerator(seed: seed)
        return unsafe RandomSource { buffer in
            unsafe generator.fill(buffer)
            return true
        }
    }

    /// A source that has none.
    public static let failing = unsafe RandomSource { _ in false }
}

private final class SharedGenerator: Sendable {
    private let generator: Mutex<SeededRandom>

    init(seed: UInt64) {
        self.generator = Mutex(SeededRandom(seed: seed))
    }

    func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        self.generator.withLock { generator in
            for index in buffer.indices {
                unsafe buffer[index] = UInt8(truncatingIfNeeded: generator.next())
            }
        }
    }
}
