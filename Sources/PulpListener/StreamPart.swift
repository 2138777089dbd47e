import NIOCore

/// Bytes that many streamed answers send: framed once, and shared by all of them.
package struct StreamPart: Sendable {
    /// The bytes as a chunk of HTTP/1.1.
    let chunk: ByteBuffer
    /// The same storage without the framing.
    package let bytes: ByteBuffer

    /// - Parameters:
    ///   - byteCount: How many bytes `write` writes, exactly.
    ///   - write: Appends them.
    package init(byteCount: Int, _ write: (inout ByteBuffer) -> Void) {
        let length = String(byteCount, radix: 16)
        var chunk = ByteBufferAllocator().buffer(capacity: length.utf8.count + byteCount + 4)
        chunk.writeString(length)
        chunk.writeInteger(UInt16(0x0D0A))
        let start = chunk.writerIndex
        write(&chunk)
        precondition(chunk.writerIndex - start == byteCount, "a part of a stream has another length than was said")
        self.bytes = chunk.getSlice(at: start, length: byteCount) ?? ByteBuffer()
        chunk.writeInteger(UInt16(0x0D0A))
        self.chunk = chunk
    }

    /// Several parts as one, which is a copy.
    package init(joining parts: some Collection<StreamPart>) {
        self.init(byteCount: parts.reduce(0) { $0 + $1.byteCount }) { buffer in
            for part in parts { buffer.writeImmutableBuffer(part.bytes) }
        }
    }

    package var byteCount: Int { self.bytes.readableBytes }
}
