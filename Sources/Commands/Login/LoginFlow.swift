import ControlAPI
import ControlClient
import Cryptography
import Model

/// Signs a person in: by their browser, or by a one-time code where there is none.
struct LoginFlow: Sendable {
    struct Outcome: Sendable {
        let account: OpenAccount
        /// Whether the configuration key was seen for the first time.
        let isKeyNew: Bool
    }

    static let patience = Duration.seconds(300)

    let surroundings: Surroundings
    let address: ServerAddress
    let organization: OrganizationName?
    /// A platform operator signs in with a code and belongs to no organization.
    let isOperator: Bool
    let oneTimeCode: String?
    let expectedFingerprint: String?

    func run() async throws -> Outcome {
        guard let root = try StateRoot.open(in: surroundings, making: true),
            let server = try root.server(address, making: true)
        else { throw CommandFailure("The folder for sessions cannot be made.") }
        let client = surroundings.client(for: address)
        let discovery = try await client.discovery().value
        let pinned = try server.record()
        let verdict = try KeyPin.judge(discovery, pinned: pinned, expected: expectedFingerprint)
        let record = ServerRecord(
            server: address.description,
            deployment: discovery.deployment,
            relayURL: discovery.relayURL,
            configurationKey: discovery.configurationKey
        )
        let organization = try chosenOrganization(discovery, remembered: try root.selection())
        let answer = try await session(in: organization, client)
        // Only now: a sign-in that failed must not leave a trusted key behind.
        try server.save(record)
        let account = try await keep(answer, for: organization, root, server, record)
        return Outcome(account: account, isKeyNew: verdict == .new)
    }

    private func chosenOrganization(_ discovery: Discovery, remembered: Selection?) throws -> OrganizationName? {
        if isOperator { return nil }
        if let organization { return organization }
        if let only = discovery.defaultOrganization { return only }
        if remembered?.server == address.description, let last = remembered?.organization { return last }
        throw CommandFailure("Say which organization: `keyreeve login --server \(address) --organization NAME`.")
    }

    private func session(
        in organization: OrganizationName?,
        _ client: ControlClient
    ) async throws -> Answered<SessionAnswer> {
        if let oneTimeCode {
            return try await client.openSession(SessionRequest(oneTimeCode: oneTimeCode), in: organization)
        }
        guard let organization else {
            throw CommandFailure("An operator signs in with a one-time code: `keyreeve login --operator --code -`.")
        }
        let signIn = try await client.beginSignIn(organization)
        let idToken = try await idToken(for: signIn)
        return try await client.openSession(SessionRequest(signIn: signIn.signIn, idToken: idToken), in: organization)
    }

    /// Authorization code with PKCE over a loopback redirect (RFC 8252).
    private func idToken(for signIn: SignInAnswer) async throws -> String {
        let provider = OpenIDProvider(transport: surroundings.transport)
        let metadata = try await provider.metadata(of: signIn.issuer)
        let proof = ProofKey.random()
        let state = Base64URL.encode(SecureRandom.bytes(24))
        let listener = try await CallbackListener()
        let request = AuthorizationRequest(
            endpoint: metadata.authorizationEndpoint,
            clientID: signIn.clientID,
            redirectURI: listener.redirectURI,
            scope: signIn.scope,
            state: state,
            nonce: signIn.nonce,
            challenge: proof.challenge
        )
        let isOpened = surroundings.openBrowser(request.url)
        let introduction = isOpened ? "Sign in with your browser. If it did not open, visit" : "To sign in, visit"
        surroundings.console.writeError("\(introduction)\n\n    \(request.url)\n\nWaiting up to five minutes…\n")
        let question = CallbackQuestion(
            state: state,
            issuer: metadata.issuer,
            issuerIsMandatory: metadata.namesItselfInAnswers ?? false
        )
        let visit = await listener.wait(for: question, atMost: Self.patience)
        await listener.close()
        switch visit {
        case .code(let code):
            return try await provider.redeem(
                code: code,
                verifier: proof.verifier,
                redirectURI: listener.redirectURI,
                clientID: signIn.clientID,
                at: metadata.tokenEndpoint
            )
        case .refused(let reason):
            throw CommandFailure("The sign-in was refused (\(reason)). Run `keyreeve login` to try again.")
        case .stray, nil:
            throw CommandFailure(
                "Nobody signed in within five minutes. Run `keyreeve login` again, or use a one-time code with `--code`."
            )
        }
    }

    /// An operator's visit does not change which organization the next command means.
    private func selection(_ organization: OrganizationName?, after previous: Selection?) -> Selection {
        let server = address.description
        let kept = previous?.server == server ? previous?.organization : nil
        return Selection(server: server, organization: organization ?? kept)
    }

    /// Stores the session where policy wants it, and then forgets what was there before.
    private func keep(
        _ answer: Answered<SessionAnswer>,
        for organization: OrganizationName?,
        _ root: StateRoot,
        _ server: ServerFolder,
        _ record: ServerRecord
    ) async throws -> OpenAccount {
        guard let folder = try server.account(organization, making: true) else {
            throw CommandFailure("The folder for this session cannot be made.")
        }
        let lock = try folder.lock()
        guard try await lock.take(until: .now.advanced(by: .seconds(5))) else {
            throw CommandFailure("Another keyreeve is busy with this session. Try again in a moment.")
        }
        defer { lock.giveBack() }
        let now = surroundings.now
        let session = SessionRecord(answer.value, clockOffset: answer.clockOffset, now: now)
        let placement = SessionPlacement(surroundings: surroundings, account: folder)
        // A damaged account record must not keep anyone from signing in again.
        let previous = (try? folder.account())?.place
        let place = try await placement.place(session, mode: answer.value.sessionStore)
        let account = Account(
            organization: answer.value.organization,
            user: answer.value.user,
            session: answer.value.session,
            place: place,
            signedInAt: now,
            endsAt: session.refreshToken.expiresAt
        )
        try folder.forgetAccount()
        try folder.save(account)
        if let previous, previous != place { try? await placement.storage(at: previous).clear() }
        try root.select(selection(organization, after: try? root.selection()))
        return OpenAccount(
            surroundings: surroundings,
            root: root,
            server: server,
            record: record,
            folder: folder,
            account: account
        )
    }
}
