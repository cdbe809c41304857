import Foundation
import Synchronization
import Testing

/// A session bus and a gnome-keyring of our own, in a directory of their own; for a process of its own, since
/// libsecret takes the bus from the environment and keeps it.
///
/// Everything started here dies with this process.
final class PrivateKeyring: Sendable {
    static let isInstalled = ["dbus-daemon", "gnome-keyring-daemon", "dbus-send", "setpriv"].allSatisfy {
        path(of: $0) != nil
    }

    private let directory: String
    private let environment: [String: String]
    private let bus = Mutex<pid_t>(0)
    private let started = Mutex<[Process]>([])

    /// Makes the directory and points this process at the bus to be; starts nothing.
    init() throws {
        // Short, because a socket's path has at most 107 bytes.
        directory = "/tmp/krv.\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
        for name in ["", "/run", "/data"] {
            try FileManager.default.createDirectory(
                atPath: directory + name,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        }
        // Without service directories the bus starts no other keyring when ours is gone.
        let configuration = """
            <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
             "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
            <busconfig>
              <type>session</type>
              <listen>unix:path=\(directory)/run/bus</listen>
              <policy context="default">
                <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
              </policy>
            </busconfig>
            """
        try configuration.write(toFile: directory + "/bus.conf", atomically: true, encoding: .utf8)
        environment = [
            "HOME": directory, "XDG_RUNTIME_DIR": directory + "/run", "XDG_DATA_HOME": directory + "/data",
            "DBUS_SESSION_BUS_ADDRESS": "unix:path=\(directory)/run/bus", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
            "LANG": "C.UTF-8",
        ]
        unsafe setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=\(directory)/run/bus", 1)
        unsafe setenv("XDG_RUNTIME_DIR", directory + "/run", 1)
        unsafe unsetenv("DISPLAY")
        unsafe unsetenv("WAYLAND_DISPLAY")
    }

    deinit {
        // Ended before the directory goes, into which they write.
        for process in started.withLock({ $0 }) where process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(atPath: directory)
    }

    func startBus() throws {
        let pid = try launch([
            "dbus-daemon", "--config-file=\(directory)/bus.conf", "--nofork", "--nopidfile", "--nosyslog",
        ])
        bus.withLock { $0 = pid }
        try wait(for: "the bus") { self.ask("GetId", nil) != nil }
    }

    func killBus() throws {
        let pid = bus.withLock { bus in
            defer { bus = 0 }
            return bus
        }
        kill(pid, SIGKILL)
        try wait(for: "the end of the bus") { self.ask("GetId", nil) == nil }
        try FileManager.default.removeItem(atPath: directory + "/run/bus")
    }

    func signalBus(_ signal: Int32) {
        let pid = bus.withLock { $0 }
        if pid > 0 { kill(pid, signal) }
    }

    /// With a login collection, unlocked by `password`; the process's id.
    @discardableResult
    func startDaemon(password: String = "test-pass") throws -> pid_t {
        let arguments = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
        let pid = try launch(arguments, input: password)
        try wait(for: "the keyring") { self.ask("NameHasOwner", "org.freedesktop.secrets")?.contains("true") == true }
        return pid
    }

    func killDaemon(_ pid: pid_t) throws {
        kill(pid, SIGKILL)
        try wait(for: "the end of the keyring") {
            self.ask("NameHasOwner", "org.freedesktop.secrets")?.contains("false") == true
        }
    }

    func lock() throws {
        let answer = send(
            to: "org.freedesktop.secrets",
            path: "/org/freedesktop/secrets",
            "org.freedesktop.Secret.Service.Lock",
            ["array:objpath:/org/freedesktop/secrets/collection/login"]
        )
        try #require(answer != nil, "the keyring could not be locked")
    }

    /// Something a method of the bus itself answers; nil where the bus does not.
    private func ask(_ method: String, _ name: String?) -> String? {
        send(
            to: "org.freedesktop.DBus",
            path: "/org/freedesktop/DBus",
            "org.freedesktop.DBus.\(method)",
            name.map { ["string:\($0)"] } ?? []
        )
    }

    private func send(to destination: String, path: String, _ method: String, _ arguments: [String]) -> String? {
        let process = Process()
        process.executableURL = Self.path(of: "dbus-send").map { URL(fileURLWithPath: $0) }
        process.arguments =
            ["--session", "--print-reply", "--reply-timeout=2000", "--dest=\(destination)", path, method] + arguments
        process.environment = environment
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let text = (try? output.fileHandleForReading.readToEnd()) ?? Data()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(decoding: text, as: UTF8.self) : nil
    }

    /// Starts a process that the kernel kills when the thread that started it ends; that thread never does, so it
    /// is when this process ends.
    private func launch(_ command: [String], input: String = "") throws -> pid_t {
        let process = Process()
        process.executableURL = Self.path(of: "setpriv").map { URL(fileURLWithPath: $0) }
        process.arguments = ["--pdeathsig", "KILL", Self.path(of: command[0]) ?? command[0]] + command.dropFirst()
        process.environment = environment
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        let pipe = Pipe()
        process.standardInput = pipe
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        Launcher.shared.run(process)
        try #require(process.processIdentifier > 0, "\(command[0]) could not be started")
        try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try pipe.fileHandleForWriting.close()
        started.withLock { $0.append(process) }
        return process.processIdentifier
    }

    private func wait(for what: String, _ isReady: () -> Bool) throws {
        let end = ContinuousClock.now + .seconds(10)
        while !isReady() {
            try #require(ContinuousClock.now < end, "\(what) did not come within 10 s")
            usleep(20_000)
        }
    }

    private static func path(of tool: String) -> String? {
        ["/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"].map { $0 + tool }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }
}

/// One thread that starts processes and lives as long as this one.
private final class Launcher: Sendable {
    static let shared = Launcher()

    private let queue = Mutex<[Process]>([])
    private let wakeUp = DispatchSemaphore(value: 0)
    private let isDone = DispatchSemaphore(value: 0)

    private init() {
        Thread.detachNewThread { [self] in
            while true {
                wakeUp.wait()
                for process in queue.withLock({ $0 }) where !process.isRunning { try? process.run() }
                queue.withLock { $0.removeAll() }
                isDone.signal()
            }
        }
    }

    func run(_ process: Process) {
        queue.withLock { $0.append(process) }
        wakeUp.signal()
        isDone.wait()
    }
}
