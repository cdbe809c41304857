/// Idle upstream connections of one event loop. The most recently used is taken first, so that the rest can age out.
final class UpstreamPool {
    private let limit: Int
    private var idle: [UpstreamKey: [UpstreamConnection]] = [:]

    init(limit: Int) {
        self.limit = limit
    }

    func take(_ key: UpstreamKey) -> UpstreamConnection? {
        while let connection = idle[key]?.popLast() {
            if idle[key]?.isEmpty ?? false { idle[key] = nil }
            if connection.isUsable { return connection }
            connection.close()
        }
        return nil
    }

    /// Takes a connection back; false where there are enough.
    func put(_ connection: UpstreamConnection) -> Bool {
        guard idle[connection.key]?.count ?? 0 < limit else { return false }
        idle[connection.key, default: []].append(connection)
        return true
    }

    func remove(_ connection: UpstreamConnection) {
        guard let index = idle[connection.key]?.firstIndex(where: { $0 === connection }) else { return }
        idle[connection.key]?.remove(at: index)
        if idle[connection.key]?.isEmpty ?? false { idle[connection.key] = nil }
    }

    var count: Int { idle.values.reduce(0) { $0 + $1.count } }

    func closeAll() {
        let all = idle.values.flatMap { $0 }
        idle = [:]
        for connection in all { connection.close() }
    }
}
