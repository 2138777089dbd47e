import CWasmtime
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Advances the engine's epoch once a millisecond while guests run, so that a busy guest yields to its event loop.
///
/// The thread parks when nothing has run for `idleTicksBeforeParking` ticks: an idle process has no wake-ups of
/// ours. `enter` costs two atomic operations while the ticker runs and one system call when it has to wake it.
public final class EpochTicker: Sendable {
    /// One tick. A guest's slice is at most this long.
    public static let period: Duration = .milliseconds(1)
    static let idleTicksBeforeParking = 100

    private let engine: EngineHandle
    private let entered = Atomic<Int>(0)
    private let left = Atomic<Int>(0)
    private let parked = Atomic<Bool>(true)
    private let ticks = Atomic<Int>(0)
    private let stopping = Atomic<Bool>(false)
    private let signal = ThreadSignal()

    init(engine: EngineHandle) {
        self.engine = engine
    }

    /// Ticks since the process began: stands still while parked.
    public var tickCount: Int { self.ticks.load(ordering: .relaxed) }
    /// Whether the thread sleeps until a guest runs.
    public var isParked: Bool { self.parked.load(ordering: .relaxed) }

    /// Says that guest code is about to run on this thread.
    @inline(__always)
    func enter() {
        self.entered.add(1, ordering: .sequentiallyConsistent)
        if self.parked.load(ordering: .sequentiallyConsistent) { self.signal.notify() }
    }

    /// Says that the guest code has returned to the loop.
    @inline(__always)
    func leave() {
        self.left.add(1, ordering: .releasing)
    }

    func stop() {
        self.stopping.store(true, ordering: .sequentiallyConsistent)
        self.signal.notify()
    }

    /// The thread's body: returns when the engine ends.
    func run() {
        self.parked.store(false, ordering: .sequentiallyConsistent)
        var idleTicks = 0
        var seen = 0
        while !self.stopping.load(ordering: .relaxed) {
            let entered = self.entered.load(ordering: .sequentiallyConsistent)
            let isRunning = entered != self.left.load(ordering: .sequentiallyConsistent)
            idleTicks = isRunning || entered != seen ? 0 : idleTicks + 1
            seen = entered
            if idleTicks < Self.idleTicksBeforeParking {
                self.tick()
            } else {
                self.park(unlessEnteredSince: entered)
                idleTicks = 0
            }
        }
    }

    private func tick() {
        var pause = timespec(tv_sec: 0, tv_nsec: 1_000_000)
        _ = unsafe nanosleep(&pause, nil)
        self.ticks.add(1, ordering: .relaxed)
        unsafe wasmtime_engine_increment_epoch(self.engine.pointer)
    }

    /// Publishes the intention first and looks again after: `enter` does the opposite, so one of the two sees it.
    private func park(unlessEnteredSince entered: Int) {
        self.parked.store(true, ordering: .sequentiallyConsistent)
        if self.entered.load(ordering: .sequentiallyConsistent) == entered, !self.stopping.load(ordering: .relaxed) {
            self.signal.wait()
        }
        self.parked.store(false, ordering: .sequentiallyConsistent)
    }
}

/// A condition that stays set until one thread has waited for it.
@safe final class ThreadSignal: @unchecked Sendable {
    // The three cells are touched through pthread's own calls only, between lock and unlock.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var isSet = false

    init() {
        unsafe pthread_mutex_init(self.mutex, nil)
        unsafe pthread_cond_init(self.condition, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(self.condition)
        unsafe pthread_mutex_destroy(self.mutex)
        unsafe self.condition.deallocate()
        unsafe self.mutex.deallocate()
    }

    func notify() {
        unsafe pthread_mutex_lock(self.mutex)
        self.isSet = true
        unsafe pthread_cond_signal(self.condition)
        unsafe pthread_mutex_unlock(self.mutex)
    }

    func wait() {
        unsafe pthread_mutex_lock(self.mutex)
        while !self.isSet { unsafe pthread_cond_wait(self.condition, self.mutex) }
        self.isSet = false
        unsafe pthread_mutex_unlock(self.mutex)
    }
}
