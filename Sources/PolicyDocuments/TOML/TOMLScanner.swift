/// Where something stands in a text.
struct TOMLPosition: Hashable, Sendable {
    /// From 1.
    let line: Int
    /// From 1, in bytes.
    let column: Int
}

/// What is wrong with a text as a whole.
struct TOMLProblem: Error, Hashable, Sendable {
    let position: TOMLPosition?
    let message: String
}

/// A header or an assignment of the top level of a text, as it stands there.
struct TOMLStatement: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// `[a.b]`, or `[[a.b]]`.
        case header(isArray: Bool)
        case assignment
    }

    let kind: Kind
    /// Keys from the root; an element of a list is `#0`, `#1`, ….
    let path: [String]
    /// Whole lines, with the line ending of the last.
    let bytes: Range<Int>
}

/// Checks a text against the grammar of TOML 1.0 and finds where its keys stand.
///
/// The parser of record gives values without positions, and some malformed texts make it abort the process. So this
/// goes first: what it refuses, the parser never sees. It knows syntax alone; that a key is there twice, or a table
/// closed, is the parser's to say.
struct TOMLScanner {
    private let bytes: [UInt8]
    private var at = 0
    private var line = 1
    private var lineStart = 0
    private var listCounts: [[String]: Int] = [:]
    private(set) var statements: [TOMLStatement] = []
    private(set) var positions: [[String]: TOMLPosition] = [:]

    /// Deeper than any document, and less than what the parser takes.
    private static let depthLimit = 64
    /// Parts of one key's path, over all tables that it stands in.
    private static let pathLimit = 40
    /// Places that are remembered for diagnostics.
    private static let positionLimit = 20_000

    init(_ text: String) throws(TOMLProblem) {
        bytes = Array(text.utf8)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
        try scan()
    }

    private var current: UInt8? { at < bytes.count ? bytes[at] : nil }

    private func peek(_ offset: Int) -> UInt8? {
        let index = at + offset
        return index < bytes.count ? bytes[index] : nil
    }

    private var position: TOMLPosition { TOMLPosition(line: line, column: at - lineStart + 1) }

    private func problem(_ message: String) -> TOMLProblem { TOMLProblem(position: position, message: message) }

    // MARK: Statements

    private mutating func scan() throws(TOMLProblem) {
        var table: [String] = []
        while true {
            try skipBlank(newlines: true)
            guard let byte = current else { return }
            let start = lineStart
            let place = position
            if byte == UInt8(ascii: "[") {
                let isArray = peek(1) == UInt8(ascii: "[")
                at += isArray ? 2 : 1
                let keys = try keyPath()
                guard current == UInt8(ascii: "]"), !isArray || peek(1) == UInt8(ascii: "]") else {
                    throw problem("a table's header ends with \(isArray ? "]]" : "]")")
                }
                at += isArray ? 2 : 1
                table = resolve(keys, isArray: isArray)
                note(table, place)
                try endLine()
                statements.append(TOMLStatement(kind: .header(isArray: isArray), path: table, bytes: start..<at))
            } else {
                let path = table + (try keyPath())
                note(path, place)
                try equals()
                try value(path, depth: 0)
                try endLine()
                statements.append(TOMLStatement(kind: .assignment, path: path, bytes: start..<at))
            }
        }
    }

    /// The path of a header: where a prefix is a list of tables, its last element is meant.
    private mutating func resolve(_ keys: [String], isArray: Bool) -> [String] {
        var path: [String] = []
        for (index, key) in keys.enumerated() {
            path.append(key)
            let isLast = index == keys.count - 1
            if isLast && isArray {
                let count = listCounts[path, default: 0]
                listCounts[path] = count + 1
                if count == 0 { note(path, position) }
                path.append("#\(count)")
            } else if let count = listCounts[path] {
                path.append("#\(count - 1)")
            }
        }
        return path
    }

    /// The first place wins, and stands for every table on the way as well.
    private mutating func note(_ path: [String], _ place: TOMLPosition) {
        // A diagnostic without its line is better than a document that fills the memory with lines.
        guard positions.count < Self.positionLimit else { return }
        for length in stride(from: path.count, to: 0, by: -1) {
            let prefix = Array(path.prefix(length))
            guard positions[prefix] == nil else { return }
            positions[prefix] = place
        }
    }

    /// The rest of a line behind a statement, its line ending included.
    private mutating func endLine() throws(TOMLProblem) {
        try skipBlank(newlines: false)
        guard current != nil else { return }
        guard try newline() else { throw problem("one statement a line: something stands behind the end of this one") }
    }

    // MARK: Keys

    private mutating func keyPath() throws(TOMLProblem) -> [String] {
        var keys: [String] = []
        while true {
            skipSpaces()
            keys.append(try key())
            guard keys.count <= Self.depthLimit else { throw problem("the key is nested too deeply") }
            skipSpaces()
            guard current == UInt8(ascii: ".") else { return keys }
            at += 1
        }
    }

    private mutating func key() throws(TOMLProblem) -> String {
        guard let byte = current else { throw problem("a key is missing") }
        let start = at
        if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
            try simpleString(quote: byte)
            let inner = bytes[(start + 1)..<(at - 1)]
            return byte == UInt8(ascii: "'") ? String(decoding: inner, as: UTF8.self) : TOMLEscapes.unescaped(inner)
        }
        while let byte = current, Self.isBare(byte) { at += 1 }
        guard at > start else { throw problem("a key has letters, digits, - and _, or stands in quotes") }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private static func isBare(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private mutating func equals() throws(TOMLProblem) {
        guard current == UInt8(ascii: "=") else { throw problem("a key is followed by = and its value") }
        at += 1
        skipSpaces()
    }

    // MARK: Values

    private mutating func value(_ path: [String], depth: Int) throws(TOMLProblem) {
        guard depth < Self.depthLimit, path.count <= Self.pathLimit else {
            throw problem("the value is nested too deeply")
        }
        skipSpaces()
        guard let byte = current else { throw problem("a value is missing") }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            if peek(1) == byte, peek(2) == byte {
                try longString(quote: byte)
            } else {
                try simpleString(quote: byte)
            }
        case UInt8(ascii: "["): try list(path, depth: depth)
        case UInt8(ascii: "{"): try inlineTable(path, depth: depth)
        default: try scalar()
        }
    }

    private mutating func list(_ path: [String], depth: Int) throws(TOMLProblem) {
        at += 1
        var index = 0
        while true {
            try skipBlank(newlines: true)
            guard let byte = current else { throw problem("a list ends with ]") }
            if byte == UInt8(ascii: "]") { break }
            let element = path + ["#\(index)"]
            note(element, position)
            try value(element, depth: depth + 1)
            index += 1
            try skipBlank(newlines: true)
            if current == UInt8(ascii: ",") {
                at += 1
            } else if current != UInt8(ascii: "]") {
                throw problem("elements of a list are separated by commas, and it ends with ]")
            }
        }
        at += 1
    }

    private mutating func inlineTable(_ path: [String], depth: Int) throws(TOMLProblem) {
        at += 1
        skipSpaces()
        var isFirst = true
        while isFirst ? current != UInt8(ascii: "}") : true {
            isFirst = false
            skipSpaces()
            let place = position
            let inner = path + (try keyPath())
            note(inner, place)
            try equals()
            try value(inner, depth: depth + 1)
            skipSpaces()
            if current == UInt8(ascii: "}") { break }
            guard current == UInt8(ascii: ",") else {
                throw problem("an inline table stands on one line and ends with }")
            }
            at += 1
        }
        at += 1
    }

    private mutating func scalar() throws(TOMLProblem) {
        let start = at
        scanning: while let byte = current {
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "#"), UInt8(ascii: "\n"),
                UInt8(ascii: "\r"):
                break scanning
            default: at += 1
            }
        }
        var end = at
        while end > start, bytes[end - 1] == UInt8(ascii: " ") || bytes[end - 1] == UInt8(ascii: "\t") { end -= 1 }
        guard TOMLScalar.isValid(bytes[start..<end]) else {
            at = start
            throw problem("this is no value; text stands in quotes")
        }
    }

    /// `"…"` or `'…'`.
    private mutating func simpleString(quote: UInt8) throws(TOMLProblem) {
        at += 1
        while let byte = current {
            if byte == quote {
                at += 1
                return
            }
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                try escape()
            } else {
                try character()
            }
        }
        throw problem("a string ends with the quote it began with, on the same line")
    }

    /// `"""…"""` or `'''…'''`.
    private mutating func longString(quote: UInt8) throws(TOMLProblem) {
        at += 3
        while let byte = current {
            if byte == quote, peek(1) == quote, peek(2) == quote {
                at += 3
                // Up to two quotes may stand directly before the closing three.
                var extra = 0
                while extra < 2, current == quote {
                    at += 1
                    extra += 1
                }
                return
            }
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                if try continuation() { continue }
                try escape()
            } else if try !newline() {
                try character()
            }
        }
        throw problem("a string over several lines ends with three quotes")
    }

    /// A backslash at the end of a line of a long string, which joins it to the next text.
    private mutating func continuation() throws(TOMLProblem) -> Bool {
        var end = at + 1
        while end < bytes.count, bytes[end] == UInt8(ascii: " ") || bytes[end] == UInt8(ascii: "\t") { end += 1 }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "\n") || bytes[end] == UInt8(ascii: "\r") else {
            return false
        }
        at = end
        return try newline()
    }

    private mutating func escape() throws(TOMLProblem) {
        guard let length = TOMLEscapes.length(bytes[at...]) else {
            throw problem("this is no escape; a backslash is written \\\\, or the text stands in single quotes")
        }
        at += length
    }

    /// One byte of text or comment: anything but control characters.
    private mutating func character() throws(TOMLProblem) {
        guard let byte = current, byte >= 0x20 || byte == UInt8(ascii: "\t"), byte != 0x7F else {
            throw problem(
                current == UInt8(ascii: "\n") ? "the line ends within a string" : "a control character stands here"
            )
        }
        at += 1
    }

    // MARK: Blanks

    private mutating func skipSpaces() {
        while current == UInt8(ascii: " ") || current == UInt8(ascii: "\t") { at += 1 }
    }

    /// Spaces and a comment; with `newlines`, any number of lines of them.
    private mutating func skipBlank(newlines: Bool) throws(TOMLProblem) {
        while true {
            skipSpaces()
            if current == UInt8(ascii: "#") {
                while let byte = current, byte != UInt8(ascii: "\n"), !isLineEnd { try character() }
            }
            guard newlines, try newline() else { return }
        }
    }

    private var isLineEnd: Bool {
        current == UInt8(ascii: "\n") || (current == UInt8(ascii: "\r") && peek(1) == UInt8(ascii: "\n"))
    }

    /// Takes a line ending, if one stands here.
    private mutating func newline() throws(TOMLProblem) -> Bool {
        guard isLineEnd else {
            if current == UInt8(ascii: "\r") { throw problem("a carriage return stands alone") }
            return false
        }
        at += current == UInt8(ascii: "\r") ? 2 : 1
        line += 1
        lineStart = at
        return true
    }
}
