// What no Swift guest ever runs, and every one would carry: how `String` deals with text that lies in another
// runtime's memory (bridged from Objective-C, in UTF-16). Embedded Swift has no such text, but its standard library
// still asks for it, and the linker cannot know. These definitions win over the library's, which are weak, and link
// time optimisation takes out what led there. Where a later library has other names nothing happens but that guests
// grow; Tests/SDKTests hold their size.
#define NEVER(number, name)                          \
    void pulp_never_##number(void) __asm__(name);    \
    void pulp_never_##number(void) { __builtin_trap(); }

// String.UnicodeScalarView._foreignIndex(after:)
NEVER(1, "$eSS17UnicodeScalarViewV13_foreignIndex5afterSS0E0VAF_tF")
// String.UTF8View._foreignCount()
NEVER(2, "$eSS8UTF8ViewV13_foreignCountSiyF")
// String.UTF8View._foreignIndex(after:)
NEVER(3, "$eSS8UTF8ViewV13_foreignIndex5afterSS0D0VAF_tF")
// String.UTF8View._foreignIndex(before:)
NEVER(4, "$eSS8UTF8ViewV13_foreignIndex6beforeSS0D0VAF_tF")
// String.UTF8View._foreignIndex(_:offsetBy:)
NEVER(5, "$eSS8UTF8ViewV13_foreignIndex_8offsetBySS0D0VAF_SitF")
// String.UTF8View._foreignDistance(from:to:)
NEVER(6, "$eSS8UTF8ViewV16_foreignDistance4from2toSiSS5IndexV_AGtF")
// String.UTF8View._foreignSubscript(position:)
NEVER(7, "$eSS8UTF8ViewV17_foreignSubscript8positions5UInt8VSS5IndexV_tF")
// String.UTF16View._foreignIndex(after:)
NEVER(8, "$eSS9UTF16ViewV13_foreignIndex5afterSS0D0VAF_tF")
// String.UTF16View._foreignIndex(before:)
NEVER(9, "$eSS9UTF16ViewV13_foreignIndex6beforeSS0D0VAF_tF")
// String.UTF16View._foreignIndex(_:offsetBy:)
NEVER(10, "$eSS9UTF16ViewV13_foreignIndex_8offsetBySS0D0VAF_SitF")
// _StringGuts._foreignGrow(_:)
NEVER(11, "$es11_StringGutsV12_foreignGrow33_408A76AB043BD3EFBAB6FAAAAA9B4914LLyySiF")
// partial apply for closure #1 in _StringGuts._foreignGrow(_:)
NEVER(12, "$es11_StringGutsV12_foreignGrow33_408A76AB043BD3EFBAB6FAAAAA9B4914LLyySiFSiSrys5UInt8VGXEfU_TA")
// _StringGuts.foreignScalarAlign(_:)
NEVER(13, "$es11_StringGutsV18foreignScalarAlignySS5IndexVAEF")
// _StringGuts._getForeignCodeUnit(at:)
NEVER(14, "$es11_StringGutsV19_getForeignCodeUnit33_876ADFC1F0BAC893C8817BD9A4741513LL2ats6UInt16VSi_tF")
// _StringGuts._slowEnsureMatchingEncoding(_:)
NEVER(15, "$es11_StringGutsV27_slowEnsureMatchingEncodingySS5IndexVAEF")
// _StringGuts.foreignErrorCorrectedUTF16CodeUnit(at:)
NEVER(16, "$es11_StringGutsV34foreignErrorCorrectedUTF16CodeUnit2ats6UInt16VSS5IndexV_tF")
