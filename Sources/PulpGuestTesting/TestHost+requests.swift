/// Requests by their methods; each waits for its answer, as ``TestHost/request(_:_:_:headers:file:line:column:)`` does.
extension TestHost {
    /// Sends a `GET`.
    @discardableResult
    public func get(
        _ path: String, headers: Fields = [:], file: StaticString = #fileID, line: UInt32 = #line,
        column: UInt32 = #column
    ) -> Answer {
        self.request("GET", path, headers: headers, file: file, line: line, column: column)
    }

    /// Sends a `DELETE`.
    @discardableResult
    public func delete(
        _ path: String, headers: Fields = [:], file: StaticString = #fileID, line: UInt32 = #line,
        column: UInt32 = #column
    ) -> Answer {
        self.request("DELETE", path, headers: headers, file: file, line: line, column: column)
    }

    /// Sends a `HEAD`.
    @discardableResult
    public func head(
        _ path: String, headers: Fields = [:], file: StaticString = #fileID, line: UInt32 = #line,
        column: UInt32 = #column
    ) -> Answer {
        self.request("HEAD", path, headers: headers, file: file, line: line, column: column)
    }

    /// Sends a `POST`.
    @discardableResult
    public func post(
        _ path: String, _ content: Content? = nil, headers: Fields = [:], file: StaticString = #fileID,
        line: UInt32 = #line,
        column: UInt32 = #column
    ) -> Answer {
        self.request("POST", path, content, headers: headers, file: file, line: line, column: column)
    }

    /// Sends a `PUT`.
    @discardableResult
    public func put(
        _ path: String, _ content: Content? = nil, headers: Fields = [:], file: StaticString = #fileID,
        line: UInt32 = #line,
        column: UInt32 = #column
    ) -> Answer {
        self.request("PUT", path, content, headers: headers, file: file, line: line, column: column)
    }

    /// Sends a `PATCH`.
    @discardableResult
    public func patch(
        _ path: String, _ content: Content? = nil, headers: Fields = [:], file: StaticString = #fileID,
        line: UInt32 = #line,
        column: UInt32 = #column
    ) -> Answer {
        self.request("PATCH", path, content, headers: headers, file: file, line: line, column: column)
    }
}
