import Cryptography
import FoundationEssentials

extension UUID {
    /// 22 characters of base 62.
    var base62: [UInt8] {
        let u = uuid
        let bytes = [
            u.0, u.1, u.2, u.3, u.4, u.5, u.6, u.7, u.8, u.9, u.10, u.11, u.12, u.13, u.14, u.15,
        ]
        return Base62.encodeASCII(bytes, width: OpaqueText.idCount)
    }

    init?(base62 text: ArraySlice<UInt8>) {
        guard text.count == OpaqueText.idCount, let bytes = Base62.decode(ascii: text, count: 16) else { return nil }
        guard bytes.count == 16 else { return nil }
        let b = bytes
        self.init(
            uuid: (
                b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]
            )
        )
    }
}
