import CLibPQ
import Glibc

extension Connection {
    /// Opens a connection within the patience. Name resolution alone cannot be interrupted here.
    static func open(
        _ conninfo: String,
        settings: SessionSettings,
        wakeup: Wakeup,
        _ patience: Patience
    ) throws(PostgresError) -> Connection {
        var options = try parse(conninfo)
        options["options"] = [options["options"], settings.startOptions].compactMap(\.self).joined(separator: " ")
        options["client_encoding"] = "UTF8"
        options["application_name"] = options["application_name"] ?? settings.applicationName
        options["tcp_user_timeout"] = options["tcp_user_timeout"] ?? "5000"
        let connection = try start(options, wakeup: wakeup)
        try connection.poll(patience)
        guard unsafe PQsetnonblocking(connection.handle, 1) == 0 else { throw .lost }
        return connection
    }

    /// Both forms that libpq knows: `key=value …` and `postgresql://…`. The error does not repeat the text, which may
    /// hold a password.
    private static func parse(_ conninfo: String) throws(PostgresError) -> [String: String] {
        guard let list = unsafe PQconninfoParse(conninfo, nil) else {
            throw PostgresError(kind: .connection, message: "the database connection string cannot be read")
        }
        defer { unsafe PQconninfoFree(list) }
        var options: [String: String] = [:]
        var option = unsafe list
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                unsafe options[String(cString: keyword)] = unsafe String(cString: value)
            }
            unsafe option += 1
        }
        return options
    }

    private static func start(_ options: [String: String], wakeup: Wakeup) throws(PostgresError) -> Connection {
        let keywords = CStrings(options.map(\.key))
        let values = CStrings(options.map(\.value))
        let handle = unsafe keywords.withPointers { keywords in
            unsafe values.withPointers { values in unsafe PQconnectStartParams(keywords, values, 0) }
        }
        guard let handle = unsafe handle else {
            throw PostgresError(kind: .connection, message: "no memory is left for a database session")
        }
        let connection = unsafe Connection(handle, wakeup: wakeup)
        guard unsafe PQstatus(handle) != CONNECTION_BAD else { throw connection.refusal }
        return connection
    }

    private func poll(_ patience: Patience) throws(PostgresError) {
        var status = PGRES_POLLING_WRITING
        while true {
            switch status {
            case PGRES_POLLING_OK: return
            case PGRES_POLLING_WRITING: try wait(for: POLLOUT, patience)
            case PGRES_POLLING_READING: try wait(for: POLLIN, patience)
            default: throw refusal
            }
            status = unsafe PQconnectPoll(handle)
        }
    }

    /// Why no session could be had. libpq's text names hosts, roles and databases; never a password.
    private var refusal: PostgresError {
        let text = unsafe PQerrorMessage(handle).map { unsafe String(cString: $0) } ?? ""
        let line = text.split(separator: "\n").joined(separator: " ")
        return PostgresError(kind: .connection, message: line.isEmpty ? PostgresError.lost.message : line)
    }
}

/// Texts as a null-terminated list of C strings.
@safe
struct CStrings {
    private var bytes: [CChar] = []
    private var offsets: [Int] = []

    init(_ texts: [String]) {
        for text in texts {
            offsets.append(bytes.count)
            bytes.append(contentsOf: text.utf8CString)
        }
    }

    func withPointers<Result>(_ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result) -> Result {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            for offset in offsets { unsafe pointers.append(bytes.baseAddress.map { unsafe $0 + offset }) }
            unsafe pointers.append(nil)
            return unsafe pointers.withUnsafeBufferPointer { pointers in
                guard let base = pointers.baseAddress else { preconditionFailure("a list has a terminator") }
                return unsafe body(base)
            }
        }
    }
}
