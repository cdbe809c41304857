import Policy

/// Puts our two blocks into a person's own `config.toml` and takes them out again: as text, everything else byte for
/// byte.
///
/// One block of keys at the start, one of tables at the end, both between marks. Lines of the person's own that would
/// contradict ours are commented out with a mark and come back when the blocks go. What comes out must parse and mean
/// what went in, or nothing comes out.
package enum ConfigurationFileEditor {
    /// Why a file is left as it is, as a sentence.
    package struct Problem: Error, Hashable, Sendable {
        package let message: String
        package let line: Int?
    }

    /// What is left when our blocks are gone.
    package struct Restored: Hashable, Sendable {
        package let text: String
        /// Whether the file did not exist before us; an empty one can then be deleted.
        package let wasCreatedByUs: Bool
    }

    /// The file with the rendered parts in it, replacing those of an earlier time.
    ///
    /// - Parameter original: The file's text; nil when there is none.
    package static func merge(_ rendered: RenderedFile, into original: String?) throws(Problem) -> String {
        let clean = try restore(original ?? "")
        let isNew = original == nil || clean.wasCreatedByUs
        let own = try parse(clean.text, "the file")
        if let line = markedLine(in: clean.text) {
            throw Problem(message: "the file holds marks of keyreeve out of place; remove them", line: line)
        }
        let ours = try parse(rendered.keys + rendered.tables, "what keyreeve writes")

        let conflicts = ConfigurationConflicts(ours: ours)
        let hidden = conflicts.hide(in: clean.text, own.statements)
        let merged = assemble(rendered, around: hidden.text, isNew: isNew)

        // Proof, not hope: it parses, says what we say, and for the rest what the file said without the hidden lines.
        let result = try parse(merged, "the result")
        let rest = try parse(hidden.text, "the rest of the file")
        guard ConfigurationConflicts.overlay(ours.root, on: rest.root) == result.root else {
            throw Problem(message: "the file's own tables would change what keyreeve writes", line: nil)
        }
        guard try restore(merged).text.utf8.elementsEqual(clean.text.utf8) else {
            throw Problem(message: "the change could not be taken back; nothing was written", line: nil)
        }
        return merged
    }

    /// The file as it was without us: blocks gone, commented lines back.
    package static func restore(_ text: String) throws(Problem) -> Restored {
        let (byteOrderMark, body) = Lines.byteOrderMark(text)
        var lines = Lines(body).all
        var wasCreated = false
        var found = false
        for block in Marks.Block.allCases {
            guard let begin = lines.firstIndex(where: { Marks.begins($0, block) }) else { continue }
            guard let end = lines[begin...].firstIndex(where: { Marks.ends($0, block) }) else {
                throw Problem(message: "the mark that ends keyreeve's \(block.rawValue) is missing", line: begin + 1)
            }
            let mark = lines[begin]
            if Marks.has(mark, .newFile) { wasCreated = true }
            lines.removeSubrange(begin...end)
            found = true
            // What somebody wrote behind our block keeps the line ending that it needs now.
            if Marks.has(mark, .joinedLine), begin == lines.endIndex, let last = lines.popLast() {
                lines.append(Lines.withoutEnding(last))
            }
        }
        guard found else { return Restored(text: text, wasCreatedByUs: false) }
        return Restored(text: byteOrderMark + lines.map(Marks.shown).joined(), wasCreatedByUs: wasCreated)
    }

    /// Whether a file has our blocks in it.
    package static func isManaged(_ text: String) -> Bool {
        Lines(text).all.contains { line in Marks.Block.allCases.contains { Marks.begins(line, $0) } }
    }

    private static func parse(_ text: String, _ what: String) throws(Problem) -> TOMLDocument {
        do throws(TOMLProblem) {
            return try TOMLDocument(text)
        } catch {
            throw Problem(message: "\(what) is not valid TOML: \(error.message)", line: error.position?.line)
        }
    }

    private static func markedLine(in text: String) -> Int? {
        Lines(text).all.firstIndex { Marks.isAny($0) }.map { $0 + 1 }
    }

    private static func assemble(_ rendered: RenderedFile, around own: String, isNew: Bool) -> String {
        let (byteOrderMark, body) = Lines.byteOrderMark(own)
        var text = byteOrderMark
        let notes: [Marks.Note] = isNew ? [.newFile] : []
        text += Marks.begin(.keys, notes) + rendered.keys + Marks.end(.keys) + body
        guard !rendered.tables.isEmpty else { return text }
        let joins = body.utf8.last.map { $0 != UInt8(ascii: "\n") } ?? false
        if joins { text += "\n" }
        return text + Marks.begin(.tables, joins ? [.joinedLine] : []) + rendered.tables + Marks.end(.tables)
    }
}
