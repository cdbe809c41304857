import Audit
import Credentials
import Model
import NIOCore
import Policy
import Signing

/// The encoded head of a recorded request, credential included: the only thing that an upstream connection sends.
struct SignedRequest: ~Copyable {
    private let head: WipedBuffer

    fileprivate init(_ head: WipedBuffer) {
        self.head = head
    }

    /// To be written once and wiped after.
    consuming func take() -> WipedBuffer { head }

    /// Not sent after all.
    consuming func discard() { head.wipe() }
}

/// 8: strip, allow-list, inject, sign; in this order, and nothing after.
enum Preparation {
    /// Bytes for what we write ourselves around names and values.
    private static let overhead = 1024

    static func sign(
        _ recorded: borrowing RecordedRequest,
        client: RequestHead,
        requestID: String,
        organization: OrganizationSnapshot?,
        bodyCount: Int,
        lease: borrowing CredentialLease?,
        environment: [String: String]
    ) throws(Failure) -> SignedRequest {
        let provider = recorded.authorized.provider
        let pairs = policyHeaders(recorded, requestID: requestID, organization: organization, environment)
        let injected = try injectedHeaders(pairs)
        let reserved = provider.envHTTPHeaders.map { Array($0.name.lowercased().utf8) }
        let target = provider.requestTarget(for: recorded.authorized.operation)
        let host = provider.endpoint.authority
        let injectedCount = injected.reduce(0) { $0 + $1.name.count + $1.value.count + 4 }
        let capacity = client.fields.bytes.count + injectedCount + target.utf8.count + host.utf8.count + overhead
        let credentialCount = leaseCount(lease)

        do throws(SigningError) {
            var head = try OutboundHead(
                method: "POST",
                target: target,
                host: host,
                into: WipedBuffer(capacity: capacity + credentialCount)
            )
            try forward(client, to: &head, except: injected, reserved, metadata: provider.forwardsClientMetadata)
            for header in injected { head.inject(header) }
            head.contentLength(bodyCount)
            return SignedRequest(try finish(head, lease))
        } catch {
            throw error == .unusableCredential ? .credentialUnavailable : .internalError
        }
    }

    private static func leaseCount(_ lease: borrowing CredentialLease?) -> Int {
        switch lease {
        case .some(let lease): lease.count + BearerSigner.overhead
        case .none: 0
        }
    }

    private static func finish(
        _ head: consuming OutboundHead<WipedBuffer>,
        _ lease: borrowing CredentialLease?
    ) throws(SigningError) -> WipedBuffer {
        switch lease {
        case .none: return head.finish()
        case .some(let lease):
            var unfinished: OutboundHead<WipedBuffer>? = consume head
            return try lease.withBytes { secret throws(SigningError) in
                guard let head = unfinished.take() else { throw .unsafeHead }
                return try head.finish(bearer: secret)
            }
        }
    }

    private static func forward(
        _ client: RequestHead,
        to head: inout OutboundHead<WipedBuffer>,
        except injected: [InjectedHeader],
        _ reserved: [[UInt8]],
        metadata: Bool
    ) throws(SigningError) {
        let bytes = client.fields.bytes.span
        for field in client.fields.fields {
            let name = bytes.extracting(field.name)
            switch RequestHeaders.rule(for: name) {
            case .credential, .drop: continue
            case .metadata where !metadata: continue
            case .metadata, .forward: break
            }
            // Whatever the client's `Connection` names ends here, before anything of ours is added.
            let text = client.fields.bytes[field.name]
            if client.connectionOptions.contains(where: { $0.elementsEqual(text) }) { continue }
            if injected.contains(where: { $0.name.elementsEqual(text) }) { continue }
            // A name that policy sets is policy's alone, even where there is nothing to set this time.
            if reserved.contains(where: { $0.elementsEqual(text) }) { continue }
            try head.forward(name: name, value: bytes.extracting(field.value))
        }
    }

    /// What policy sets, later lines over earlier ones: an audit header cannot be hidden by a provider's table, and the
    /// client's program is not told where its metadata is not.
    private static func policyHeaders(
        _ recorded: borrowing RecordedRequest,
        requestID: String,
        organization: OrganizationSnapshot?,
        _ environment: [String: String]
    ) -> [(name: String, value: String)] {
        let provider = recorded.authorized.provider
        let profile = recorded.authorized.profile
        let subject = recorded.authorized.principal.subject
        var pairs: [(name: String, value: String)] = []
        if !provider.forwardsClientMetadata { pairs.append(("user-agent", "keyreeve")) }
        pairs += provider.httpHeaders.map { ($0.name, $0.value) }
        for header in provider.envHTTPHeaders {
            // As in Codex: a variable that is not there or blank leaves its header out.
            guard let value = environment[header.value] else { continue }
            pairs.append((header.name, value))
        }
        for header in recorded.authorized.configuration.auditHeaders {
            let value = header.template.value { placeholder in
                switch placeholder {
                case .requestID: InjectedHeader.encoded(requestID)
                case .profile: InjectedHeader.encoded(profile.text)
                case .organization: InjectedHeader.encoded(organization?.name.text ?? "-")
                case .user: InjectedHeader.encoded(subject.id)
                case .groups: InjectedHeader.encoded(groups(of: subject, in: organization))
                }
            }
            pairs.append((header.name, value))
        }
        // Errors are searched for our credential on their way, and usage is read from answers: they must come plain.
        // The client's own wish never goes on, and this stands behind policy's headers, of which the last one counts.
        pairs.append(("accept-encoding", "identity"))
        return pairs
    }

    private static func groups(of subject: Principal.Subject, in organization: OrganizationSnapshot?) -> String {
        guard case .user(let id) = subject, let groups = organization?.members[id]?.groups, !groups.isEmpty else {
            return "-"
        }
        return groups.map(\.text).sorted().joined(separator: ",")
    }

    private static func injectedHeaders(
        _ pairs: [(name: String, value: String)]
    ) throws(Failure) -> [InjectedHeader] {
        var headers: [InjectedHeader] = []
        for (name, value) in pairs {
            guard let header = InjectedHeader(name: name, value: value) else { throw .internalError }
            headers.removeAll { $0.name == header.name }
            headers.append(header)
        }
        return headers
    }
}
