import Model
import Policy
import Testing

@Suite struct AuthorizerTests {
    private func decide(
        _ subject: Principal.Subject,
        organization: OrganizationID = PolicyFixtures.organization,
        active: ProfileName? = nil,
        through definition: ProviderDefinition? = nil,
        profile: String = "production",
        provider: String = "echo",
        operation: Operation = .responses,
        model: String? = "gpt-5.5"
    ) throws -> Decision {
        Authorizer.authorize(
            PolicyFixtures.principal(subject, organization: organization, active: active),
            in: try PolicyFixtures.snapshot(definition, helpURL: "https://help.example"),
            profile: profile,
            provider: provider,
            operation: operation,
            model: model
        )
    }

    private func denial(
        _ subject: Principal.Subject,
        organization: OrganizationID = PolicyFixtures.organization,
        through definition: ProviderDefinition? = nil,
        profile: String = "production",
        provider: String = "echo",
        operation: Operation = .responses,
        model: String? = "gpt-5.5"
    ) throws -> Denial? {
        let decision = try decide(
            subject,
            organization: organization,
            through: definition,
            profile: profile,
            provider: provider,
            operation: operation,
            model: model
        )
        switch consume decision {
        case .allow: return nil
        case .deny(let denial): return denial
        }
    }

    @Test func anAllowedRequestCarriesWhatWasDecided() throws {
        switch try decide(.user(PolicyFixtures.engineer)) {
        case .deny(let denial): Issue.record("\(denial)")
        case .allow(let request):
            #expect(request.organization == PolicyFixtures.organization)
            #expect(request.revision == 7)
            #expect(request.profile == PolicyFixtures.production)
            #expect(request.provider.id == PolicyFixtures.echo)
            #expect(request.operation == .responses)
            #expect(request.model == "gpt-5.5")
        }
    }

    @Test(arguments: [
        (Principal.Subject.user(PolicyFixtures.guest), "production", Failure.profileNotAllowed),
        (.user(PolicyFixtures.auditor), "production", .profileNotAllowed),
        (.user(PolicyFixtures.former), "staging", .notAMember), (.user(UserID.random()), "staging", .notAMember),
        (.platformOperator(PolicyFixtures.engineer), "staging", .notAMember),
        (.serviceAccount(PolicyFixtures.robot), "staging", .profileNotAllowed),
        (.user(PolicyFixtures.engineer), "nope", .unknownProfile),
        (.user(PolicyFixtures.engineer), "Not A Name", .unknownProfile),
    ])
    func aProfileIsClosedToThoseItIsNotOpenTo(
        _ subject: Principal.Subject,
        _ profile: String,
        _ failure: Failure
    ) throws {
        #expect(try denial(subject, profile: profile)?.failure == failure)
    }

    @Test func aServiceAccountUsesTheProfilesItIsGiven() throws {
        #expect(try denial(.serviceAccount(PolicyFixtures.robot)) == nil)
    }

    @Test func aForeignOrganizationsPrincipalFindsNothing() throws {
        let denial = try self.denial(.user(PolicyFixtures.engineer), organization: .random())
        #expect(denial?.failure == .notFound)
    }

    @Test func aRefusedModelIsNamedWithWhatMayBeUsedAndWhereHelpIs() throws {
        let denial = try self.denial(.user(PolicyFixtures.engineer), model: "o4")
        #expect(denial?.failure == .modelNotAllowed)
        let sentence =
            "Policy of profile production does not allow `o4`. You may use: gpt-5.4, gpt-5.5. "
            + "Help: https://help.example"
        #expect(denial?.sentence == sentence)
    }

    @Test func aModelThatIsNoNameIsNotRepeatedToAnybody() throws {
        let denial = try self.denial(.user(PolicyFixtures.engineer), model: "x\r\nSet-Cookie: y")
        #expect(denial?.failure == .modelNotAllowed)
        #expect(denial?.sentence.contains("Cookie") == false)
    }

    @Test(arguments: [nil, ""])
    func aRequestWithoutAModelIsRefused(_ model: String?) throws {
        #expect(try denial(.user(PolicyFixtures.engineer), model: model)?.failure == .modelMissing)
    }

    @Test func theModelListNeedsNoModel() throws {
        #expect(try denial(.user(PolicyFixtures.engineer), operation: .models, model: nil) == nil)
    }

    @Test func aProviderIsAskedInItsOwnDialectOnly() throws {
        let chat = try PolicyFixtures.provider(wireAPI: .chat)
        let wrong = try denial(.user(PolicyFixtures.engineer), through: chat)
        #expect(wrong?.failure == .unknownRoute)
        #expect(wrong?.sentence == "Provider echo takes …/chat/completions here.")
        let right = try denial(.user(PolicyFixtures.engineer), through: chat, operation: .chatCompletions)
        #expect(right == nil)
    }

    @Test func aDirectProviderIsNotRelayed() throws {
        let direct = try PolicyFixtures.provider(access: .direct)
        #expect(try denial(.user(PolicyFixtures.engineer), through: direct)?.failure == .providerNotRelayed)
    }

    @Test func anUnknownProviderIsRefused() throws {
        #expect(try denial(.user(PolicyFixtures.engineer), provider: "nope")?.failure == .unknownProvider)
    }

    @Test func activeIsTheSessionsProfileOrTheOnlyOne() throws {
        let snapshot = try PolicyFixtures.snapshot()
        let chosen = PolicyFixtures.principal(.user(PolicyFixtures.engineer), active: PolicyFixtures.staging)
        #expect(try snapshot.route(profile: "active", provider: "echo", for: chosen).get().profile.text == "staging")
        let guest = PolicyFixtures.principal(.user(PolicyFixtures.guest))
        #expect(try snapshot.route(profile: "active", provider: "echo", for: guest).get().profile.text == "staging")
        let open = PolicyFixtures.principal(.user(PolicyFixtures.engineer))
        guard case .failure(let denial) = snapshot.route(profile: "active", provider: "echo", for: open) else {
            Issue.record("two profiles are open, and one was taken")
            return
        }
        #expect(denial.failure == .unknownProfile)
        #expect(denial.sentence.contains("keyreeve profile use"))
    }

    @Test func anActiveProfileThatWasTakenAwayIsNotUsed() throws {
        let snapshot = try PolicyFixtures.snapshot()
        let stale = PolicyFixtures.principal(.user(PolicyFixtures.guest), active: PolicyFixtures.production)
        guard case .failure(let denial) = snapshot.route(profile: "active", provider: "echo", for: stale) else {
            Issue.record("taken")
            return
        }
        #expect(denial.failure == .profileNotAllowed)
    }

    @Test func operationsAreFoundByTheirPaths() {
        for operation in Operation.allCases { #expect(Operation(path: operation.path) == operation) }
        #expect(Operation(path: "/responses/") == nil)
        #expect(Operation(path: "/embeddings") == nil)
    }
}
