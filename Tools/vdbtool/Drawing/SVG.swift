/// A drawing as SVG text, made of elements in the order in which they are drawn.
struct SVG {
    let width: Double
    let height: Double
    /// What the drawing shows, for those who cannot see it.
    let title: String
    private var elements: [String] = []

    init(width: Double, height: Double, title: String) {
        self.width = width
        self.height = height
        self.title = title
    }

    enum Anchor: String {
        case start, middle, end
    }

    mutating func line(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String = "grid"
    ) {
        elements.append(
            "<line class=\"\(style)\" x1=\"\(fixed(x1, 1))\" y1=\"\(fixed(y1, 1))\" "
                + "x2=\"\(fixed(x2, 1))\" y2=\"\(fixed(y2, 1))\"/>")
    }

    mutating func rectangle(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String = "bar",
        tip: String = ""
    ) {
        elements.append(
            "<rect class=\"\(style)\" x=\"\(fixed(x, 1))\" y=\"\(fixed(y, 1))\" "
                + "width=\"\(fixed(width, 1))\" height=\"\(fixed(height, 1))\">"
                + "<title>\(Self.escaped(tip))</title></rect>")
    }

    mutating func circle(
        _ x: Double, _ y: Double, _ radius: Double, tip: String, _ style: String = "dot"
    ) {
        elements.append(
            "<circle class=\"\(style)\" cx=\"\(fixed(x, 1))\" cy=\"\(fixed(y, 1))\" "
                + "r=\"\(fixed(radius, 1))\"><title>\(Self.escaped(tip))</title></circle>")
    }

    mutating func path(_ points: [(x: Double, y: Double)], _ style: String) {
        let text = points.map { "\(fixed($0.x, 1)),\(fixed($0.y, 1))" }.joined(separator: " ")
        elements.append("<polyline class=\"\(style)\" points=\"\(text)\"/>")
    }

    mutating func text(
        _ x: Double, _ y: Double, _ text: String, _ anchor: Anchor = .start,
        _ style: String = "label"
    ) {
        elements.append(
            "<text class=\"\(style)\" x=\"\(fixed(x, 1))\" y=\"\(fixed(y, 1))\" "
                + "text-anchor=\"\(anchor.rawValue)\">\(Self.escaped(text))</text>")
    }

    /// The element, to be part of a page that has the style sheet.
    var element: String {
        opening("") + "\n" + elements.joined(separator: "\n") + "\n</svg>"
    }

    /// A file of its own.
    var standalone: String {
        let sheet = "<style>svg{background:var(--back)}\(Self.styleSheet)</style>\n"
        return opening(" xmlns=\"http://www.w3.org/2000/svg\"") + "\n" + sheet
            + elements.joined(separator: "\n") + "\n</svg>"
    }

    private func opening(_ namespace: String) -> String {
        "<svg\(namespace) viewBox=\"0 0 \(fixed(width, 0)) \(fixed(height, 0))\" role=\"img\" "
            + "aria-label=\"\(Self.escaped(title))\"><title>\(Self.escaped(title))</title>"
    }

    /// Text as it may stand in XML, in attributes too.
    static func escaped(_ text: String) -> String {
        let names: [Character: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;"]
        return text.map { names[$0] ?? String($0) }.joined()
    }

    /// Colours in light and in dark surroundings, and how elements are drawn with them.
    static let styleSheet = """
        :root{--back:#ffffff;--ink:#1d2733;--soft:#5b6876;--rule:#dfe4ea;--main:#1f6fb2;\
        --second:#d9822b}
        @media (prefers-color-scheme:dark){:root{--back:#14191f;--ink:#e4e9ee;--soft:#9aa7b4;\
        --rule:#2c3540;--main:#5aa9e6;--second:#f0a355}}
        svg text{font:12px system-ui,sans-serif;fill:var(--soft)}
        svg .strong{fill:var(--ink)}
        svg .grid{stroke:var(--rule);stroke-width:1}
        svg .axis{stroke:var(--soft);stroke-width:1}
        svg .bar{fill:var(--main)}
        svg .other{fill:var(--second)}
        svg .curve{fill:none;stroke:var(--main);stroke-width:2}
        svg .faint{fill:none;stroke:var(--second);stroke-width:1.5;stroke-dasharray:5 4}
        svg .dot{fill:var(--main)}
        svg .seconddot{fill:var(--second)}
        svg .main{fill:var(--main)}
        svg .second{fill:var(--second)}
        svg .training{stroke:var(--soft);stroke-width:1;stroke-dasharray:2 3}
        """
}
