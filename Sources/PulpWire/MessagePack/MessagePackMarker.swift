/// The first bytes of MessagePack values, by the names of the format's specification.
///
/// Computed, not stored: they fold into constants in every module that inlines the reader or the writer.
@usableFromInline
enum MessagePackMarker {
    @inlinable static var fixMap: UInt8 { 0x80 }
    @inlinable static var fixArray: UInt8 { 0x90 }
    @inlinable static var fixString: UInt8 { 0xa0 }
    @inlinable static var `nil`: UInt8 { 0xc0 }
    @inlinable static var neverUsed: UInt8 { 0xc1 }
    @inlinable static var `false`: UInt8 { 0xc2 }
    @inlinable static var `true`: UInt8 { 0xc3 }
    @inlinable static var binary8: UInt8 { 0xc4 }
    @inlinable static var binary16: UInt8 { 0xc5 }
    @inlinable static var binary32: UInt8 { 0xc6 }
    @inlinable static var extension8: UInt8 { 0xc7 }
    @inlinable static var extension16: UInt8 { 0xc8 }
    @inlinable static var extension32: UInt8 { 0xc9 }
    @inlinable static var float: UInt8 { 0xca }
    @inlinable static var double: UInt8 { 0xcb }
    @inlinable static var uint8: UInt8 { 0xcc }
    @inlinable static var uint16: UInt8 { 0xcd }
    @inlinable static var uint32: UInt8 { 0xce }
    @inlinable static var uint64: UInt8 { 0xcf }
    @inlinable static var int8: UInt8 { 0xd0 }
    @inlinable static var int16: UInt8 { 0xd1 }
    @inlinable static var int32: UInt8 { 0xd2 }
    @inlinable static var int64: UInt8 { 0xd3 }
    @inlinable static var fixExtension1: UInt8 { 0xd4 }
    @inlinable static var fixExtension2: UInt8 { 0xd5 }
    @inlinable static var fixExtension4: UInt8 { 0xd6 }
    @inlinable static var fixExtension8: UInt8 { 0xd7 }
    @inlinable static var fixExtension16: UInt8 { 0xd8 }
    @inlinable static var string8: UInt8 { 0xd9 }
    @inlinable static var string16: UInt8 { 0xda }
    @inlinable static var string32: UInt8 { 0xdb }
    @inlinable static var array16: UInt8 { 0xdc }
    @inlinable static var array32: UInt8 { 0xdd }
    @inlinable static var map16: UInt8 { 0xde }
    @inlinable static var map32: UInt8 { 0xdf }
    /// Markers from here on are the integers -32 to -1 themselves.
    @inlinable static var negativeFixInt: UInt8 { 0xe0 }

    /// The extension type of timestamps.
    @inlinable static var timestampType: Int8 { -1 }
}
