/// Told what a `JSONStream` recognises, as it recognises it.
///
/// Depth 1 is the inside of the outermost container. Text is copied out only where the visitor asks for it, so that
/// the megabytes of a prompt pass without being touched twice.
package protocol JSONVisitor {
    /// Whether the names of members at this depth are wanted.
    func wantsName(depth: Int) -> Bool
    /// Whether the text of a string or number at this depth is wanted.
    func wantsText(depth: Int) -> Bool

    mutating func name(_ text: CapturedText, depth: Int)
    mutating func string(_ text: CapturedText, depth: Int)
    mutating func number(_ text: CapturedText, depth: Int)
    mutating func literal(_ literal: JSONLiteral, depth: Int)
    /// An object or array begins; its members or elements are at `depth`.
    mutating func opened(object: Bool, depth: Int)
}

package enum JSONLiteral: Hashable, Sendable {
    case isTrue
    case isFalse
    case null
}

/// The bytes of one name, string or number as they were written, escapes undecoded.
package struct CapturedText: Hashable, Sendable {
    /// At most `limit` bytes; empty where the visitor did not want them.
    package var bytes: [UInt8] = []
    /// A backslash stood in it, so the bytes are not what they mean; known only where the visitor wanted them.
    package var hasEscapes = false
    /// It was longer than `limit`.
    package var isCut = false

    /// 256 bytes: longer than any model name, name of a member or number that we act on.
    package static let limit = 256

    package func equals(_ text: StaticString) -> Bool {
        !hasEscapes && !isCut && text.matches(bytes)
    }

    func equals(_ text: [UInt8]) -> Bool {
        !hasEscapes && !isCut && text == bytes
    }

    /// Whether these are the letters of a lower-case ASCII text in any case.
    func resembles(_ text: [UInt8]) -> Bool {
        bytes.count == text.count && zip(bytes, text).allSatisfy { $0 | 0x20 == $1 | 0x20 }
    }
}

extension StaticString {
    /// Whether these are exactly the bytes of this ASCII literal.
    package func matches(_ bytes: [UInt8]) -> Bool {
        guard utf8CodeUnitCount == bytes.count else { return false }
        return description.utf8.elementsEqual(bytes)
    }
}
