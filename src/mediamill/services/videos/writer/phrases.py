"""The few words that are the writer's own, in English and Vietnamese; in other languages it does with marks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

_MOST_NAMED: Final = 5


@dataclass(frozen=True)
class Phrases:
    """Words of one language; templates have the names of what is put in. language: that of the whole sentences."""

    language: str
    conjunction: str
    #: The mark before the conjunction in a list of three.
    last_comma: str
    #: What titles begin with and what is no name: small within a sentence.
    no_names: frozenset[str]
    then: str
    number: str
    dollars: str
    opening: str
    overview: str
    says: str
    in_short: str
    thanks_title: str
    thanks: str
    continued: str
    code_title: str
    code: str
    code_in: str
    command: str
    formula_title: str
    formula: str
    measured_by: str
    shares: str
    extremes: str
    growth: str
    fall: str

    def enumerated(self, names: Sequence[str]) -> str:
        """Return `a, b and c`."""
        if len(names) == 1:
            return names[0]
        *before, last = names
        comma = self.last_comma if len(before) > 1 or not self.conjunction else ""
        return " ".join(filter(None, (f"{', '.join(before)}{comma}", self.conjunction, last)))

    def within(self, title: str) -> str:
        """Return a title as it stands within a sentence."""
        word = title.partition(" ")[0]
        return title[:1].lower() + title[1:] if word.istitle() and word.lower() in self.no_names else title

    def overview_of(self, titles: Sequence[str]) -> str:
        """Return a sentence that says what comes."""
        return self.overview.format(
            titles=self.enumerated([self.within(title.rstrip("?!")) for title in titles[:_MOST_NAMED]])
        )


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ENGLISH: Final = Phrases(
    language="en",
    conjunction="and",
    last_comma=",",
    no_names=_words("a an the our your my its their what how why when where who which in on at to for from with by of"),
    then="then",
    number="number",
    dollars="dollars",
    opening="Here is a very short video.",
    overview="This video covers {titles}.",
    says="It says: {text}",
    in_short="In short",
    thanks_title="Thank you",
    thanks="Thank you for watching.",
    continued="{title} (continued)",
    code_title="In code",
    code="This is how it looks in code.",
    code_in="This is how it looks in {language}.",
    command="This is the command.",
    formula_title="The formula",
    formula="This is the formula.",
    measured_by="{measures} by {rows}",
    shares="The largest share is {top} with {most} percent, the smallest {low} with {least} percent.",
    extremes="{measure} is highest for {top}, at {most}, and lowest for {low}, at {least}.",
    growth="{measure} goes up from {first} to {last}, between {begin} and {end}.",
    fall="{measure} goes down from {first} to {last}, between {begin} and {end}.",
)
_VIETNAMESE: Final = Phrases(
    language="vi",
    conjunction="và",
    last_comma="",
    no_names=frozenset(),  # An Giang is one
    then="rồi",
    number="số",
    dollars="đô la",
    opening="Sau đây là một video rất ngắn.",
    overview="Video này nói về {titles}.",
    says="Nội dung là: {text}",
    in_short="Ngắn gọn",
    thanks_title="Cảm ơn",
    thanks="Cảm ơn bạn đã theo dõi.",
    continued="{title} (tiếp theo)",
    code_title="Đoạn mã",
    code="Đoạn mã trông như thế này.",
    code_in="Đoạn mã viết bằng {language} trông như thế này.",
    command="Đây là câu lệnh.",
    formula_title="Công thức",
    formula="Đây là công thức.",
    measured_by="{measures} theo {rows}",
    shares="Phần lớn nhất là {top} với {most} phần trăm, nhỏ nhất là {low} với {least} phần trăm.",
    extremes="{measure} cao nhất ở {top} với {most}, và thấp nhất ở {low} với {least}.",
    growth="{measure} tăng từ {first} lên {last}, từ {begin} đến {end}.",
    fall="{measure} giảm từ {first} xuống {last}, từ {begin} đến {end}.",
)
#: Marks and numbers are understood everywhere; a whole sentence is English, and its scene says so.
_ELSEWHERE: Final = replace(
    _ENGLISH,
    conjunction="",
    no_names=frozenset(),
    then="",
    number="",
    dollars="USD",
    overview="{titles}.",
    says="{text} {text}",
    continued="{title} (2)",
    code_in="{language}: {language}.",
    measured_by="{measures}",
    shares="{top}: {most} %. {low}: {least} %.",
    extremes="{measure}: {top}, {most}. {low}, {least}.",
    growth="{measure}: {begin}, {first}. {end}, {last}.",
    fall="{measure}: {begin}, {first}. {end}, {last}.",
)
_PHRASES: Final = MappingProxyType({each.language: each for each in (_ENGLISH, _VIETNAMESE)})


def phrases_in(language: str) -> Phrases:
    """Return the words of a language, `vi` or `vi-VN`; where we have none, marks and a few English sentences."""
    return _PHRASES.get(language.partition("-")[0].lower(), _ELSEWHERE)
