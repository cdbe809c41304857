import Audit
import Logging
import Model
import NIOCore
import Policy
import WireFormats

/// 10: how it ended, whatever happened. Every way out of an exchange comes through here.
extension Exchange {
    /// Gives the client an answer of our own that needs no record of its own.
    func answer(_ answer: Answer, atOnce: Bool = false) {
        guard !isFinished else { return }
        finish(nil)
        connection.answer(answer, atOnce: atOnce)
    }

    /// Something broke after the intent was recorded. `status` takes the place of the failure's own.
    func fail(_ failure: Failure, detail: String? = nil, status: Int? = nil) {
        guard !isFinished else { return }
        var metadata: Logger.Metadata = ["relay.reason": "\(failure.rawValue)"]
        if let detail { metadata["relay.detail"] = "\(detail)" }
        context.logger.warning("relayed request failed", metadata: logged(metadata))
        let wasAnswering = if case .answering = phase { true } else { false }
        if !wasAnswering { answeredStatus = status ?? failure.status }
        let outcome = outcome(reason: failure.rawValue, detail: detail)
        finish(outcome)
        if wasAnswering {
            connection.abortAnswer()
        } else {
            connection.answer(Answer(failure, status: status), atOnce: false)
        }
    }

    /// Nobody is there to be answered.
    func abandon(reason: String) {
        guard !isFinished else { return }
        finish(outcome(reason: reason, detail: nil))
    }

    /// Ends everything: the provider's side, the held bytes, and the ticket with its outcome. The client's side is the
    /// caller's to end.
    func finish(_ outcome: AuditFields?) {
        phase = .finished
        upstream?.cancel()
        upstream = nil
        keepAlive?.stop()
        keepAlive = nil
        dropBody()
        heldError = nil
        lease = nil
        // A pending intent that is dropped records its own end.
        pending = nil
        authorized = nil
        if let recorded = recorded.take() {
            _ = recorded.settle(outcome ?? self.outcome(reason: Failure.internalError.rawValue, detail: nil))
        }
    }

    func outcome(reason: String?, detail: String?) -> AuditFields {
        var fields = AuditFields()
        let usage = meter.usage
        let elapsed = NIODeadline.now() - started
        fields["attempt"] = .integer(Int64(attempt))
        fields["cached_tokens"] = usage.cachedTokens.map { .integer($0) }
        fields["credential_fingerprint"] = fingerprint.map { .string($0) }
        fields["detail"] = detail.map { .string($0) }
        fields["duration_ms"] = .integer(elapsed.nanoseconds / 1_000_000)
        fields["input_tokens"] = usage.inputTokens.map { .integer($0) }
        fields["output_tokens"] = usage.outputTokens.map { .integer($0) }
        fields["reason"] = reason.map { .string($0) }
        fields["request_bytes"] = .integer(Int64(requestBytes))
        fields["response_bytes"] = .integer(Int64(responseBytes))
        fields["status"] = answeredStatus.map { .integer(Int64($0)) }
        fields["upstream_status"] = upstreamStatus.map { .integer(Int64($0)) }
        return fields
    }

    func logged(_ metadata: Logger.Metadata) -> Logger.Metadata {
        var metadata = metadata
        metadata["request.id"] = "\(requestID)"
        return metadata
    }
}
