import Foundation

/// Who runs the private server.
struct ServerUser: Sendable {
    let name: String
    /// We are root and step down to that user.
    let isSwitched: Bool

    static var current: ServerUser {
        getuid() == 0
            ? ServerUser(name: "postgres", isSwitched: true) : ServerUser(name: NSUserName(), isSwitched: false)
    }

    /// The command as that user, ending by a fast shutdown when the thread that started it ends.
    func command(_ command: [String]) -> [String] {
        let user = isSwitched ? ["--reuid=\(name)", "--regid=\(name)", "--init-groups"] : []
        return ["/usr/bin/setpriv"] + user + ["--pdeathsig", "INT", "--"] + command
    }
}

/// The directories of a private cluster.
struct PostgresPlace: Sendable {
    let directory: String
    let user: ServerUser

    init(directory: String, user: ServerUser) {
        self.directory = URL(fileURLWithPath: directory).standardizedFileURL.path
        self.user = user
    }

    var data: String { directory + "/data" }

    /// The major version of the cluster that is there; nil where there is none.
    var clusterVersion: Int? {
        FileManager.default.contents(atPath: data + "/PG_VERSION").flatMap {
            Int(String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }

    /// Makes the directory, 0700 and owned by the server's user. One that somebody else owns is refused.
    func make() throws {
        let files = FileManager.default
        if !files.fileExists(atPath: directory) {
            do {
                try files.createDirectory(atPath: directory, withIntermediateDirectories: true)
                try own(directory)
            } catch let error as PrivatePostgresError {
                throw error
            } catch {
                throw PrivatePostgresError("\(directory) cannot be made: choose a place where you may write")
            }
        }
        guard owner(of: directory) == user.name || (try? files.contentsOfDirectory(atPath: directory)) == [] else {
            throw PrivatePostgresError(
                "\(directory) does not belong to user \(user.name), who runs Postgres: choose another place or remove it"
            )
        }
        try own(directory)
    }

    /// That the server's user can reach the directory through all its parents.
    func probe() async throws {
        guard user.isSwitched else { return }
        let process = try PrivateProcess.launch(
            user.command(["/usr/bin/test", "-x", directory]),
            environment: ["PATH": "/usr/bin:/bin"],
            directory: "/",
            output: "/dev/null"
        )
        guard await process.end(within: .seconds(10)), process.succeeded else {
            throw PrivatePostgresError(
                "User \(user.name), who runs Postgres, cannot enter \(directory): a directory above it is closed to "
                    + "others. Choose another place, for example under /var/lib"
            )
        }
    }

    /// Where the socket stands: the directory itself or, where its path is too long for a socket or needs quoting, a
    /// short directory of its own under /tmp.
    func makeSocketDirectory() throws -> String {
        if Self.fitsSocket(directory) { return directory }
        let short = "/tmp/keyreeve-\(getuid())-\(Self.fingerprint(of: directory))"
        // Fails where the name is taken, also by a link; then it must be ours.
        try? FileManager.default.createDirectory(atPath: short, withIntermediateDirectories: false)
        let attributes = try? FileManager.default.attributesOfItem(atPath: short)
        let isDirectory = attributes?[.type] as? FileAttributeType == .typeDirectory
        guard isDirectory, [user.name, NSUserName()].contains(owner(of: short)) else {
            throw PrivatePostgresError("\(short) belongs to somebody else: remove it, or choose a shorter directory")
        }
        try own(short)
        return short
    }

    /// A socket's path has at most 107 bytes; the list of directories that Postgres reads has separators and quotes.
    static func fitsSocket(_ directory: String) -> Bool {
        let plain = directory.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        }
        return plain && (directory + "/.s.PGSQL.5432.lock").utf8.count <= 107
    }

    /// FNV-1a: a stable short name for a path, not a secret.
    private static func fingerprint(of path: String) -> String {
        let hash = path.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { hash, byte in
            (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        return String(hash, radix: 16)
    }

    private func owner(of path: String) -> String? {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.ownerAccountName] as? String
    }

    private func own(_ path: String) throws {
        var attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
        if user.isSwitched {
            attributes[.ownerAccountName] = user.name
            attributes[.groupOwnerAccountName] = user.name
        }
        do {
            try FileManager.default.setAttributes(attributes, ofItemAtPath: path)
        } catch {
            throw PrivatePostgresError(
                "\(path) cannot be given to user \(user.name): is Postgres installed (`apt-get install postgresql`)?"
            )
        }
    }
}
