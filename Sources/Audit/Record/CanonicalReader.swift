import Model

import struct FoundationEssentials.UUID

extension AuditRecord {
    /// Reads a record back; nil for anything that is not, byte for byte, what `canonicalBytes` writes.
    package init?(canonicalBytes bytes: [UInt8]) {
        var reader = CanonicalReader(bytes)
        guard let members = reader.object() else { return nil }
        var id: UUID?
        var kind: AuditKind?
        var at: Int64?
        var intent: UUID?
        var organization: OrganizationID?
        var fields = AuditFields()
        for (name, value) in members {
            switch name {
            case "at": at = value.string.flatMap { Timestamp.parse($0) }
            case "id": id = value.string.flatMap { UUID(uuidString: $0) }
            case "intent": intent = value.string.flatMap { UUID(uuidString: $0) }
            case "kind": kind = value.string.flatMap { AuditKind(rawValue: $0) }
            case "organization": organization = value.string.flatMap { OrganizationID($0) }
            default: fields[name] = value
            }
        }
        guard let id, let kind, let at else { return nil }
        self.init(id: id, kind: kind, at: at, organization: organization, intent: intent, fields: fields)
        // The one check that covers order, escapes, number forms, duplicates and spaces.
        guard canonicalBytes == bytes else { return nil }
    }
}

/// Reads one flat JSON object. Lenient about form, since its caller compares with the canonical one.
private struct CanonicalReader {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func object() -> [(String, AuditValue)]? {
        var members: [(String, AuditValue)] = []
        guard take("{") else { return nil }
        if take("}") { return index == bytes.count ? members : nil }
        repeat {
            guard let name = string(), take(":"), let value = value() else { return nil }
            members.append((name, value))
        } while take(",")
        return take("}") && index == bytes.count ? members : nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func take(word: StaticString) -> Bool {
        let expected = Array(word.description.utf8)
        guard bytes[index...].starts(with: expected) else { return false }
        index += expected.count
        return true
    }

    private mutating func value() -> AuditValue? {
        guard index < bytes.count else { return nil }
        switch bytes[index] {
        case UInt8(ascii: "\""): return string().map(AuditValue.string)
        case UInt8(ascii: "["): return strings().map(AuditValue.strings)
        case UInt8(ascii: "t"): return take(word: "true") ? .bool(true) : nil
        case UInt8(ascii: "f"): return take(word: "false") ? .bool(false) : nil
        case UInt8(ascii: "n"): return take(word: "null") ? .null : nil
        default: return integer().map(AuditValue.integer)
        }
    }

    private mutating func strings() -> [String]? {
        var texts: [String] = []
        guard take("[") else { return nil }
        if take("]") { return texts }
        repeat {
            guard let text = string() else { return nil }
            texts.append(text)
        } while take(",")
        return take("]") ? texts : nil
    }

    private mutating func integer() -> Int64? {
        let digits = bytes[index...].prefix { $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) }
        guard let number = Int64(String(decoding: digits, as: UTF8.self)) else { return nil }
        index += digits.count
        return number
    }

    private mutating func string() -> String? {
        guard take("\"") else { return nil }
        var text: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = escape() else { return nil }
                text.append(escaped)
            case 0..<0x20: return nil
            default: text.append(byte)
            }
        }
        return nil
    }

    /// Only what the canonical form uses.
    private mutating func escape() -> UInt8? {
        guard index < bytes.count else { return nil }
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return byte
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "u"):
            guard bytes.count - index >= 4 else { return nil }
            let digits = String(decoding: bytes[index..<index + 4], as: UTF8.self)
            index += 4
            return UInt16(digits, radix: 16).flatMap { $0 < 0x20 ? UInt8($0) : nil }
        default: return nil
        }
    }
}
