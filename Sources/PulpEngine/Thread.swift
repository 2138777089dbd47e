#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A thread of ours that runs one body to its end.
enum Thread {
    private final class Start {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    static func start(_ body: @escaping @Sendable () -> Void) {
        let start = unsafe Unmanaged.passRetained(Start(body)).toOpaque()
        #if canImport(Darwin)
            var thread: pthread_t?
            unsafe pthread_create(&thread, nil, { unsafe Thread.run($0) }, start)
        #else
            var thread = pthread_t()
            unsafe pthread_create(&thread, nil, { unsafe Thread.run($0) }, start)
        #endif
    }

    private static func run(_ start: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let start = unsafe start else { return nil }
        unsafe Unmanaged<Start>.fromOpaque(start).takeRetainedValue().body()
        return nil
    }
}
