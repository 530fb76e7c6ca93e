extension Filter {
    /// Reads a filter from its text form.
    ///
    ///     filter     = term { "or" term }
    ///     term       = factor { "and" factor }
    ///     factor     = "not" factor | "(" filter ")" | "everything" | "nothing" | predicate
    ///     predicate  = name ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
    ///                | name [ "not" ] "between" value "and" value
    ///                | name [ "not" ] "in" "(" [ value { "," value } ] ")"
    ///                | name [ "not" ] "in" "box" "(" south "," west "," north "," east ")"
    ///                | name [ "not" ] "in" "polygon" "(" place { "," place } ")"
    ///                | name [ "not" ] "within" number ( "m" | "km" | "mi" | "ft" ) "of" place
    ///                | name "is" [ "not" ] "null"
    ///     place      = "(" latitude "," longitude ")"
    ///
    /// Values are read as the attribute's type asks: strings in double or single quotes with the
    /// escapes `\\ \" \' \n \r \t \u{…}`; timestamps in ISO 8601, bare or quoted, UTC unless they
    /// say otherwise; places as above; `true` and `false`. Keywords and units may be in upper or
    /// lower case. `==` and `<>` are taken for `=` and `!=`. `name not in …` is `not name in …`,
    /// and so has the records whose value is null.
    ///
    /// - Throws: what is wrong and in which column.
    public init(parsing text: String, schema: Schema) throws(FilterError) {
        var parser = try FilterParser(text, schema: schema)
        self = try parser.filter()
        guard parser.token.kind == .end else {
            throw parser.error(expected: "and, or, or the end")
        }
    }
}

/// A recursive-descent parser of filter text: the logic. Predicates are in another file.
struct FilterParser {
    let schema: Schema
    /// The token to be taken next.
    private(set) var token: FilterToken
    private var lexer: FilterLexer
    private var depth = 0

    init(_ text: String, schema: Schema) throws(FilterError) {
        self.schema = schema
        lexer = FilterLexer(text)
        token = try lexer.next()
    }

    /// One filter, up to what cannot be part of it.
    mutating func filter() throws(FilterError) -> Filter {
        var terms = [try term()]
        while try take(.or) { terms.append(try term()) }
        return terms.count == 1 ? terms[0] : .or(terms)
    }

    private mutating func term() throws(FilterError) -> Filter {
        var factors = [try factor()]
        while try take(.and) { factors.append(try factor()) }
        return factors.count == 1 ? factors[0] : .and(factors)
    }

    private mutating func factor() throws(FilterError) -> Filter {
        if try take(.everything) { return .everything }
        if try take(.nothing) { return .nothing }
        guard isNext(.not) || token.kind == .open else { return try predicate() }
        guard depth < Filter.maximumTextDepth else {
            throw error(
                expected: "at most \(Filter.maximumTextDepth) levels of parentheses and not",
                found: "more")
        }
        depth += 1
        defer { depth -= 1 }
        if try take(.not) { return .not(try factor()) }
        try advance()
        let inner = try filter()
        guard try take(FilterToken.Kind.close) else { throw error(expected: "and, or, or )") }
        return inner
    }

    // MARK: Tokens

    mutating func advance() throws(FilterError) { token = try lexer.next() }

    private func isNext(_ word: FilterWord) -> Bool {
        if case .word(let text) = token.kind { FilterWord(text) == word } else { false }
    }

    /// Takes the word if it is next.
    mutating func take(_ word: FilterWord) throws(FilterError) -> Bool {
        guard isNext(word) else { return false }
        try advance()
        return true
    }

    /// Takes the token if it is next.
    mutating func take(_ kind: FilterToken.Kind) throws(FilterError) -> Bool {
        guard token.kind == kind else { return false }
        try advance()
        return true
    }

    /// Takes the token, which must be next.
    mutating func require(_ kind: FilterToken.Kind, _ name: String) throws(FilterError) {
        guard try take(kind) else { throw error(expected: name) }
    }

    // MARK: Errors

    /// An error at the next token.
    func error(
        expected: String, found: String? = nil, attribute: Attribute? = nil,
        suggestion: String? = nil
    ) -> FilterError {
        FilterError(
            expected: expected, found: found ?? token.kind.description, attribute: attribute,
            suggestion: suggestion
        ).at(column: lexer.column(of: token.offset))
    }

    /// Runs `check`; its error is one at the byte `offset`.
    func at<Result>(
        _ offset: Int, _ check: () throws(FilterError) -> Result
    ) throws(FilterError) -> Result {
        do {
            return try check()
        } catch {
            throw error.at(column: lexer.column(of: offset))
        }
    }
}

extension FilterToken.Kind: CustomStringConvertible {
    /// The token as messages show it.
    var description: String {
        switch self {
        case .word(let text): text
        case .string(let text): "keyword \(quoted(text))"
        case .number(let text):
            if let value = Int64(text) {
                AttributeValue.integer(value).nameAndText
            } else if decimalNumber(text) != nil {
                "real \(text)"
            } else if (try? Timestamp.parse(text)) != nil {
                "timestamp \(text)"
            } else {
                text
            }
        case .comparison(let comparison): comparison.rawValue
        case .open: "("
        case .close: ")"
        case .comma: ","
        case .end: "the end"
        }
    }
}
