/// Reads `RequestFacts` from a body that arrives in pieces.
///
/// All dialects that we know write model and stream flag as top-level members, so one scanner serves them. Escaped
/// names are refused at the top level, because `"mod\u0065l"` is `model` to the provider; names that differ only in case
/// are refused too, because some readers (Go's) do not mind case.
package struct RequestScanner: Sendable {
    private var json = JSONStream()
    private var visitor: RequestVisitor

    package init(members: RequestMembers = .usual) {
        visitor = RequestVisitor(members: members)
    }

    package mutating func consume(_ bytes: Span<UInt8>) {
        guard visitor.refusal == nil else { return }
        json.consume(bytes, &visitor)
    }

    package mutating func finish() -> Result<RequestFacts, RequestRefusal> {
        if let refusal = visitor.refusal { return .failure(refusal) }
        switch json.finish(&visitor) {
        case .tooDeep: return .failure(.tooDeep)
        case .malformed, .unfinished: return .failure(.notJSON)
        case nil: break
        }
        if let refusal = visitor.refusal { return .failure(refusal) }
        guard visitor.isObject else { return .failure(.notAnObject) }
        return .success(RequestFacts(model: visitor.model, stream: visitor.stream ?? false))
    }
}

private struct RequestVisitor: JSONVisitor, Sendable {
    private enum Member {
        case model
        case stream
        case other
    }

    var refusal: RequestRefusal?
    var isObject = false
    var model: String?
    var stream: Bool?
    private var seenModel = false
    private var seenStream = false
    private var member = Member.other
    private let members: RequestMembers

    init(members: RequestMembers) {
        self.members = members
    }

    func wantsName(depth: Int) -> Bool { depth == 1 }
    func wantsText(depth: Int) -> Bool { depth == 1 && member == .model }

    mutating func name(_ text: CapturedText, depth: Int) {
        guard depth == 1 else { return }
        member = .other
        if text.hasEscapes {
            refuse(.nameEscaped)
        } else if text.equals(members.model) {
            if seenModel { refuse(.modelTwice) }
            seenModel = true
            member = .model
        } else if let stream = members.stream, text.equals(stream) {
            if seenStream { refuse(.streamTwice) }
            seenStream = true
            member = .stream
        } else if text.resembles(members.model) {
            refuse(.modelMisspelled)
        } else if let stream = members.stream, text.resembles(stream) {
            refuse(.streamMisspelled)
        }
    }

    mutating func string(_ text: CapturedText, depth: Int) {
        guard depth == 1 else { return }
        switch member {
        case .model:
            let isPlain = text.bytes.allSatisfy { $0 >= 0x21 && $0 <= 0x7e }
            guard isPlain, !text.hasEscapes, !text.isCut, !text.bytes.isEmpty else { return refuse(.modelNotPlain) }
            model = String(decoding: text.bytes, as: UTF8.self)
        case .stream: refuse(.streamNotBoolean)
        case .other: break
        }
    }

    mutating func number(_ text: CapturedText, depth: Int) { refuseOtherKind(depth: depth) }

    mutating func literal(_ literal: JSONLiteral, depth: Int) {
        guard depth == 1 else { return }
        switch (member, literal) {
        case (.stream, .isTrue): stream = true
        case (.stream, .isFalse), (.stream, .null): stream = false
        case (.model, _): refuse(.modelNotPlain)
        case (.other, _): break
        }
    }

    mutating func opened(object: Bool, depth: Int) {
        if depth == 1 {
            isObject = object
            if !object { refuse(.notAnObject) }
        } else {
            refuseOtherKind(depth: depth - 1)
        }
    }

    private mutating func refuseOtherKind(depth: Int) {
        guard depth == 1 else { return }
        switch member {
        case .model: refuse(.modelNotPlain)
        case .stream: refuse(.streamNotBoolean)
        case .other: break
        }
    }

    private mutating func refuse(_ reason: RequestRefusal) {
        if refusal == nil { refusal = reason }
    }
}
