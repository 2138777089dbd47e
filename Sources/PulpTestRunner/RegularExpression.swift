import Foundation

/// The regular expressions of test files, in ICU's dialect.
///
/// Some take a time that doubles with each character of the text: a search ends with the time of its test.
enum RegularExpression {
    static func isValid(_ pattern: String) -> Bool { (try? NSRegularExpression(pattern: pattern)) != nil }

    /// Whether it finds something; false when ``TestTime`` is over meanwhile.
    static func finds(_ pattern: String, in text: String) -> Bool {
        guard let expression = try? NSRegularExpression(pattern: pattern) else { return false }
        let whole = NSRange(location: 0, length: text.utf16.count)
        var isFound = false
        unsafe expression.enumerateMatches(in: text, options: .reportProgress, range: whole) { match, _, stop in
            isFound = isFound || match != nil
            if isFound || TestTime.isOver { unsafe stop.pointee = true }
        }
        return isFound
    }
}
