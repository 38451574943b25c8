"""How treebanks cut what stands between two blanks: regular expressions for RE2."""

from typing import NamedTuple

MARK = "\x1e"  # stands where a text is cut; a control character, so no text has it
LETTER = r"[\p{L}\p{M}\p{N}]"


class Conventions(NamedTuple):
    """How a treebank cuts a text that has no blanks.

    Attributes:
        runs: What stands apart, whatever is around it: a pattern.
        tokens: What is one token at first, the first that fits: patterns.
        whole: Tokens that are never cut: patterns.
        edges: Patterns with two groups, between which a token is cut.
        inside: Patterns with three groups, between which a token is cut, as often as
            they fit.
    """

    runs: str
    tokens: tuple
    whole: tuple
    edges: tuple
    inside: tuple


ADDRESSES = (
    r"(?i:https?://|www\.)[^\s<>\"'\[\])]*[\p{L}\p{N}/=#&]",
    r"[\p{L}\p{N}._%+-]+@[\p{L}\p{N}][\p{L}\p{N}_-]*(?:\.[\p{L}\p{N}-]+)*",
    r"(?:[A-Za-z0-9-]+\.)+(?i:com|org|net|gov|edu|info|biz|doc|xls|pdf|txt|htm|html|jpg"
    r"|ppt|zip|exe|co\.uk|co\.kr|or\.kr|go\.kr|ac\.kr)(?:/[^\s<>\"']*[\p{L}\p{N}/])?",
)
SMILEYS = (
    r"[:;=8]['-]?[()\[\]|*]+",
    r"[:;=]['-]?[DPpoO/\\]$",
    r"\^[_-]*\^|<3|<-+|-+>|=+>",
)
ANY = r"(?s:.)"

# The affixes that the English treebanks of the LDC leave with their word.
PREFIXES = (
    "a|anti|arch|bi|co|counter|cross|cyber|e|ex|extra|intra|mega|micro|mid|mini|multi"
    "|neo|non|over|post|pre|pro|pseudo|psycho|quasi|re|semi|socio|sub|super|trans|tri"
    "|ultra|un|under|uni|vice"
)
UNITS = "am|pm|a\\.m|p\\.m|k|kg|km|ft|lbs?|m|mm|mb|gb|mw|mins?|hrs?|yrs?|oz|in|bn|sq|x"
ENGLISH = Conventions(
    runs=r"[.!?]{2,}|…+",
    tokens=(
        *ADDRESSES,
        *SMILEYS,
        r"(?i:['’](?:s|ll|re|ve|d|m|em|t))$",
        rf"[+-]?\d+(?:[.,:/]\d+)*{LETTER}*(?:[-/'’`]{LETTER}+(?:[.,:]\d+)*)*\.?",
        r"\.\d+|['’]\d0s|['’]\d\d$",
        rf"(?:US|U)?\$|{LETTER}+(?:[-'’`._&/]{LETTER}+)*\.?",
        r"[.!?]{2,}|-{2,}|={2,}|\*{2,}|_{2,}|~{2,}|<{2,}|>{2,}|#{2,}|\+{2,}|…+",
        r"''|``|’’|‘‘|‘’",
        ANY,
    ),
    whole=(
        *ADDRESSES,
        r"(?:\p{L}\.)+\p{L}?\.?|\p{Lu}\.",  # U.S., e.g., M.
        # Telephones, postal codes, dates.
        r"\d{3}-\d{4}|\d{5}-\d{4}|\d+(?:[-.]\d+){2,}|\d+/\d+(?:/\d+)?",
        rf"(?i:(?:{PREFIXES})-){LETTER}+",
        r"[x-]\d+(?:-\d+)*",
    ),
    edges=(
        rf"({LETTER}[^{MARK}]*)(\.)",
        r"(?i)(.*\p{L})(n['’`]t|['’`](?:s|m|re|ve|d|ll))",
    ),
    inside=(
        rf"({LETTER})([-/])({LETTER})",
        rf"^(\d[\d.,:]*)()((?i:{UNITS}))$",
    ),
)
FIGURE = r"\d+(?:[.,:]\d+)+"
SIGN = r"[^\p{P}\p{S}\p{Z}\p{C}ㆍ]"  # the dot in the middle is a letter to Unicode
KOREAN = Conventions(
    runs=r"\.{3,}|…+",
    tokens=(
        *ADDRESSES,
        *SMILEYS,
        r"(?:[A-Z]\.){2,}[가-힣]*",
        rf"(?:{FIGURE}|{SIGN})(?:[-~&]?(?:{FIGURE}|{SIGN}))*",
        r"\.{3,}|…+|''|``|\^\^|--+",
        ANY,
    ),
    whole=ADDRESSES,
    edges=(),
    inside=(),
)
LANGUAGES = {"en": ENGLISH, "ko": KOREAN}
