import Model
import Testing

@Suite struct NameTests {
    @Test(arguments: ["demo", "a", "0", "team-1", "a_b", String(repeating: "a", count: 63)])
    func aCleanNameIsTaken(_ text: String) {
        #expect(OrganizationName(text)?.text == text)
    }

    @Test(arguments: ["", "-a", "_a", "Demo", "a b", "a/b", "a.b", "ä", "a\u{0}", String(repeating: "a", count: 64)])
    func anythingElseIsRefused(_ text: String) {
        #expect(OrganizationName(text) == nil)
    }

    @Test func aProviderIDAlsoTakesCapitalsAndDots() {
        #expect(ProviderID("Azure.EU-1") != nil)
        #expect(ProviderID(".hidden") == nil)
        #expect(ProviderID("a/b") == nil)
    }

    @Test func reservedWordsAreNamed() {
        #expect(OrganizationName.reserved == ["platform", "recipes", "active"])
        #expect(ProfileName.reserved.contains("active"))
    }
}
