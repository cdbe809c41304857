/// A statement's parameters laid out as libpq takes them: parallel lists over one block of bytes.
@safe
struct BoundParameters {
    private var block: [UInt8] = []
    private var offsets: [Int?] = []
    private var types: [UInt32] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    /// The protocol counts parameters with 16 bits.
    private static let most = 65_535
    /// A value of Postgres ends at one gigabyte; so do we, for all of them together.
    private static let mostBytes = 1 << 30

    init(_ parameters: [SQLParameter]) throws(PostgresError) {
        guard parameters.count <= Self.most else { throw .unsendable("a statement has at most 65535 parameters") }
        for parameter in parameters {
            types.append(parameter.type.oid)
            switch parameter.value {
            case .null: add(nil, format: 0)
            case .binary(let bytes): add(bytes, format: 1)
            case .text(let text):
                let bytes = Array(text.utf8)
                // A zero byte would end the value for libpq, silently.
                guard !bytes.contains(0) else { throw .unsendable("a text holds a zero character") }
                add(bytes, format: 0)
            case .unsendable(let reason): throw .unsendable(reason)
            }
            guard block.count <= Self.mostBytes else { throw .unsendable("the parameters exceed one gigabyte") }
        }
    }

    private mutating func add(_ bytes: [UInt8]?, format: Int32) {
        offsets.append(bytes.map { _ in block.count })
        lengths.append(Int32(clamping: bytes?.count ?? 0))
        formats.append(format)
        guard let bytes else { return }
        block.append(contentsOf: bytes)
        block.append(0)
    }

    @unsafe
    struct Pointers {
        let count: Int32
        let types: UnsafePointer<UInt32>?
        let values: UnsafePointer<UnsafePointer<CChar>?>?
        let lengths: UnsafePointer<Int32>?
        let formats: UnsafePointer<Int32>?
    }

    func withPointers<Result>(_ body: (Pointers) -> Result) -> Result {
        unsafe block.withUnsafeBytes { block in
            let start = unsafe block.baseAddress?.assumingMemoryBound(to: CChar.self)
            var values: [UnsafePointer<CChar>?] = unsafe []
            for offset in offsets {
                unsafe values.append(offset.flatMap { offset in unsafe start.map { unsafe $0 + offset } })
            }
            return unsafe values.withUnsafeBufferPointer { values in
                unsafe types.withUnsafeBufferPointer { types in
                    unsafe lengths.withUnsafeBufferPointer { lengths in
                        unsafe formats.withUnsafeBufferPointer { formats in
                            unsafe body(
                                Pointers(
                                    count: Int32(clamping: offsets.count),
                                    types: types.baseAddress,
                                    values: values.baseAddress,
                                    lengths: lengths.baseAddress,
                                    formats: formats.baseAddress
                                )
                            )
                        }
                    }
                }
            }
        }
    }
}
