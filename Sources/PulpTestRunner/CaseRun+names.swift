import Pulp

/// What steps call what others have opened.
extension CaseRun {
    /// Opens something with the client.
    ///
    /// - Throws: ``TestFailure`` when there is nothing to connect to, or the name is taken.
    func opening<Value>(_ step: TestStep, _ body: (TestClient) async throws -> Value) async throws -> Value {
        let client = try self.clientOrFailure(step)
        do {
            return try await body(client)
        } catch let taken as TestClient.NameTaken {
            throw TestFailure(
                step.position, "\(Shown.text(taken.name)) is open already: \(taken.kind.words)",
                ["give this one a name of its own, such as as = \"second\", or end the other before it"])
        } catch {
            throw TestFailure(step.position, "the host takes no connection", ["\(error)"])
        }
    }

    func clientOrFailure(_ step: TestStep) throws(TestFailure) -> TestClient {
        if let client { return client }
        throw TestFailure(
            step.position, "the plugin serves nothing",
            ["grant it transport.http.inbound, transport.ws.inbound or transport.sse in the manifest"])
    }

    /// Says what is wrong with a name that leads to nothing open of these kinds.
    func require(_ name: String, _ kinds: [OpenKind], _ step: TestStep) throws(TestFailure) {
        let kind = self.client?.kind(of: name)
        if let kind, kinds.contains(kind) { return }
        throw TestFailure(step.position, self.problem(with: name, kind, kinds), [self.openLine])
    }

    private func problem(with name: String, _ kind: OpenKind?, _ wanted: [OpenKind]) -> String {
        let shown = Shown.text(name)
        if let kind { return "\(shown) is \(kind.words), not \(wanted[0].words)" }
        guard let code = self.client?.received.closed[name] else { return "nothing is open as \(shown)" }
        return "\(shown) is closed already" + (code == 1005 ? "" : ", with code \(code)")
    }

    /// What is open, on one line.
    var openLine: String {
        let open = self.client?.open ?? []
        let names = open.prefix(20).map { "\(Shown.text($0.name)) (\($0.kind.words))" }
        let more = open.count > names.count ? ["\(open.count - names.count) more"] : []
        return "open are: " + (names.isEmpty ? "none" : (names + more).joined(separator: ", "))
    }
}
