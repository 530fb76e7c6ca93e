/// What a writing process tells before and after each call, through a pipe: what a killed process
/// has written is there to be read.
struct VictimReports {
    enum Report {
        case begun(writer: Int, call: Int)
        case acknowledged(writer: Int, call: Int)
        case complaint(String)
    }

    /// Bytes of a report; more may not be written in one piece.
    static let size = 256

    /// The call under way of each thread.
    private(set) var begun: [Int?] = Array(repeating: nil, count: Victim.writerCount)
    private(set) var acknowledgedCount = 0
    /// What went wrong in the process.
    private(set) var complaint: String?
    private var bytes: [UInt8] = []

    /// Waits for the next; nil at the end.
    mutating func next(from process: ChildProcess) -> Report? {
        while bytes.count < Self.size {
            let more = System.receive(4096, from: process.output)
            if more.isEmpty { return nil }
            bytes += more
        }
        let report = Report(bytes.prefix(Self.size))
        bytes.removeFirst(Self.size)
        switch report {
        case .begun(let writer, let call): begun[writer] = call
        case .acknowledged(let writer, _):
            begun[writer] = nil
            acknowledgedCount += 1
        case .complaint(let text): complaint = complaint ?? text
        }
        return report
    }
}

extension VictimReports.Report {
    /// One line of fixed length.
    var bytes: [UInt8] {
        let text =
            switch self {
            case .begun(let writer, let call): "b \(writer) \(call)"
            case .acknowledged(let writer, let call): "a \(writer) \(call)"
            case .complaint(let text): "c \(text)"
            }
        let bytes = Array(text.utf8.prefix(VictimReports.size))
        return bytes + repeatElement(UInt8(ascii: " "), count: VictimReports.size - bytes.count)
    }

    init(_ bytes: some Sequence<UInt8>) {
        let text = String(decoding: Array(bytes), as: UTF8.self)
        let words = text.split(separator: " ")
        if words.count == 3, let writer = Int(words[1]), let call = Int(words[2]) {
            self =
                words[0] == "a"
                ? .acknowledged(writer: writer, call: call) : .begun(writer: writer, call: call)
        } else {
            self = .complaint(words.dropFirst().joined(separator: " "))
        }
    }
}
