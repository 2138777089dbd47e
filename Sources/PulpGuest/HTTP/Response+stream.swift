import PulpWire

extension Response {
    /// Hands the body of an outbound answer on: the host carries it from here on, as fast as the client reads, and the
    /// plugin has no part in it. It ends with the stream, and the stream with the client.
    ///
    /// - Parameters:
    ///   - stream: Is passed on with this, and cannot be read any more.
    ///   - status: The stream's own unless given.
    public static func stream(
        _ stream: FetchStream, status: UInt32? = nil, headers: FieldList = [:]
    ) -> Response {
        var response = Response(status: status ?? stream.status, headers: headers)
        response.delivery = { id, response in
            let passedOn = stream.id
            // The host's from here on: nothing here may close it. Unless the host did not take it.
            stream.id = 0
            let status = unsafe response.hand(to: http_respond_stream, id: id, stream: passedOn)
            if status != .ok { stream.id = passedOn }
            return status
        }
        return response
    }
}
