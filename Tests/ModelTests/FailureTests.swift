import Model
import Testing

@Suite struct FailureTests {
    @Test(arguments: Failure.allCases)
    func everyFailureIsAnErrorStatusAndOneSentence(_ failure: Failure) {
        #expect((400...504).contains(failure.status))
        #expect(failure.status != 500)
        #expect(failure.sentence.hasSuffix(".") || failure.sentence.hasSuffix("`."))
        #expect(!failure.sentence.contains("\n"))
        #expect(failure.sentence.utf8.allSatisfy { (0x20...0x7e).contains($0) })
    }

    @Test func codesAreStableWords() {
        let codes = Failure.allCases.map(\.rawValue)
        #expect(Set(codes).count == codes.count)
        #expect(codes.allSatisfy { code in code.allSatisfy { $0.isLowercase || $0 == "_" } })
    }

    /// Codex retries 401, 403, 404 and 5xx for seconds; what a person must act on is a 400 that it shows at once.
    @Test(arguments: [Failure.signInRequired, .modelNotAllowed, .profileNotAllowed, .modelMissing])
    func whatAPersonMustActOnIsShownByCodexAtOnce(_ failure: Failure) {
        #expect(failure.status == 400)
    }

    @Test(arguments: [Failure.auditUnavailable, .storeUnavailable])
    func ourOwnOutagesAreNeverA401(_ failure: Failure) {
        #expect(failure.status == 503)
    }
}
