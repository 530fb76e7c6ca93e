import Testing
@Suite struct MediumTests { @Test("x") func x() {} }
