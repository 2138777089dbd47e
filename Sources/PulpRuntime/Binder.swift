import PulpCapability
import PulpEngine

/// Turns the rows of capabilities' tables into host functions of the engine.
extension BoundImport {
    var hostFunction: HostFunction {
        HostFunction(
            module: self.signature.module, name: self.signature.name, type: self.signature.functionType,
            body: self.engineBody)
    }

    private var engineBody: HostFunction.Body {
        switch self.body {
        case .plain(let handler):
            return .plain { call in
                var guestCall = GuestCall(call)
                call.setResult(handler(&guestCall))
            }
        case .suspending(let handler):
            return .suspending { call in
                var guestCall = GuestCall(call)
                let suspended = handler(&guestCall)
                if let finish = suspended.finish {
                    call.setResult(finish(&guestCall))
                    return nil
                }
                return PendingCall(
                    poll: { call in
                        guard let finish = suspended.finish else { return false }
                        var guestCall = GuestCall(call)
                        call.setResult(finish(&guestCall))
                        return true
                    }, abandon: suspended.abandon)
            }
        }
    }
}

extension GuestCall {
    @inline(__always)
    fileprivate init(_ call: borrowing ImportCall) {
        // Only `GuestInstance` makes fibers here, as their owner; a checked cast would cost more than the call.
        let caller = unsafe unsafeDowncast(call.owner, to: GuestInstance.self)
        var words = InlineArray<12, UInt64>(repeating: 0)
        for index in 0..<min(call.wordCount, GuestCall.maximumWords) { words[index] = call.doubleWord(index) }
        self.init(caller: caller, words: words)
    }
}

extension ImportSignature {
    var functionType: FunctionType {
        FunctionType(self.parameters.map { $0.type.valueType }, self.result.map { [$0.valueType] } ?? [])
    }
}

extension ImportSignature.Word {
    fileprivate var valueType: ValueType {
        switch self {
        case .i32: .i32
        case .i64: .i64
        }
    }
}
