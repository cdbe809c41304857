import Cryptography
import Model
import Policy
import Testing

@Suite struct FieldCatalogueTests {
    private typealias Change = (inout LayerSettings) -> Void

    private func merged(_ first: @escaping Change, _ second: @escaping Change) -> EffectiveConfiguration {
        let layers = [PolicyFixtures.layer(.organization, first), PolicyFixtures.layer(.group, second)]
        return EffectiveConfiguration(profile: PolicyFixtures.staging, merging: layers)
    }

    private func settings(_ first: @escaping Change, _ second: @escaping Change) -> OrganizationSettings {
        OrganizationSettings(
            merging: [PolicyFixtures.layer(.platform, first), PolicyFixtures.layer(.organization, second)]
        )
    }

    @Test(arguments: PolicyField.allCases)
    func everyFieldSaysWhatItDoesAndWhere(_ field: PolicyField) {
        #expect(!field.summary.isEmpty)
        #expect(field.summary.hasSuffix("."))
        #expect(!field.layers.isEmpty)
        #expect(Enforcement.allCases.contains(field.enforcement))
    }

    @Test(arguments: PolicyField.allCases)
    func everyFieldMergesByItsDeclaredRule(_ field: PolicyField) throws {
        switch field {
        case .codexModel:
            #expect(field.mergeRule == .lastWins)
            #expect(merged({ $0.model = Located("a") }, { $0.model = Located("b") }).model == "b")
        case .codexModelProvider:
            #expect(field.mergeRule == .lastWins)
            let result = merged(
                { $0.modelProvider = Located(ProviderID(unchecked: "a")) },
                { $0.modelProvider = Located(ProviderID(unchecked: "b")) }
            )
            #expect(result.modelProvider?.text == "b")
        case .modelsDefault:
            #expect(field.mergeRule == .lastWins)
            #expect(merged({ $0.defaultModel = Located("a") }, { $0.defaultModel = Located("b") }).defaultModel == "b")
        case .helpURL:
            #expect(field.mergeRule == .lastWins)
            #expect(settings({ $0.helpURL = Located("a") }, { $0.helpURL = Located("b") }).helpURL == "b")
        case .codexOther:
            #expect(field.mergeRule == .union)
            let result = merged(
                { $0.codex = ["a": Located(.bool(true)), "b": Located(.integer(1))] },
                { $0.codex = ["b": Located(.integer(2))] }
            )
            #expect(result.codex == ["a": .bool(true), "b": .integer(2)])
        case .modelProviders:
            #expect(field.mergeRule == .union)
            let early = try PolicyFixtures.provider(access: .direct)
            let late = try PolicyFixtures.provider()
            let result = merged(
                { $0.providers[early.id] = Located(early) },
                { $0.providers[late.id] = Located(late) }
            )
            #expect(result.providers == [late.id: late])
        case .modelsCatalog:
            #expect(field.mergeRule == .union)
            let result = merged(
                { $0.catalog = [Located(CatalogModel(id: "a")), Located(CatalogModel(id: "b"))] },
                { $0.catalog = [Located(CatalogModel(id: "a", displayName: "new")), Located(CatalogModel(id: "c"))] }
            )
            #expect(result.models.map(\.id) == ["a", "b", "c"])
            #expect(result.models.first?.displayName == "new")
        case .modelsAllow:
            #expect(field.mergeRule == .intersection)
            let result = merged(
                { $0.allowedModels = Located([ModelPattern("gpt-*")]) },
                { $0.allowedModels = Located([ModelPattern("*-mini"), ModelPattern("o4")]) }
            )
            #expect(result.allowedModels.allows("gpt-5-mini"))
            #expect(!result.allowedModels.allows("gpt-5"))
            #expect(!result.allowedModels.allows("o4"))
        case .allowedLoginMethods:
            #expect(field.mergeRule == .intersection)
            let result = merged(
                { $0.allowedLoginMethods = Located([.api, .chatgpt]) },
                { $0.allowedLoginMethods = Located([.api]) }
            )
            #expect(result.login.methods == [.api])
        case .allowedWorkspaces:
            #expect(field.mergeRule == .intersection)
            let result = merged(
                { $0.allowedWorkspaces = Located(["w2", "w1"]) },
                { $0.allowedWorkspaces = Located(["w3", "w2"]) }
            )
            #expect(result.login.allowedWorkspaces == ["w2"])
        case .forcedLoginMethod:
            #expect(field.mergeRule == .locked)
            let result = merged(
                { $0.forcedLoginMethod = Located(.chatgpt) },
                { $0.forcedLoginMethod = Located(.api) }
            )
            #expect(result.login.forcedMethod == .chatgpt)
        case .auditHeaders:
            #expect(field.mergeRule == .locked)
            let first = AuditHeader(name: "X-Tag", template: try HeaderTemplate.parse("first").get())
            let second = AuditHeader(name: "x-tag", template: try HeaderTemplate.parse("second").get())
            let result = merged({ $0.auditHeaders = [Located(first)] }, { $0.auditHeaders = [Located(second)] })
            #expect(result.auditHeaders == [first])
        case .credentialsStore:
            #expect(field.mergeRule == .mostRestrictive)
            let result = merged(
                { $0.credentialsStore = Located(.keyring) },
                { $0.credentialsStore = Located(.auto) }
            )
            #expect(result.login.credentialsStore == .keyring)
        case .sessionStore:
            #expect(field.mergeRule == .mostRestrictive)
            let result = settings({ $0.sessionStore = Located(.file) }, { $0.sessionStore = Located(.keyring) })
            #expect(result.sessionStore == .keyring)
        case .signOutOthers:
            #expect(field.mergeRule == .mostRestrictive)
            let result = merged({ $0.signOutOthers = Located(false) }, { $0.signOutOthers = Located(true) })
            #expect(!result.login.signOutOthers)
        case .relayTokenMinutes:
            #expect(field.mergeRule == .mostRestrictive)
            let result = settings({ $0.relayTokenLifetime = Located(300) }, { $0.relayTokenLifetime = Located(900) })
            #expect(result.relayTokenLifetime == 300)
        case .assertionHours:
            #expect(field.mergeRule == .mostRestrictive)
            let result = settings({ $0.assertionLifetime = Located(9) }, { $0.assertionLifetime = Located(5) })
            #expect(result.assertionLifetime == 5)
        case .refreshDays:
            #expect(field.mergeRule == .mostRestrictive)
            let result = settings({ $0.refreshLifetime = Located(9) }, { $0.refreshLifetime = Located(5) })
            #expect(result.refreshLifetime == 5)
        }
    }

    @Test func provenanceNamesTheLayerThatDecided() {
        let result = merged(
            { settings in
                settings.model = Located("a", line: 4)
                settings.credentialsStore = Located(.keyring, line: 5)
            },
            { settings in
                settings.model = Located("b", line: 9)
                settings.credentialsStore = Located(.auto, line: 10)
            }
        )
        #expect(result.provenance["codex.model"] == Provenance(layer: .group, document: "group.toml", line: 9))
        let store = result.provenance["codex.cli_auth_credentials_store"]
        #expect(store == Provenance(layer: .organization, document: "organization.toml", line: 5))
    }

    @Test func groupsApplyInTheOrderOfTheirPrecedence() throws {
        func group(_ name: String, _ precedence: Int64) -> GroupDocument {
            let layer = PolicyFixtures.layer(.group) { $0.model = Located(name) }
            return GroupDocument(name: GroupName(unchecked: name), precedence: precedence, layer: layer)
        }
        let groups = [group("zeta", 1), group("alpha", 2), group("unused", 3)]
        let profile = ProfileDocument(
            name: PolicyFixtures.staging,
            groups: [],
            layer: PolicyFixtures.layer(.profile) { $0.model = Located("p") }
        )
        let user = PolicyFixtures.engineer
        let policy = PolicySet(
            profiles: [profile.name: profile],
            groups: Dictionary(uniqueKeysWithValues: groups.map { ($0.name, $0) }),
            users: [user: PolicyFixtures.layer(.user) { $0.model = Located("mine") }],
            digest: CanonicalWriter().digest
        )
        let names: Set = [GroupName(unchecked: "alpha"), GroupName(unchecked: "zeta")]
        #expect(policy.effective(profile: profile.name, groups: names)?.model == "alpha")
        #expect(policy.effective(profile: profile.name)?.model == "p")
        #expect(policy.effective(profile: profile.name, groups: names, user: user)?.model == "mine")
        #expect(policy.effective(profile: PolicyFixtures.production) == nil)
    }

    @Test func theDigestChangesWithWhatHoldsAndNotWithWhereItStands() throws {
        let first = merged({ $0.model = Located("a", line: 1) }, { _ in })
        let moved = merged({ _ in }, { $0.model = Located("a", line: 2) })
        let other = merged({ $0.model = Located("b", line: 1) }, { _ in })
        #expect(first.digest == moved.digest)
        #expect(first.digest != other.digest)
    }

    @Test func theDefaultModelStandsFirstAndRefusedOnesNowhere() {
        let result = merged(
            { settings in
                settings.catalog = ["a", "b", "c"].map { Located(CatalogModel(id: $0)) }
                settings.defaultModel = Located("c")
            },
            { $0.allowedModels = Located([ModelPattern("b"), ModelPattern("c")]) }
        )
        #expect(result.models.map(\.id) == ["c", "b"])
        #expect(result.model == nil)
    }
}
