import Cryptography
import Glibc
import Testing

@Suite struct ProcessHardeningTests {
    @Test func aHardenedProcessCannotBeDumped() async {
        // In a process of its own: the test process shall stay debuggable.
        await #expect(processExitsWith: .exitCode(42)) {
            ProcessHardening.disableDumps()
            #expect(!ProcessHardening.isDumpable)
            exit(ProcessHardening.isDumpable ? 1 : 42)
        }
    }

    @Test func randomBytesDiffer() throws {
        #expect(Set((0..<100).map { _ in SecureRandom.bytes(16) }).count == 100)
        #expect(SecureRandom.bytes(0).isEmpty)
        let arena = try SecretArena.make(capacity: 4096, lockPolicy: .warn)
        #expect(throws: CryptographyError.wrongSize(what: "random secret", count: 0)) {
            try SecureRandom.secret(0, in: arena)
        }
        let first = try SecureRandom.secret(32, in: arena)
        #expect(!first.isEqual(to: try SecureRandom.secret(32, in: arena)))
    }
}
