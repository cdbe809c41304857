import Glibc

/// The person's terminal, opened by name so that it is theirs even where standard input is a pipe.
enum Terminal {
    /// Whether a person can be asked.
    static var isPresent: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// Whether what we print is read by eyes.
    static var isOutput: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Asks for a line that is not shown. Nil when the person gave up (Ctrl-C, Ctrl-D).
    static func readSecret(prompt: String, atMost limit: Int) throws(FileProblem) -> [UInt8]? {
        let opened = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard opened >= 0 else {
            throw FileProblem("There is no terminal to ask on; give the value on standard input.")
        }
        let terminal = FileDescriptor(opened, path: "the terminal")
        var before = termios()
        guard unsafe tcgetattr(opened, &before) == 0 else { throw FileProblem(cannot: "use the terminal", code: errno) }
        var quiet = before
        // Byte by byte: the kernel's own line editing would cut a value at 4,096 bytes, and its Ctrl-C would leave
        // the terminal without echo.
        quiet.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        guard unsafe tcsetattr(opened, TCSAFLUSH, &quiet) == 0 else {
            throw FileProblem(cannot: "use the terminal", code: errno)
        }
        defer {
            _ = unsafe tcsetattr(opened, TCSAFLUSH, &before)
            try? terminal.write(Array("\n".utf8))
        }
        try terminal.write(Array(prompt.utf8))
        var line = SecretLine(limit: limit)
        while true {
            var byte: UInt8 = 0
            guard unsafe read(opened, &byte, 1) == 1 else { return nil }
            switch line.take(byte) {
            case .more: continue
            case .done: return line.bytes
            case .givenUp: return nil
            case .tooLong: throw FileProblem("The value is longer than \(limit) bytes.")
            }
        }
    }

    /// Asks for a line, shown. Nil at the end of input.
    static func readLine(prompt: String) -> String? {
        try? FileDescriptor.write(Array(prompt.utf8), to: STDERR_FILENO, path: "the terminal")
        return Swift.readLine(strippingNewline: true)
    }

    static func readStandardInput(atMost limit: Int) throws(FileProblem) -> [UInt8] {
        try FileDescriptor.read(STDIN_FILENO, path: "standard input", atMost: limit)
    }

    /// Writes text and gives up silently when the reader has gone.
    static func write(_ text: String, toError: Bool) {
        try? FileDescriptor.write(Array(text.utf8), to: toError ? STDERR_FILENO : STDOUT_FILENO, path: "the terminal")
    }
}

/// A line typed byte by byte without echo, with the keys that people expect.
struct SecretLine: Sendable {
    enum Answer: Hashable, Sendable {
        case more
        case done
        case givenUp
        case tooLong
    }

    private(set) var bytes: [UInt8] = []
    let limit: Int

    init(limit: Int) { self.limit = limit }

    mutating func take(_ byte: UInt8) -> Answer {
        switch byte {
        case 10, 13: return .done
        case 3: return .givenUp
        case 4: return bytes.isEmpty ? .givenUp : .done
        case 8, 127:
            // One character, not one byte: continuation bytes go with their start.
            while let last = bytes.popLast(), last & 0xc0 == 0x80 {}
        case 21: bytes.removeAll()
        default:
            guard bytes.count < limit else { return .tooLong }
            bytes.append(byte)
        }
        return .more
    }
}
