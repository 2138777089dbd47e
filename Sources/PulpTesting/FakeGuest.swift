import NIOCore
import PulpCapability

/// What a guest is to the handlers of a capability, without a guest: memory of its own and an allocator that can be
/// told to misbehave. Confined to its event loop.
@safe public final class FakeGuest: GuestCaller {
    /// How the guest's allocator behaves.
    public enum Allocator: Hashable, Sendable, CaseIterable {
        /// Each block behind the last, until the memory is full.
        case sound
        /// Gives nothing: `pulp_alloc` is missing, traps or returns 0.
        case failing
        /// The same address for every block, as real Go guests do for small ones.
        case sameAddress
        /// Sound, but the memory grows and moves at each call, as it may whenever guest code runs.
        case moving
        /// A pointer that the memory does not reach. The runtime never lets one through; a handler must stand it.
        case outOfRange
        /// A block of which only the first byte is inside the memory.
        case pastEnd
    }

    public let scope: PluginScope
    public let instance: InstanceID
    public let eventLoop: any EventLoop
    /// The event being stepped; a test may set it.
    public var event: (any GuestEvent)?
    /// When the running call is ended; a test may set it.
    public var deadline: NIODeadline = .distantFuture
    public private(set) var memory: UnsafeMutableRawBufferPointer

    /// How the allocator behaves from now on.
    public var allocator = Allocator.sound
    /// What handlers have raised, in order.
    public private(set) var traps: [String] = []
    /// The code of the first exit.
    public private(set) var exitCode: UInt32?
    /// How often the guest was woken.
    public private(set) var wakeCount = 0
    var onWake: () -> Void = {}

    /// Where ``allocate(_:)`` starts: what is below is for the test.
    static let heapStart = 4_096
    private var heapEnd = FakeGuest.heapStart

    /// A guest with a memory of zeroes.
    ///
    /// - Parameters:
    ///   - scope: The plugin that it is an instance of.
    ///   - instance: Its number.
    ///   - eventLoop: Where it is used.
    ///   - memoryBytes: At least 8,192.
    public init(scope: PluginScope, instance: InstanceID, eventLoop: any EventLoop, memoryBytes: Int = 65_536) {
        precondition(memoryBytes >= 2 * Self.heapStart, "a guest's memory has at least 8192 bytes")
        self.scope = scope
        self.instance = instance
        self.eventLoop = eventLoop
        unsafe self.memory = Self.zeroes(memoryBytes)
    }

    deinit {
        unsafe self.memory.deallocate()
    }

    public func allocate(_ byteCount: Int) -> UInt32? {
        switch self.allocator {
        case .failing: return nil
        case .outOfRange: return 0xffff_fff0
        case .pastEnd: return unsafe UInt32(clamping: self.memory.count - 1)
        case .sameAddress: return self.fits(Self.heapStart, byteCount) ? UInt32(Self.heapStart) : nil
        case .moving: unsafe self.move(to: self.memory.count + 65_536)
        case .sound: break
        }
        guard self.fits(self.heapEnd, byteCount) else { return nil }
        defer { self.heapEnd = (self.heapEnd + byteCount + 7) & ~7 }
        return UInt32(clamping: self.heapEnd)
    }

    public func raise(_ message: String) {
        self.traps.append(message)
    }

    public func exit(_ code: UInt32) {
        if self.exitCode == nil { self.exitCode = code }
    }

    public func wake() {
        self.wakeCount += 1
        self.onWake()
    }

    /// Copies bytes into the memory; those that do not fit are left out.
    public func write(_ bytes: [UInt8], at pointer: Int) {
        for (offset, byte) in bytes.enumerated() where unsafe self.memory.indices.contains(pointer + offset) {
            unsafe self.memory[pointer + offset] = byte
        }
    }

    /// Bytes of the memory; those outside are left out.
    public func read(_ count: Int, at pointer: Int) -> [UInt8] {
        let start = unsafe min(max(pointer, 0), self.memory.count)
        return unsafe [UInt8](self.memory[start..<min(start + max(count, 0), self.memory.count)])
    }

    /// A little-endian word of the memory; 0 outside.
    public func word(at pointer: Int) -> UInt32 {
        self.read(4, at: pointer).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Fills the memory with `byte` and frees all that was allocated.
    public func reset(to byte: UInt8 = 0) {
        unsafe self.memory.initializeMemory(as: UInt8.self, repeating: byte)
        self.heapEnd = Self.heapStart
        self.allocator = .sound
    }

    private func fits(_ start: Int, _ byteCount: Int) -> Bool {
        unsafe byteCount >= 0 && byteCount <= self.memory.count - min(start, self.memory.count)
    }

    private func move(to byteCount: Int) {
        let old = unsafe self.memory
        unsafe self.memory = Self.zeroes(byteCount)
        unsafe self.memory.copyMemory(from: UnsafeRawBufferPointer(old))
        unsafe old.initializeMemory(as: UInt8.self, repeating: 0xee)
        unsafe old.deallocate()
    }

    private static func zeroes(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 16)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
        return unsafe memory
    }
}
