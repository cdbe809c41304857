import Audit
import Logging
import Model
import NIOCore
import Policy

/// An authorized request whose intent is durable: from here on a byte may leave, and the outcome is owed.
struct RecordedRequest: ~Copyable {
    let authorized: AuthorizedRequest
    private let ticket: AuditTicket

    fileprivate init(_ authorized: consuming AuthorizedRequest, ticket: consuming AuditTicket) {
        self.authorized = authorized
        self.ticket = ticket
    }

    /// Pays the debt; what is left may be recorded again for another attempt.
    consuming func settle(_ outcome: AuditFields) -> AuthorizedRequest {
        ticket.close(outcome)
        return authorized
    }
}

/// 6: nothing leaves before its intent is on the disk, and no denial is spoken before it is.
extension Exchange {
    func record() {
        phase = .recording
        var fields = commonFields
        fields["decision"] = "allow"
        fields["upstream_host"] = (route?.provider.endpoint.host).map { .string($0) }
        fields["attempt"] = .integer(Int64(attempt))
        fields["request_bytes"] = .integer(Int64(requestBytes))
        let intent = AuditRecord(kind: .relayIntent, organization: principal?.organization, fields: fields)
        let tag = loop.expect { [self] result in intentSettled(result) }
        pending = context.audit.open(intent, lane: loop.lane, tag: tag)
    }

    private func intentSettled(_ result: Result<JournalReceipt, JournalError>) {
        guard let pending = pending.take(), let authorized = authorized.take() else { return }
        do throws(JournalError) {
            let ticket = try pending.confirm(result)
            recorded = RecordedRequest(authorized, ticket: ticket)
        } catch {
            context.logger.error("audit refused an intent", metadata: logged(["journal.error": "\(error)"]))
            return answer(Answer(.auditUnavailable))
        }
        takeLease()
    }

    /// Refuses an authenticated caller: recorded first, then said.
    func deny(_ failure: Failure, _ sentence: String? = nil, atOnce: Bool = false) {
        guard !isFinished else { return }
        phase = .denying
        dropBody()
        let reply = Answer(failure, sentence)
        var fields = commonFields
        fields["decision"] = "deny"
        fields["reason"] = .string(failure.rawValue)
        fields["status"] = .integer(Int64(reply.status))
        fields["request_bytes"] = .integer(Int64(requestBytes))
        let record = AuditRecord(kind: .relayDenied, organization: principal?.organization, fields: fields)
        let tag = loop.expect { [self] result in
            guard !isFinished else { return }
            switch result {
            case .success: answer(reply, atOnce: atOnce)
            case .failure(let error):
                context.logger.error("audit refused a denial", metadata: logged(["journal.error": "\(error)"]))
                answer(Answer(.auditUnavailable), atOnce: atOnce)
            }
        }
        context.audit.record(record, lane: loop.lane, tag: tag)
    }

    /// Who, where and what, as far as it is known by now. Names that a client made up are not repeated.
    private var commonFields: AuditFields {
        var fields = AuditFields()
        fields["actor_id"] = (principal?.subject.id).map { .string($0) }
        fields["actor_kind"] = (principal?.subject.kind).map { .string($0) }
        fields["client_address"] = .string(connection.clientAddress)
        fields["model"] = model.map { .string($0) }
        fields["operation"] = (operation?.rawValue).map { .string($0) }
        fields["profile"] = (route?.profile.text).map { .string($0) }
        fields["provider"] = (route?.provider.id.text).map { .string($0) }
        fields["request_id"] = .string(requestID)
        fields["revision"] = (organization?.revision).map { .integer($0) }
        fields["session"] = (principal?.session?.description).map { .string($0) }
        return fields
    }
}
