import Cryptography
import Model
import Testing

@testable import Identity

@Suite struct ProofCacheTests {
    @Test func itStaysBoundedAndKeepsWhatIsUsed() throws {
        let cache = ProofCache(limit: 10)
        let hot = SHA256Hash.digest(Array("hot".utf8))
        let verifier = SHA256Hash.digest([])
        cache.insert(.apiToken(.random(), organization: .random(), verifier: verifier), for: hot)
        for number in 0..<1000 {
            let digest = SHA256Hash.digest(Array("\(number)".utf8))
            cache.insert(.apiToken(.random(), organization: .random(), verifier: verifier), for: digest)
            #expect(cache.count <= 21)
            #expect(cache[hot] != nil)
        }
        #expect(cache[SHA256Hash.digest(Array("0".utf8))] == nil)
    }
}
