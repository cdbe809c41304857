import Foundation
import Synchronization

/// A child process with a thread of its own, which starts it and waits for it.
///
/// The thread matters: "die with your parent" (`setpriv --pdeathsig`) means the *thread* that started the child, and
/// threads of a pool end whenever they have been idle for a while.
final class PrivateProcess: Sendable {
    private struct State {
        var processID: Int32 = 0
        var status: Int32?
        var failure: String?
    }

    private let state = Mutex(State())

    private init() {}

    /// Starts a command with exactly this environment; its output is appended to the file, its input is empty.
    static func launch(
        _ command: [String],
        environment: [String: String],
        directory: String,
        output: String
    ) throws -> PrivateProcess {
        guard let program = command.first, let file = FileHandle(forWritingAtPath: output) else {
            throw PrivatePostgresError("\(output) cannot be written: check who owns it")
        }
        file.seekToEndOfFile()
        let child = PrivateProcess()
        let started = DispatchSemaphore(value: 0)
        let arguments = Array(command.dropFirst())
        let thread = Thread {
            child.run(program, arguments, environment, directory, file, started)
        }
        thread.name = "keyreeve-child"
        thread.start()
        // As long as starting a program takes: a millisecond or so.
        started.wait()
        if let failure = child.state.withLock({ $0.failure }) {
            throw PrivatePostgresError("\(program) cannot be started: \(failure)")
        }
        return child
    }

    private func run(
        _ program: String,
        _ arguments: [String],
        _ environment: [String: String],
        _ directory: String,
        _ output: FileHandle,
        _ started: DispatchSemaphore
    ) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        do {
            try process.run()
        } catch {
            state.withLock { $0.failure = error.localizedDescription }
            started.signal()
            return
        }
        state.withLock { $0.processID = process.processIdentifier }
        started.signal()
        process.waitUntilExit()
        state.withLock { $0.status = process.terminationReason == .exit ? process.terminationStatus : -1 }
    }

    var processID: Int32 { state.withLock { $0.processID } }
    var hasEnded: Bool { state.withLock { $0.status != nil } }
    /// It ended by itself with status 0.
    var succeeded: Bool { state.withLock { $0.status == 0 } }

    func send(_ signal: Int32) {
        // Under the lock: the number is ours until the end is noted.
        state.withLock { state in
            if state.status == nil { _ = kill(state.processID, signal) }
        }
    }

    /// Whether it ends in that time. Survives cancellation of the task, since children must be seen off.
    func end(within patience: Duration) async -> Bool {
        let deadline = ContinuousClock.now.advanced(by: patience)
        while !hasEnded {
            guard ContinuousClock.now < deadline else { return false }
            await Self.pause()
        }
        return true
    }

    /// Ten milliseconds, also in a cancelled task.
    private static func pause() async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(10)) { continuation.resume() }
        }
    }
}
