import PulpWire

extension Application {
    /// Moves the plugin's routes to a listener of its own, on another address such as `127.0.0.1:9000`.
    ///
    /// To be called before the first route. An address that cannot be bound makes the start fail, with a sentence that
    /// says so.
    public mutating func listen(on address: String) {
        let bytes = [UInt8](copying: address)
        let record = MessagePackWriter.encode { writer in
            writer.writeMapHeader(1)
            writer.writeKey(.addr)
            writer.writeString(utf8: bytes.wireBytes)
        }
        let status = unsafe Status(rawValue: record.lend(to: http_listen))
        if status == .notGranted {
            self.dispatcher.refuse(status, "listening needs transport.http.inbound among the manifest's capabilities")
        }
        self.dispatcher.refuse(status, "the host cannot listen on \(address) for this plugin")
    }
}
