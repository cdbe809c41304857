/// The comments by which we find our own lines again.
enum Marks {
    enum Block: String, CaseIterable {
        case keys
        case tables
    }

    /// What the mark remembers about the file before us.
    enum Note: String {
        /// There was no file.
        case newFile = "(new file)"
        /// The line before had no ending.
        case joinedLine = "(joined)"
    }

    private static let hiding = "#keyreeve-off# "

    static func begin(_ block: Block, _ notes: [Note]) -> String {
        let suffix = notes.map { " \($0.rawValue)" }.joined()
        return
            "# >>> keyreeve \(block.rawValue): written by `keyreeve config sync`, undone by `config unsync` >>>\(suffix)\n"
    }

    static func end(_ block: Block) -> String { "# <<< keyreeve \(block.rawValue) <<<\n" }

    static func begins(_ line: String, _ block: Block) -> Bool { line.hasPrefix("# >>> keyreeve \(block.rawValue):") }
    static func ends(_ line: String, _ block: Block) -> Bool { line.hasPrefix("# <<< keyreeve \(block.rawValue) <<<") }
    static func has(_ line: String, _ note: Note) -> Bool { line.contains(note.rawValue) }

    /// A line of the person's own, commented out.
    static func hidden(_ line: String) -> String { hiding + line }

    /// A line as it was before it was commented out.
    static func shown(_ line: String) -> String { line.hasPrefix(hiding) ? String(line.dropFirst(hiding.count)) : line }

    static func isAny(_ line: String) -> Bool {
        line.hasPrefix(hiding) || line.hasPrefix("# >>> keyreeve ") || line.hasPrefix("# <<< keyreeve ")
    }
}

/// A text as lines that keep their endings, so that joining them gives the text again.
struct Lines {
    let all: [String]

    init(_ text: String) {
        var lines: [String] = []
        var line: [UInt8] = []
        for byte in text.utf8 {
            line.append(byte)
            guard byte == UInt8(ascii: "\n") else { continue }
            lines.append(String(decoding: line, as: UTF8.self))
            line.removeAll(keepingCapacity: true)
        }
        if !line.isEmpty { lines.append(String(decoding: line, as: UTF8.self)) }
        all = lines
    }

    /// A leading byte order mark, and the text behind it.
    static func byteOrderMark(_ text: String) -> (mark: String, body: String) {
        guard text.unicodeScalars.first == "\u{FEFF}" else { return ("", text) }
        return ("\u{FEFF}", String(text.unicodeScalars.dropFirst()))
    }

    /// Without the `\n` that we added; a `\r` before it is the person's own.
    static func withoutEnding(_ line: String) -> String {
        guard line.utf8.last == UInt8(ascii: "\n") else { return line }
        return String(decoding: line.utf8.dropLast(), as: UTF8.self)
    }
}
