import ArgumentParser
import Foundation
import Pulp

/// How the payload of `pulp step` is written.
enum PayloadFormat: String, CaseIterable, ExpressibleByArgument {
    /// JSON, with the tags of `pulp debug msgpack` for what JSON cannot say.
    case json
    /// MessagePack.
    case msgpack
}

/// What the user gave as a payload, on its way to the bytes that the guest gets.
enum StepPayload {
    /// The text or bytes behind `@file`, `-`, or as they are.
    static func bytes(_ argument: String) throws(Problem) -> [UInt8] {
        if argument == "-" { return try Input.all() }
        if argument.hasPrefix("@") { return try Input.file(String(argument.dropFirst())) }
        return Array(argument.utf8)
    }

    /// The payload as one MessagePack value, checked.
    ///
    /// - Parameter option: Where the bytes were given, for messages.
    static func value(
        _ bytes: [UInt8], _ format: PayloadFormat, option: String = "--payload"
    ) throws(Problem) -> [UInt8] {
        switch format {
        case .json:
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Problem("\(option): JSON is UTF-8, and this is not; is it MessagePack?")
            }
            do throws(DiagnosticJSONError) {
                return try DiagnosticJSON.value(of: text).encodedBytes()
            } catch {
                throw Problem("\(option): the JSON is wrong at \(error)")
            }
        case .msgpack:
            do throws(WireError) {
                var reader = unsafe MessagePackReader(bytes.span.bytes)
                try reader.skipValue()
                guard reader.isAtEnd else { throw WireError(.outOfRange, at: reader.offset, expected: .value) }
                return bytes
            } catch {
                throw Problem("\(option): this is not one MessagePack value (\(error)); --raw sends any bytes")
            }
        }
    }

    /// A step event around a payload.
    static func event(_ kind: String, _ payload: [UInt8]) -> [UInt8] {
        MessagePackWriter.encode { $0.writeStepEvent(dynamicKind: kind, payload: unsafe payload.span.bytes) }
    }

    /// A request with defaults for what is not said: GET /, no headers, no body.
    ///
    /// - Throws: ``Problem`` when the payload is no map of the fields of a request.
    static func request(_ payload: [UInt8]) throws(Problem) -> HTTPRequestRecord {
        var request: HTTPRequestRecord
        do throws(WireError) {
            request =
                payload.isEmpty
                ? HTTPRequestRecord(id: 0, method: "", path: "") : try HTTPRequestRecord(decoding: payload)
        } catch {
            throw Problem(
                "--payload: this is no request (\(error)); write {\"method\": \"GET\", \"path\": \"/\", "
                    + "\"headers\": {}, \"query\": {}, \"body\": \"\"} or parts of it")
        }
        if request.id == 0 { request.id = 1 }
        if request.method.isEmpty { request.method = "GET" }
        if request.path.isEmpty { request.path = "/" }
        if request.host.isEmpty { request.host = "localhost" }
        if request.remoteAddr.isEmpty { request.remoteAddr = "127.0.0.1:0" }
        Self.splitQuery(&request)
        return request
    }

    /// A path as one types it may carry a query.
    private static func splitQuery(_ request: inout HTTPRequestRecord) {
        guard let mark = request.path.firstIndex(of: "?") else { return }
        let query = request.path[request.path.index(after: mark)...]
        request.path = String(request.path[..<mark])
        for item in query.split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map(Self.decoded)
            request.query.append(name: parts[0], value: parts.count > 1 ? parts[1] : "")
        }
    }

    private static func decoded(_ text: Substring) -> String {
        let spaced = String(text.replacing("+", with: " "))
        return spaced.removingPercentEncoding ?? spaced
    }
}
