import Foundation

/// Bytes as test files write them.
enum Base64Text {
    static func bytes(_ text: String) -> [UInt8]? { Data(base64Encoded: text).map { [UInt8]($0) } }
    static func text(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}
