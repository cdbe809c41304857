import Cryptography
import Identity
import Model
import Policy
import Testing

@Suite struct APITokenTests {
    let fixture: IdentityFixture
    let now = IdentityFixture.now
    init() throws { fixture = try IdentityFixture() }

    @Test func aTokenReadsBackAsItself() throws {
        let token = APIToken.generate()
        let bytes = Array(token.text.utf8)
        #expect(bytes.count == APIToken.count && APIToken.count == 65)
        #expect(token.text.hasPrefix("krv_sa_"))
        #expect(bytes.dropFirst(7).allSatisfy { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") })
        let read = try #require(APIToken(bytes))
        #expect(read.id == token.id)
        #expect(read.text == token.text)
        #expect(read.matches(token.verifier(pepper: fixture.pepper), pepper: fixture.pepper))
    }

    @Test func aTypoIsToldFromAWrongTokenOffline() {
        let bytes = Array(APIToken.generate().text.utf8)
        for index in bytes.indices {
            for replacement in "0Az_-.\u{0}".utf8 where replacement != bytes[index] {
                var changed = bytes
                changed[index] = replacement
                #expect(APIToken(changed) == nil)
            }
        }
        #expect(APIToken(Array(bytes.dropLast())) == nil)
        #expect(APIToken(bytes + [UInt8(ascii: "0")]) == nil)
        #expect(APIToken([]) == nil)
    }

    @Test func theVerifierBindsIDSecretAndPepper() throws {
        let one = APIToken.generate()
        let sameID = APIToken.generate(id: one.id)
        let verifier = one.verifier(pepper: fixture.pepper)
        #expect(!sameID.matches(verifier, pepper: fixture.pepper))
        #expect(!APIToken.generate().matches(verifier, pepper: fixture.pepper))
        let otherPepper = try SecureRandom.secret(32, in: fixture.arena)
        #expect(!one.matches(verifier, pepper: otherPepper))
    }

    @Test func theSecretUsesTheWholeAlphabetEvenly() {
        var counts: [UInt8: Int] = [:]
        for _ in 0..<400 {
            for byte in Array(APIToken.generate().text.utf8).dropFirst(29).prefix(30) { counts[byte, default: 0] += 1 }
        }
        #expect(counts.count == 62)
        // 12,000 characters, 193.5 of each expected; far outside means a biased generator.
        #expect(counts.values.allSatisfy { (110...290).contains($0) })
    }

    @Test func aCachedAPITokenIsCheckedOnEveryUse() {
        let relay = fixture.relay
        let bytes = Array(fixture.apiToken.text.utf8)
        #expect(relay.authenticate(tokenBytes: bytes, now: now).failure == nil)
        #expect(relay.authenticate(tokenBytes: bytes, now: now + 86_400).failure == .expiredToken)
        fixture.load(version: 2, isAccountActive: false)
        #expect(relay.authenticate(tokenBytes: bytes, now: now).failure == .revokedToken)
        fixture.load(version: 3, isTokenRevoked: true)
        #expect(relay.authenticate(tokenBytes: bytes, now: now).failure == .revokedToken)
        fixture.load(version: 4, hasMembers: false)
        #expect(relay.authenticate(tokenBytes: bytes, now: now).failure == .revokedToken)
        fixture.load(version: 5)
        #expect(relay.authenticate(tokenBytes: bytes, now: now).failure == nil)
    }

    @Test func anUnknownIDIsUndecidedWhileTheSnapshotCannotBeVerified() {
        let stranger = Array(APIToken.generate().text.utf8)
        #expect(fixture.relay.authenticate(tokenBytes: stranger, now: now).failure == .invalidToken)
        fixture.snapshots.verificationFailed()
        #expect(fixture.relay.authenticate(tokenBytes: stranger, now: now).failure == .storeUnavailable)
    }

    @Test func aKnownIDWithAnotherSecretIsInvalid() {
        let guess = Array(APIToken.generate(id: fixture.apiToken.id).text.utf8)
        #expect(fixture.relay.authenticate(tokenBytes: guess, now: now).failure == .invalidToken)
    }
}
