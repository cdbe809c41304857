import Cryptography
import Testing

/// Bytes of a hexadecimal literal.
func hex(_ text: String) throws -> [UInt8] {
    try #require(Hexadecimal.decode(text))
}

func arena(_ capacity: Int = 16 * 1024) throws -> SecretArena {
    // A test machine may allow little locked memory; what locking does is tested apart.
    try SecretArena.make(capacity: capacity, lockPolicy: .warn)
}

extension Secret {
    var hexForTests: String { Hexadecimal.encode(copyOfBytes()) }
}
