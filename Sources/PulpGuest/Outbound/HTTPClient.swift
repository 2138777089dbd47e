import PulpWire

/// Fetching from other servers: `transport.http.outbound`.
///
/// The plugin sleeps until the answer is there, and its host does not. Where it may connect the manifest says:
/// `[http] allow` opens what is not public. Redirects are followed.
///
/// ```swift
/// let answer = try HTTPClient.get("https://example.com/news.json")
/// guard answer.isSuccess else { throw PluginError(502, "the server said \(answer.status)") }
/// let news = answer.text
/// ```
public enum HTTPClient {
    /// Fetches a URL as a whole.
    public static func get(_ url: String, headers: FieldList = [:]) throws(PluginError) -> FetchResponse {
        try Self.fetch(FetchRequest(url, headers: headers))
    }

    /// Sends bytes to a URL.
    public static func post(
        _ url: String, _ body: [UInt8], headers: FieldList = [:]
    ) throws(PluginError) -> FetchResponse {
        try Self.fetch(FetchRequest(url, method: "POST", headers: headers, body: body))
    }

    /// Sends a request and reads the whole answer, of at most `max_body_bytes`.
    ///
    /// - Throws: Status 4 when there is no answer, with the host's sentence; ``lastFailure()`` has a word to branch on.
    ///   An answer such as 404 is no error.
    public static func fetch(_ request: FetchRequest) throws(PluginError) -> FetchResponse {
        try unsafe Self.send(request, HostCall("http_fetch", .outbound), http_fetch)
    }

    /// Sends a request whose answer is read piece by piece, or passed on with ``Response/stream(_:status:headers:)``.
    public static func stream(_ request: FetchRequest) throws(PluginError) -> FetchStream {
        FetchStream(try unsafe Self.send(request, HostCall("http_fetch_begin", .outbound), http_fetch_begin))
    }

    /// Why this instance's last fetch failed; nil when none has.
    ///
    /// Its `code` is `bad_request`, `blocked`, `name_not_found`, `connect_failed`, `tls`, `timeout`, `redirects`,
    /// `invalid_answer`, `broken`, `too_large`, `limit` or `closed`.
    public static func lastFailure() throws(PluginError) -> HTTPFetchError? {
        let call = HostCall("http_fetch_error", .outbound)
        var answer = HostAnswer()
        try call.check(unsafe answer.fill { unsafe http_fetch_error($0, $1) })
        return answer.isEmpty ? nil : try answer.decode(HTTPFetchError.self, of: call)
    }

    private static func send(
        _ request: FetchRequest, _ call: HostCall, _ function: HostQuestion
    ) throws(PluginError) -> FetchResponse {
        do throws(PluginError) {
            return try FetchResponse(try unsafe call.ask(request.encoded, function).bytes, of: call)
        } catch {
            guard error.status == .operationFailed, let failure = try? Self.lastFailure() else { throw error }
            throw PluginError(status: error.status, call: call, detail: [UInt8](copying: failure.message))
        }
    }
}

extension Literal {
    static var outbound: Literal {
        """
        transport.http.outbound
        4 the fetch failed
        6 no memory is left for the answer
        """
    }
}
