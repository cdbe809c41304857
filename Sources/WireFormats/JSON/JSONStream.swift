/// Recognises one JSON text (RFC 8259) that arrives in pieces, split anywhere, without building a tree.
///
/// Strict where a second reader could disagree: no comments, no trailing commas, no byte order mark, exact literals
/// and numbers, no control characters in strings, valid UTF-8, nothing after the end. Depth is bounded by `depthLimit`.
/// It does not check that names are unique: that is the visitor's business where it matters.
package struct JSONStream: Sendable {
    /// 64 nested containers: one bit each, and the limit that keeps recursive readers behind us safe.
    package static let depthLimit = 64

    package enum Problem: Error, Hashable, Sendable {
        case malformed
        case tooDeep
        case unfinished
    }

    private enum State: Sendable {
        case value
        case valueOrEnd
        case nameOrEnd
        case name
        case colon
        case separator
        case text
        case escape
        case unicode
        case number
        case literal
        case end
    }

    private enum NumberPart: Sendable {
        case sign
        case zero
        case integer
        case point
        case fraction
        case exponentMark
        case exponentSign
        case exponent
    }

    package private(set) var problem: Problem?
    private var state = State.value
    private var depth = 0
    /// One bit for each open container, set for objects; the innermost is the lowest.
    private var containers: UInt64 = 0
    private var isName = false
    private var isCapturing = false
    private var captured = CapturedText()
    private var utf8 = UTF8Check()
    private var hexDigits = 0
    private var numberPart = NumberPart.sign
    private var literal: [UInt8] = []
    private var literalPosition = 0

    package init() {}

    /// Back to the beginning, keeping the memory.
    package mutating func reset() {
        problem = nil
        state = .value
        depth = 0
        containers = 0
        captured.bytes.removeAll(keepingCapacity: true)
    }

    /// Ends the text; the problem, if it was not one whole JSON text.
    package mutating func finish(_ visitor: inout some JSONVisitor) -> Problem? {
        if problem == nil, state == .number { endNumber(&visitor) }
        if problem == nil, state != .end { problem = .unfinished }
        return problem
    }

    package mutating func consume(_ bytes: Span<UInt8>, _ visitor: inout some JSONVisitor) {
        var index = 0
        while index < bytes.count, problem == nil {
            if state == .text {
                index = skipText(bytes, from: index)
                guard index < bytes.count, problem == nil else { return }
            }
            let byte = bytes[index]
            step(byte, &visitor)
            index += 1
        }
    }

    /// Passes over plain bytes of a string; the index of the first byte that means something, or the end.
    private mutating func skipText(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < bytes.count {
            if !isCapturing, !utf8.isInside {
                index = PlainText.end(bytes, from: index)
                guard index < bytes.count else { break }
            }
            let byte = bytes[index]
            if byte >= 0x80 || utf8.isInside {
                guard utf8.take(byte) else {
                    problem = .malformed
                    break
                }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 {
                break
            }
            if isCapturing { capture(byte) }
            index += 1
        }
        return index
    }

    private mutating func step(_ byte: UInt8, _ visitor: inout some JSONVisitor) {
        switch state {
        case .text: stepText(byte, &visitor)
        case .escape: stepEscape(byte)
        case .unicode: stepUnicode(byte)
        case .number: stepNumber(byte, &visitor)
        case .literal: stepLiteral(byte, &visitor)
        default: stepStructure(byte, &visitor)
        }
    }

    private mutating func stepStructure(_ byte: UInt8, _ visitor: inout some JSONVisitor) {
        if byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { return }
        switch (state, byte) {
        case (.valueOrEnd, UInt8(ascii: "]")), (.nameOrEnd, UInt8(ascii: "}")): close()
        case (.separator, UInt8(ascii: "]")) where !isInObject: close()
        case (.separator, UInt8(ascii: "}")) where isInObject: close()
        case (.separator, UInt8(ascii: ",")): state = isInObject ? .name : .value
        case (.colon, UInt8(ascii: ":")): state = .value
        case (.name, UInt8(ascii: "\"")), (.nameOrEnd, UInt8(ascii: "\"")):
            begin(name: true, capturing: visitor.wantsName(depth: depth))
            state = .text
        case (.value, _), (.valueOrEnd, _): beginValue(byte, &visitor)
        default: problem = .malformed
        }
    }

    private mutating func beginValue(_ byte: UInt8, _ visitor: inout some JSONVisitor) {
        switch byte {
        case UInt8(ascii: "{"): open(object: true, &visitor)
        case UInt8(ascii: "["): open(object: false, &visitor)
        case UInt8(ascii: "\""):
            begin(name: false, capturing: visitor.wantsText(depth: depth))
            state = .text
        case UInt8(ascii: "t"): begin(literal: .isTrue)
        case UInt8(ascii: "f"): begin(literal: .isFalse)
        case UInt8(ascii: "n"): begin(literal: .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            begin(name: false, capturing: visitor.wantsText(depth: depth))
            numberPart = byte == UInt8(ascii: "-") ? .sign : byte == UInt8(ascii: "0") ? .zero : .integer
            if isCapturing { capture(byte) }
            state = .number
        default: problem = .malformed
        }
    }

    // MARK: Containers

    private var isInObject: Bool { containers & 1 == 1 }

    private mutating func open(object: Bool, _ visitor: inout some JSONVisitor) {
        guard depth < Self.depthLimit else {
            problem = .tooDeep
            return
        }
        depth += 1
        containers = containers << 1 | (object ? 1 : 0)
        state = object ? .nameOrEnd : .valueOrEnd
        visitor.opened(object: object, depth: depth)
    }

    private mutating func close() {
        depth -= 1
        containers >>= 1
        endValue()
    }

    private mutating func endValue() {
        state = depth == 0 ? .end : .separator
    }

    // MARK: Strings

    private mutating func begin(name: Bool, capturing: Bool) {
        isName = name
        isCapturing = capturing
        captured.bytes.removeAll(keepingCapacity: true)
        captured.hasEscapes = false
        captured.isCut = false
        utf8 = UTF8Check()
    }

    private mutating func capture(_ byte: UInt8) {
        guard captured.bytes.count < CapturedText.limit else {
            captured.isCut = true
            return
        }
        captured.bytes.append(byte)
    }

    private mutating func stepText(_ byte: UInt8, _ visitor: inout some JSONVisitor) {
        if byte == UInt8(ascii: "\\") {
            captured.hasEscapes = true
            state = .escape
            return
        }
        guard byte == UInt8(ascii: "\"") else {
            problem = .malformed
            return
        }
        if isName {
            visitor.name(captured, depth: depth)
            state = .colon
        } else {
            visitor.string(captured, depth: depth)
            endValue()
        }
    }

    private mutating func stepEscape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "u"):
            hexDigits = 0
            state = .unicode
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            state = .text
        default: problem = .malformed
        }
    }

    private mutating func stepUnicode(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            hexDigits += 1
            if hexDigits == 4 { state = .text }
        default: problem = .malformed
        }
    }

    // MARK: Numbers and literals

    private mutating func stepNumber(_ byte: UInt8, _ visitor: inout some JSONVisitor) {
        let isDigit = byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
        switch (numberPart, byte) {
        case (.sign, UInt8(ascii: "0")): numberPart = .zero
        case (.sign, _) where isDigit: numberPart = .integer
        case (.integer, _) where isDigit: break
        case (.zero, UInt8(ascii: ".")), (.integer, UInt8(ascii: ".")): numberPart = .point
        case (.point, _) where isDigit: numberPart = .fraction
        case (.fraction, _) where isDigit: break
        case (.zero, UInt8(ascii: "e")), (.zero, UInt8(ascii: "E")), (.integer, UInt8(ascii: "e")),
            (.integer, UInt8(ascii: "E")), (.fraction, UInt8(ascii: "e")), (.fraction, UInt8(ascii: "E")):
            numberPart = .exponentMark
        case (.exponentMark, UInt8(ascii: "+")), (.exponentMark, UInt8(ascii: "-")): numberPart = .exponentSign
        case (.exponentMark, _) where isDigit, (.exponentSign, _) where isDigit: numberPart = .exponent
        case (.exponent, _) where isDigit: break
        default:
            endNumber(&visitor)
            if problem == nil { stepStructure(byte, &visitor) }
            return
        }
        if isCapturing { capture(byte) }
    }

    private mutating func endNumber(_ visitor: inout some JSONVisitor) {
        switch numberPart {
        case .zero, .integer, .fraction, .exponent:
            visitor.number(captured, depth: depth)
            endValue()
        case .sign, .point, .exponentMark, .exponentSign: problem = .malformed
        }
    }

    private mutating func begin(literal: JSONLiteral) {
        switch literal {
        case .isTrue: self.literal = Array("true".utf8)
        case .isFalse: self.literal = Array("false".utf8)
        case .null: self.literal = Array("null".utf8)
        }
        literalPosition = 1
        state = .literal
    }

    private mutating func stepLiteral(_ byte: UInt8, _ visitor: inout some JSONVisitor) {
        guard literalPosition < literal.count, literal[literalPosition] == byte else {
            problem = .malformed
            return
        }
        literalPosition += 1
        guard literalPosition == literal.count else { return }
        switch literal.first {
        case UInt8(ascii: "t"): visitor.literal(.isTrue, depth: depth)
        case UInt8(ascii: "f"): visitor.literal(.isFalse, depth: depth)
        default: visitor.literal(.null, depth: depth)
        }
        endValue()
    }
}
