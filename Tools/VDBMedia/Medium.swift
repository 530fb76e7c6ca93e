internal import VDBPrimitives

/// A disk that forgets what was not synced: the effects of a program go in, what a loss of power
/// may leave comes out.
///
/// What it may do is what the log's page of the formats allows: every sector of 512 bytes is any
/// of its versions since it was durable; a file's size is old, new or between; directory entries
/// that came or went are there or not, a renaming atomically. What `fsync`, `fdatasync` and writes
/// through O_DSYNC made durable stays. An `fsync` of a file says nothing about its entry in the
/// directory.
package struct Medium: Sendable {
    /// A change of directories that is not durable yet.
    private enum Change: Sendable {
        case enter(parent: Node, name: String, Node)
        case leave(parent: Node, name: String)
        case move(Node, parent: Node, name: String, newParent: Node, newName: String)

        /// The directory whose sync makes it durable.
        var directory: Node {
            switch self {
            case .enter(let parent, _, _), .leave(let parent, _): parent
            case .move(_, _, _, let newParent, _): newParent
            }
        }
    }

    private typealias Entries = [Node: [String: Node]]

    private var files: [Node: MediumFile] = [:]
    private var current: Entries
    private var durable: Entries
    private var changes: [Change] = []
    /// Nodes of what was there before the trace, by the number that the trace gave them.
    private var aliases: [Node: Node] = [:]
    /// What is added to the numbers of a trace, so that those of the ones before stay apart.
    private var base = 0
    private var nextOwnNode = -1

    /// A disk on which `tree` is durable.
    package init(_ tree: FileTree = FileTree()) {
        current = [0: [:]]
        durable = [0: [:]]
        for path in tree.directories.sorted() {
            let node = enterOwn(path)
            current[node] = [:]
        }
        for (path, bytes) in tree.files.sorted(by: { $0.key < $1.key }) {
            files[enterOwn(path)] = MediumFile(bytes)
        }
        durable = current
    }

    /// What programs see.
    package var tree: FileTree {
        tree(of: current) { $0.current }
    }

    /// What follows is another program's trace, which numbers files anew; what is not durable yet
    /// stays so. The program before may have been killed: that loses nothing that it has written.
    package mutating func beginTrace() {
        base = max(files.keys.max() ?? 0, current.keys.max() ?? 0) + 1
        aliases = [:]
    }

    /// Takes in what a program did.
    ///
    /// - Parameter isUnderWay: whether power is lost before it returns: it may have happened in
    ///   part, and has made nothing durable.
    package mutating func apply(_ effect: Effect, isUnderWay: Bool = false) {
        switch effect {
        case .known(let node, let parent, let name):
            if let known = current[own(parent)]?[name] { aliases[node] = known }
        case .createFile(let node, let parent, let name):
            files[own(node)] = MediumFile()
            change(.enter(parent: own(parent), name: name, own(node)))
        case .createDirectory(let node, let parent, let name):
            current[own(node)] = [:]
            durable[own(node)] = [:]
            change(.enter(parent: own(parent), name: name, own(node)))
        case .remove(let parent, let name):
            change(.leave(parent: own(parent), name: name))
        case .rename(let parent, let name, let newParent, let newName):
            guard let node = current[own(parent)]?[name] else { return }
            change(
                .move(
                    node, parent: own(parent), name: name, newParent: own(newParent),
                    newName: newName))
        case .write(let node, let offset, let bytes, let isDurable):
            files[own(node)]?.write(
                bytes, at: offset, isDurable: isDurable && !isUnderWay)
        case .truncate(let node, let size):
            files[own(node)]?.truncate(to: size)
        case .syncFile(let node):
            if !isUnderWay { files[own(node)]?.sync() }
        case .syncDirectory(let node):
            if !isUnderWay { settle(own(node)) }
        case .syncFailed(let node):
            files[own(node)]?.failSync()
        case .failed, .mark:
            break
        }
    }

    /// What a loss of power may leave.
    package func afterPowerLoss(_ choice: Choice) -> FileTree {
        var choice = choice
        var entries = durable
        for change in changes {
            choice.beginFile()
            if choice.keepsEntry() { Self.make(change, in: &entries) }
        }
        var left: [Node: [UInt8]] = [:]
        for (node, file) in files.sorted(by: { $0.key < $1.key }) {
            choice.beginFile()
            left[node] = file.afterPowerLoss(&choice)
        }
        var tree = FileTree()
        collect(0, "", entries, &tree) { left[$0] ?? [] }
        return tree
    }
}

extension Medium {
    private func own(_ node: Node) -> Node {
        aliases[node] ?? (node == 0 ? 0 : base + node)
    }

    private mutating func change(_ change: Change) {
        Self.make(change, in: &current)
        changes.append(change)
    }

    private mutating func settle(_ directory: Node) {
        for change in changes where change.directory == directory {
            Self.make(change, in: &durable)
        }
        changes.removeAll { $0.directory == directory }
    }

    private static func make(_ change: Change, in entries: inout Entries) {
        switch change {
        case .enter(let parent, let name, let node):
            entries[parent, default: [:]][name] = node
        case .leave(let parent, let name):
            entries[parent]?[name] = nil
        case .move(let node, let parent, let name, let newParent, let newName):
            entries[parent]?[name] = nil
            entries[newParent, default: [:]][newName] = node
        }
    }

    /// Enters something that was there before, parents first.
    private mutating func enterOwn(_ path: String) -> Node {
        let names = path.split(separator: "/").map { String($0) }
        var parent = 0
        for name in names.dropLast() { parent = current[parent]?[name] ?? 0 }
        let node = nextOwnNode
        nextOwnNode -= 1
        current[parent, default: [:]][names.last ?? path] = node
        return node
    }

    private func tree(of entries: Entries, _ bytes: (MediumFile) -> [UInt8]) -> FileTree {
        var tree = FileTree()
        collect(0, "", entries, &tree) { node in files[node].map(bytes) ?? [] }
        return tree
    }

    private func collect(
        _ directory: Node, _ path: String, _ entries: Entries, _ tree: inout FileTree,
        _ bytes: (Node) -> [UInt8]
    ) {
        for (name, node) in entries[directory] ?? [:] {
            let inner = path.isEmpty ? name : path + "/" + name
            if files[node] != nil {
                tree.files[inner] = bytes(node)
            } else {
                tree.directories.insert(inner)
                collect(node, inner, entries, &tree, bytes)
            }
        }
    }
}
