import Policy
import TOMLKit

/// A text that parsed: its values, and where its keys stand.
struct TOMLDocument: Sendable {
    let root: [String: ConfigValue]
    let statements: [TOMLStatement]
    private let positions: [[String]: TOMLPosition]

    static let sizeLimit = 1 << 20

    init(_ text: String) throws(TOMLProblem) {
        guard text.utf8.count <= Self.sizeLimit else {
            throw TOMLProblem(position: nil, message: "the file is larger than 1 MiB")
        }
        // First, since malformed text makes the parser abort.
        let scanner = try TOMLScanner(text)
        let table: TOMLTable
        do {
            table = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            let place = TOMLPosition(line: error.source.begin.line, column: error.source.begin.column)
            throw TOMLProblem(position: place, message: error.description)
        } catch {
            throw TOMLProblem(position: nil, message: "the file is not TOML")
        }
        root = Self.values(of: table)
        statements = scanner.statements
        positions = scanner.positions
    }

    /// Where a key stands, or the nearest table around it that is known.
    func position(_ path: [String]) -> TOMLPosition? {
        for length in stride(from: path.count, to: 0, by: -1) {
            if let position = positions[Array(path.prefix(length))] { return position }
        }
        return nil
    }

    /// Where exactly this key stands, for tests of the scanner.
    func exactPosition(_ path: [String]) -> TOMLPosition? { positions[path] }

    private static func values(of table: TOMLTable) -> [String: ConfigValue] {
        var values: [String: ConfigValue] = [:]
        for key in table.keys {
            if let value = table[key] { values[key] = self.value(of: value) }
        }
        return values
    }

    private static func value(of node: any TOMLValueConvertible) -> ConfigValue {
        if let string = node.string { return .string(string) }
        if let bool = node.bool { return .bool(bool) }
        if let int = node.int { return .integer(Int64(int)) }
        if let double = node.double { return double.isFinite ? .double(double) : .other(double.description) }
        if let table = node.table { return .table(values(of: table)) }
        if let array = node.array { return .array(array.map { value(of: $0) }) }
        return .other(node.debugDescription)
    }
}
