import Cryptography
import FoundationEssentials

extension UUID {
    /// 22 characters of base 62.
    var base62: [UInt8] {
        let bytes = unsafe withUnsafeBytes(of: uuid) { unsafe Array($0) }
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
