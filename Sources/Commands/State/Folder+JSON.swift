import FoundationEssentials

extension Folder {
    /// Reads a record; nil if there is none. A damaged one is an error: absent is not empty.
    func readJSON<Record: Decodable>(_ name: String, as type: Record.Type = Record.self) throws -> Record? {
        guard let bytes = try read(name) else { return nil }
        guard let record = try? JSONDecoder().decode(Record.self, from: Data(bytes)) else {
            throw CommandFailure("\(path)/\(name) is damaged; remove it and run `keyreeve login` again.")
        }
        return record
    }

    /// Writes a record for us alone.
    func writeJSON(_ record: some Encodable, to name: String, isDurable: Bool = false) throws {
        try replace(name, with: Array(JSONEncoder().encode(record)), mode: 0o600, isDurable: isDurable)
    }
}
