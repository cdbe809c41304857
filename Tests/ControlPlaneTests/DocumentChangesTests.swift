import ControlAPI
import Testing

@testable import ControlPlane

@Suite struct DocumentChangesTests {
    @Test func changesAreShownLineByLineWithALittleContext() {
        let old = ["a.toml": "1\n2\n3\n4\n5\n6\n7\n", "gone.toml": "x\n", "same.toml": "s\n"]
        let new = ["a.toml": "1\n2\n3\nfour\n5\n6\n7\n", "new.toml": "y\nz", "same.toml": "s\n"]
        let changes = DocumentChanges.between(old, new)
        #expect(changes.map(\.file) == ["a.toml", "gone.toml", "new.toml"])
        #expect(changes.map(\.action) == ["changed", "removed", "added"])
        #expect(changes[0].lines == [" 2", " 3", "-4", "+four", " 5", " 6"])
        #expect(changes[1].lines == ["-x"])
        #expect(changes[2].lines == ["+y", "+z"])
    }

    @Test(arguments: [
        ("", "", []), ("a", "a\n", []), ("a\n", "b\n", ["-a", "+b"]), ("", "a\n", ["+a"]),
        ("a\nb\n", "b\n", ["-a", " b"]), ("a\n", "a\nb\n", [" a", "+b"]), ("a\na\n", "a\n", [" a", "-a"]),
    ])
    func smallEditsAreExact(old: String, new: String, lines: [String]) {
        guard old != new else {
            #expect(DocumentChanges.between(["f": old], ["f": new]).isEmpty)
            return
        }
        #expect(DocumentChanges.between(["f": old], ["f": new]).first?.lines == lines)
    }

    @Test func aVeryLongFileIsNamedAndNotCompared() {
        let old = String(repeating: "a\n", count: 5000)
        let new = String(repeating: "b\n", count: 5000)
        let changes = DocumentChanges.between(["f": old], ["f": new])
        #expect(changes.map(\.action) == ["changed"])
        #expect(changes[0].lines.isEmpty)
    }
}
