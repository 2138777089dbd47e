import NIOCore

/// An answer that is made without the owner's work: a refusal, a redirect, an error of the listener.
package struct Refusal: Sendable, Equatable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: ByteBuffer

    package init(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// `text/plain`, for the answers whose text is part of the contract.
    package static func text(_ status: Int, _ text: String) -> Refusal {
        Refusal(status: status, headers: [("Content-Type", "text/plain")], body: ByteBuffer(string: text))
    }

    /// `application/problem+json` of RFC 9457.
    ///
    /// - Parameter retryAfter: Seconds, for `Retry-After`.
    package static func problem(
        _ status: Int, type: String = "about:blank", title: String? = nil, detail: String, retryAfter: Int? = nil
    ) -> Refusal {
        let title = title ?? "\(StatusLine.reason(status))"
        let members = [
            "\"type\":\(Self.quoted(type))", "\"title\":\(Self.quoted(title))", "\"status\":\(status)",
            "\"detail\":\(Self.quoted(detail))",
        ]
        var headers = [(name: "Content-Type", value: "application/problem+json")]
        if let retryAfter { headers.append(("Retry-After", String(retryAfter))) }
        let body = ByteBuffer(string: "{" + members.joined(separator: ",") + "}")
        return Refusal(status: status, headers: headers, body: body)
    }

    package static func == (left: Refusal, right: Refusal) -> Bool {
        left.status == right.status && left.body == right.body
            && left.headers.elementsEqual(right.headers) { $0 == $1 }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\u{0}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

extension Refusal {
    init(_ fault: RequestFault) {
        // The reference answers this one in plain text, and clients look for the words.
        self = fault.status == 413 ? .text(413, fault.detail) : .problem(fault.status, detail: fault.detail)
    }

    static let notFound = Refusal.text(404, "404 page not found")
    static let bodyTooLarge = Refusal.text(413, "request body too large")
}
