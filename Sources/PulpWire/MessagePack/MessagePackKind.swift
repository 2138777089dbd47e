/// The type of a MessagePack value, as its first byte tells it.
public enum MessagePackKind: UInt8, Hashable, Sendable {
    case `nil`, bool, integer, float, string, binary, array, map, `extension`
    /// The byte 0xc1.
    case invalid

    /// The kind of the value that starts with `marker`.
    public init(marker: UInt8) {
        switch marker {
        case 0x00...0x7f, MessagePackMarker.uint8...MessagePackMarker.int64, MessagePackMarker.negativeFixInt...0xff:
            self = .integer
        case MessagePackMarker.fixMap..<MessagePackMarker.fixArray, MessagePackMarker.map16, MessagePackMarker.map32:
            self = .map
        case MessagePackMarker.fixArray..<MessagePackMarker.fixString,
            MessagePackMarker.array16, MessagePackMarker.array32:
            self = .array
        case MessagePackMarker.fixString..<MessagePackMarker.nil,
            MessagePackMarker.string8...MessagePackMarker.string32:
            self = .string
        case MessagePackMarker.nil: self = .nil
        case MessagePackMarker.false, MessagePackMarker.true: self = .bool
        case MessagePackMarker.binary8...MessagePackMarker.binary32: self = .binary
        case MessagePackMarker.float, MessagePackMarker.double: self = .float
        case MessagePackMarker.extension8...MessagePackMarker.extension32,
            MessagePackMarker.fixExtension1...MessagePackMarker.fixExtension16:
            self = .extension
        default: self = .invalid
        }
    }
}

extension MessagePackKind: CustomStringConvertible {
    /// The name that the format's specification uses.
    public var description: String {
        switch self {
        case .nil: "nil"
        case .bool: "bool"
        case .integer: "int"
        case .float: "float"
        case .string: "str"
        case .binary: "bin"
        case .array: "array"
        case .map: "map"
        case .extension: "ext"
        case .invalid: "an unused marker"
        }
    }
}
