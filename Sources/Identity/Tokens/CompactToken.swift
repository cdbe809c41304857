/// The three parts of a compact JWS, split before anything is decoded or copied.
struct CompactToken {
    let header: ArraySlice<UInt8>
    let payload: ArraySlice<UInt8>
    let signature: ArraySlice<UInt8>
    /// What the signature is over: header, dot, payload.
    let signed: ArraySlice<UInt8>

    /// Nil unless `token` has at most `limit` bytes, exactly two dots, and no empty part.
    init?(_ token: [UInt8], limit: Int) {
        guard token.count <= limit else { return nil }
        let dot = UInt8(ascii: ".")
        guard let first = token.firstIndex(of: dot) else { return nil }
        guard let second = token[(first + 1)...].firstIndex(of: dot) else { return nil }
        guard !token[(second + 1)...].contains(dot) else { return nil }
        header = token[..<first]
        payload = token[(first + 1)..<second]
        signature = token[(second + 1)...]
        signed = token[..<second]
        guard !header.isEmpty, !payload.isEmpty, !signature.isEmpty else { return nil }
    }
}
