import ControlClient

/// Rows for eyes: columns as wide as their longest cell, two spaces between, numbers to the right.
struct Table: Sendable {
    enum Alignment: Sendable {
        case left
        case right
    }

    struct Column: Sendable {
        let title: String
        var alignment = Alignment.left
    }

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ titles: String...) { columns = titles.map { Column(title: $0) } }

    init(columns: [Column]) { self.columns = columns }

    mutating func add(_ cells: String...) { rows.append(cells.map { Printable.line($0) }) }

    mutating func add(_ cells: [String]) { rows.append(cells.map { Printable.line($0) }) }

    /// The text with a line end after each row; without rows, nothing.
    var text: String {
        guard !rows.isEmpty else { return "" }
        let all = [columns.map(\.title)] + rows
        let widths = columns.indices.map { column in
            all.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
        }
        return all.map { row in
            let cells = zip(row, zip(widths, columns)).map { cell, layout in
                let padding = String(repeating: " ", count: layout.0 - cell.count)
                return layout.1.alignment == .left ? cell + padding : padding + cell
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
