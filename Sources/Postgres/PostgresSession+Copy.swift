package import struct FoundationEssentials.UUID

/// One field of a row for a binary COPY. The column must have exactly this type.
package enum CopyField: Hashable, Sendable {
    case null
    case bool(Bool)
    case int8(Int64)
    case int4(Int32)
    case text(String)
    case bytes([UInt8])
    case uuid(UUID)
    case timestamp(PostgresTimestamp)
}

extension PostgresSession {
    /// `COPY table (columns) FROM STDIN (FORMAT binary)` of the rows; returns how many arrived. All or nothing.
    @discardableResult
    package func copyIn(_ target: SQL, rows: [[CopyField]]) async throws(PostgresError) -> Int {
        let chunks = try CopyEncoder.chunks(of: rows)
        try await flushPending()
        return try await operate { (connection, patience) throws(PostgresError) in
            try connection.copyIn(target, chunks: chunks, isBinary: true, patience)
        }
    }

    /// `COPY … FROM STDIN` in whatever format the statement names; the chunks are its input as it is.
    @discardableResult
    package func copyIn(_ target: SQL, chunks: [[UInt8]]) async throws(PostgresError) -> Int {
        try await flushPending()
        return try await operate { (connection, patience) throws(PostgresError) in
            try connection.copyIn(target, chunks: chunks, isBinary: nil, patience)
        }
    }
}

private func byteArray(_ uuid: UUID) -> [UInt8] {
    let (b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15) = uuid.uuid
    return [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15]
}

/// The binary format of COPY: a signature, rows of counted fields, a trailer.
enum CopyEncoder {
    private static let signature: [UInt8] =
        Array("PGCOPY\n".utf8) + [0xff, 0x0d, 0x0a, 0x00] + [0, 0, 0, 0] + [0, 0, 0, 0]
    private static let trailer: [UInt8] = [0xff, 0xff]
    private static let chunkSize = 64 * 1024

    static func chunks(of rows: [[CopyField]]) throws(PostgresError) -> [[UInt8]] {
        var chunks: [[UInt8]] = []
        var chunk = signature
        for row in rows {
            guard let count = Int16(exactly: row.count) else { throw .unsendable("a row has too many fields") }
            chunk += bigEndianBytes(count)
            for field in row { try append(field, to: &chunk) }
            if chunk.count >= chunkSize {
                chunks.append(chunk)
                chunk = []
            }
        }
        chunks.append(chunk + trailer)
        return chunks
    }

    private static func append(_ field: CopyField, to chunk: inout [UInt8]) throws(PostgresError) {
        guard let bytes = try bytes(of: field) else {
            chunk += bigEndianBytes(Int32(-1))
            return
        }
        guard let count = Int32(exactly: bytes.count) else { throw .unsendable("a field is too large") }
        chunk += bigEndianBytes(count)
        chunk += bytes
    }

    private static func bytes(of field: CopyField) throws(PostgresError) -> [UInt8]? {
        switch field {
        case .null: return nil
        case .bool(let value): return [value ? 1 : 0]
        case .int8(let value): return bigEndianBytes(value)
        case .int4(let value): return bigEndianBytes(value)
        case .text(let value): return Array(value.utf8)
        case .bytes(let value): return value
        case .uuid(let value): return byteArray(value)
        case .timestamp(let value):
            guard let microseconds = value.microsecondsSince2000 else { throw .unsendable("a date is out of range") }
            return bigEndianBytes(microseconds)
        }
    }
}
