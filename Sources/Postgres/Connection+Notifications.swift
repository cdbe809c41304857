import CLibPQ
import Glibc

extension Connection {
    /// The next notification, at most as late as the patience allows; nil then.
    func nextNotification(_ patience: Patience) throws(PostgresError) -> PostgresNotification? {
        while true {
            guard unsafe PQconsumeInput(handle) == 1 else { throw broken(.lost) }
            if let notification = takeNotification() { return notification }
            guard try waitOrGiveUp(for: POLLIN, patience) else { return nil }
        }
    }

    private func takeNotification() -> PostgresNotification? {
        guard let raw = unsafe PQnotifies(handle) else { return nil }
        defer { unsafe PQfreemem(raw) }
        return unsafe PostgresNotification(
            channel: String(cString: raw.pointee.relname),
            payload: String(cString: raw.pointee.extra),
            processID: raw.pointee.be_pid
        )
    }
}
