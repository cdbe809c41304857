import Audit
import Logging
import Model
import NIOCore
import Policy

/// 9, first half: a connection, the request on it, and trying again where that is safe.
extension Exchange {
    func connect() {
        guard let principal, let route else { return fail(.internalError) }
        phase = .connecting
        if upstreamEnd == nil { upstreamEnd = .now() + TimeAmount(context.settings.totalTimeout) }
        let key = UpstreamKey(organization: principal.organization, provider: route.provider)
        if let kept = loop.upstreams.take(key) { return send(on: kept) }
        UpstreamConnector(loop: loop, key: key, provider: route.provider) { [self] result in
            switch result {
            case .success(let fresh):
                // The client may have gone while we were connecting.
                guard case .connecting = phase else { return fresh.close() }
                send(on: fresh)
            case .failure(let fault):
                guard case .connecting = phase else { return }
                troubled(.connect, fault)
            }
        }.start()
    }

    private func send(on upstream: UpstreamConnection) {
        guard let proof = recorded.take() else {
            upstream.close()
            return fail(.internalError)
        }
        do throws(Failure) {
            let signed = try Preparation.sign(
                proof,
                client: head,
                requestID: requestID,
                organization: organization,
                bodyCount: requestBytes,
                lease: lease,
                environment: context.settings.environment
            )
            recorded = consume proof
            phase = .sent
            self.upstream = upstream
            upstream.send(
                signed,
                body: body,
                delegate: self,
                firstByte: context.settings.firstByteTimeout,
                idle: idleTimeout,
                end: upstreamEnd ?? .distantFuture
            )
        } catch {
            recorded = consume proof
            upstream.close()
            fail(error)
        }
    }

    /// Nothing came back that the client could use: try again, or tell it.
    func troubled(_ trouble: RetryPlan.Trouble, _ fault: UpstreamFault) {
        let retry = fault.isFinal ? nil : plan.delay(after: trouble, jitter: .random(in: 0...1))
        guard let delay = retry else { return fail(fault.failure, detail: fault.detail) }
        tryAgain(in: delay, after: trouble, detail: fault.detail)
    }

    /// Another attempt. What was sent once is settled, and the next one is recorded by itself before it leaves; an
    /// attempt that never connected sent nothing and goes on under the same intent.
    func tryAgain(in delay: Duration, after trouble: RetryPlan.Trouble, detail: String) {
        upstream?.cancel()
        upstream = nil
        attempt += 1
        if trouble != .connect {
            authorized = recorded.take()?.settle(outcome(reason: "retried", detail: detail))
            upstreamStatus = nil
        }
        phase = .waiting
        guard delay > .zero else { return resume(after: trouble) }
        loop.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) { [self] in resume(after: trouble) }
    }

    private func resume(after trouble: RetryPlan.Trouble) {
        guard case .waiting = phase else { return }
        if trouble == .connect { takeLease() } else { record() }
    }
}
