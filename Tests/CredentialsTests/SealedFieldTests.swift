import Credentials
import Cryptography
import Model
import Testing

@Suite struct SealedFieldTests {
    @Test func theBytesComeBack() throws {
        let field = try sample()
        #expect(SealedField(bytes: field.bytes) == field)
        #expect(field.bytes.count == 1 + 16 + 32 + 12 + 4 + 6 + 16)
        #expect(field.bytes.first == SealedField.currentFormat)
    }

    @Test func aTruncationAtAnyLengthIsRefused() throws {
        let bytes = try sample().bytes
        for count in 0..<bytes.count {
            #expect(SealedField(bytes: Array(bytes[..<count])) == nil)
        }
    }

    @Test func anAdditionOrAnotherFormatIsRefused() throws {
        let bytes = try sample().bytes
        #expect(SealedField(bytes: bytes + [0]) == nil)
        for format in [0, 2, 255] as [UInt8] {
            #expect(SealedField(bytes: [format] + bytes.dropFirst()) == nil)
        }
    }

    @Test func aLengthBelowTheTagOrBeyondTheBytesIsRefused() throws {
        let bytes = try sample().bytes
        let lengthAt = 1 + 16 + 32 + 12
        for length in [[0, 0, 0, 0], [0, 0, 0, 15], [0, 0, 0, 23], [0xff, 0xff, 0xff, 0xff]] as [[UInt8]] {
            #expect(SealedField(bytes: bytes[..<lengthAt] + length + bytes[(lengthAt + 4)...]) == nil)
        }
        let empty: [UInt8] = bytes[..<lengthAt] + [0, 0, 0, 3] + [1, 2, 3]
        #expect(SealedField(bytes: empty) == nil)
    }

    @Test func noAlteredByteOpens() throws {
        let deployment = try Deployment()
        let location = deployment.location()
        let bytes = try deployment.sealer.seal(
            Array("secret".utf8),
            at: location,
            dataKey: deployment.dataKey,
            wrapped: deployment.wrapped
        ).bytes
        for index in bytes.indices {
            var altered = bytes
            altered[index] ^= 0x80
            guard let field = SealedField(bytes: altered) else { continue }
            #expect(throws: SealError.notAuthentic) {
                try deployment.sealer.open(field, at: location, wrapped: deployment.wrapped)
            }
        }
    }

    private func sample() throws -> SealedField {
        let deployment = try Deployment()
        return try deployment.sealer.seal(
            Array("secret".utf8),
            at: deployment.location(),
            dataKey: deployment.dataKey,
            wrapped: deployment.wrapped
        )
    }
}
