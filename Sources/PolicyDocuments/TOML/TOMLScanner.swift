/// Where something stands in a text.
struct TOMLPosition: Hashable, Sendable {
    /// From 1.
    let line: Int
    /// From 1, in bytes.
    let column: Int
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

/// Finds where keys stand in a text that a real parser has accepted.
///
/// The parser of record gives values without positions; this gives positions without values. It reads only as much of
/// TOML's grammar as it takes to know where a value ends. On anything that it does not understand it stops and keeps
/// what it has: a diagnostic then has no line, which is a pity and nothing worse.
struct TOMLScanner {
    private let bytes: [UInt8]
    private var at = 0
    private var line = 1
    private var lineStart = 0
    private var listCounts: [[String]: Int] = [:]
    private(set) var statements: [TOMLStatement] = []
    private(set) var positions: [[String]: TOMLPosition] = [:]
    /// Whether the whole text was understood.
    private(set) var isComplete = false

    private struct Confused: Error {}
    private static let depthLimit = 256

    init(_ text: String) {
        bytes = Array(text.utf8)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
        do throws(Confused) {
            try scan()
            isComplete = true
        } catch {}
    }

    private var current: UInt8? { at < bytes.count ? bytes[at] : nil }

    private func peek(_ offset: Int) -> UInt8? {
        let index = at + offset
        return index < bytes.count ? bytes[index] : nil
    }

    private var position: TOMLPosition { TOMLPosition(line: line, column: at - lineStart + 1) }

    // MARK: Statements

    private mutating func scan() throws(Confused) {
        var table: [String] = []
        while true {
            skipBlank(newlines: true)
            guard let byte = current else { return }
            let start = lineStart
            let place = position
            if byte == UInt8(ascii: "[") {
                let isArray = peek(1) == UInt8(ascii: "[")
                at += isArray ? 2 : 1
                let keys = try keyPath()
                try expect("]")
                if isArray { try expect("]") }
                table = resolve(keys, isArray: isArray)
                note(table, place)
                try endLine()
                statements.append(
                    TOMLStatement(kind: .header(isArray: isArray), path: table, bytes: start..<at)
                )
            } else {
                let path = table + (try keyPath())
                note(path, place)
                try expect("=")
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
        for length in stride(from: path.count, to: 0, by: -1) {
            let prefix = Array(path.prefix(length))
            guard positions[prefix] == nil else { return }
            positions[prefix] = place
        }
    }

    /// The rest of a line behind a statement, its line ending included.
    private mutating func endLine() throws(Confused) {
        skipBlank(newlines: false)
        guard let byte = current else { return }
        guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else { throw Confused() }
        newline()
    }

    // MARK: Keys

    private mutating func keyPath() throws(Confused) -> [String] {
        var keys: [String] = []
        while true {
            skipSpaces()
            keys.append(try key())
            skipSpaces()
            guard current == UInt8(ascii: ".") else { return keys }
            at += 1
        }
    }

    private mutating func key() throws(Confused) -> String {
        guard let byte = current else { throw Confused() }
        let start = at
        if byte == UInt8(ascii: "'") {
            try string()
            return String(decoding: bytes[(start + 1)..<(at - 1)], as: UTF8.self)
        }
        if byte == UInt8(ascii: "\"") {
            try string()
            return try Self.unescaped(bytes[(start + 1)..<(at - 1)])
        }
        while let byte = current, Self.isBare(byte) { at += 1 }
        guard at > start else { throw Confused() }
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

    private static func unescaped(_ bytes: ArraySlice<UInt8>) throws(Confused) -> String {
        var text = String.UnicodeScalarView()
        var rest = String(decoding: bytes, as: UTF8.self).unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "\\" else {
                text.append(scalar)
                continue
            }
            guard let kind = rest.popFirst() else { throw Confused() }
            switch kind {
            case "b": text.append("\u{8}")
            case "t": text.append("\t")
            case "n": text.append("\n")
            case "f": text.append("\u{C}")
            case "r": text.append("\r")
            case "e": text.append("\u{1B}")
            case "\"", "\\": text.append(kind)
            case "x", "u", "U":
                let length = kind == "x" ? 2 : kind == "u" ? 4 : 8
                guard let code = UInt32(String(String.UnicodeScalarView(rest.prefix(length))), radix: 16),
                    let scalar = Unicode.Scalar(code)
                else { throw Confused() }
                rest = rest.dropFirst(length)
                text.append(scalar)
            default: throw Confused()
            }
        }
        return String(text)
    }

    // MARK: Values

    private mutating func value(_ path: [String], depth: Int) throws(Confused) {
        guard depth < Self.depthLimit else { throw Confused() }
        skipSpaces()
        guard let byte = current else { throw Confused() }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): try string()
        case UInt8(ascii: "["): try list(path, depth: depth)
        case UInt8(ascii: "{"): try inlineTable(path, depth: depth)
        default: try scalar()
        }
    }

    private mutating func list(_ path: [String], depth: Int) throws(Confused) {
        at += 1
        var index = 0
        while true {
            skipBlank(newlines: true)
            guard let byte = current else { throw Confused() }
            if byte == UInt8(ascii: "]") { break }
            let element = path + ["#\(index)"]
            note(element, position)
            try value(element, depth: depth + 1)
            index += 1
            skipBlank(newlines: true)
            if current == UInt8(ascii: ",") { at += 1 } else if current != UInt8(ascii: "]") { throw Confused() }
        }
        at += 1
    }

    private mutating func inlineTable(_ path: [String], depth: Int) throws(Confused) {
        at += 1
        while true {
            skipBlank(newlines: true)
            guard let byte = current else { throw Confused() }
            if byte == UInt8(ascii: "}") { break }
            let place = position
            let inner = path + (try keyPath())
            note(inner, place)
            try expect("=")
            try value(inner, depth: depth + 1)
            skipBlank(newlines: true)
            if current == UInt8(ascii: ",") { at += 1 } else if current != UInt8(ascii: "}") { throw Confused() }
        }
        at += 1
    }

    private mutating func scalar() throws(Confused) {
        let start = at
        scanning: while let byte = current {
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "#"), UInt8(ascii: "\n"),
                UInt8(ascii: "\r"):
                break scanning
            default: at += 1
            }
        }
        guard at > start else { throw Confused() }
    }

    /// Any of the four kinds of string.
    private mutating func string() throws(Confused) {
        guard let quote = current else { throw Confused() }
        let isBasic = quote == UInt8(ascii: "\"")
        if peek(1) == quote, peek(2) == quote {
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
                if isBasic, byte == UInt8(ascii: "\\") { at += 1 }
                if current == UInt8(ascii: "\n") { newline() } else { at += 1 }
            }
            throw Confused()
        }
        at += 1
        while let byte = current, byte != UInt8(ascii: "\n") {
            if byte == quote {
                at += 1
                return
            }
            at += isBasic && byte == UInt8(ascii: "\\") ? 2 : 1
        }
        throw Confused()
    }

    // MARK: Blanks

    private mutating func expect(_ scalar: Unicode.Scalar) throws(Confused) {
        skipSpaces()
        guard let byte = current, UInt32(byte) == scalar.value else { throw Confused() }
        at += 1
        skipSpaces()
    }

    private mutating func skipSpaces() {
        while current == UInt8(ascii: " ") || current == UInt8(ascii: "\t") { at += 1 }
    }

    /// Spaces and a comment; with `newlines`, any number of lines of them.
    private mutating func skipBlank(newlines: Bool) {
        while let byte = current {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"): at += 1
            case UInt8(ascii: "#"): while let byte = current, byte != UInt8(ascii: "\n") { at += 1 }
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                guard newlines else { return }
                newline()
            default: return
            }
        }
    }

    private mutating func newline() {
        if current == UInt8(ascii: "\r") { at += 1 }
        guard current == UInt8(ascii: "\n") else { return }
        at += 1
        line += 1
        lineStart = at
    }
}
