# ruff: noqa: RUF001 - typographic marks are what this file is about
"""What is read alike in every language: addresses of the web, e-mail, hashtags, code, emoji.

Figures in them are left as figures, for the language's own rules or for the voice.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote

from mediamill.media.voices.reading import emojis


@dataclass(frozen=True)
class Words:
    """What a language calls the signs of an address."""

    at: str
    dot: str
    slash: str
    dash: str
    underscore: str
    plus: str
    hashtag: str


#: Languages that are not here say a web page's host and an e-mail address as they are written.
WORDS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "de": Words("ät", "Punkt", "Schrägstrich", "Minus", "Unterstrich", "plus", "Hashtag"),
        "en": Words("at", "dot", "slash", "dash", "underscore", "plus", "hashtag"),
        "es": Words("arroba", "punto", "barra", "guion", "guion bajo", "más", "hashtag"),
        "fr": Words("arobase", "point", "slash", "tiret", "tiret bas", "plus", "hashtag"),
        "it": Words("chiocciola", "punto", "barra", "trattino", "trattino basso", "più", "hashtag"),
        "nl": Words("apenstaartje", "punt", "slash", "streepje", "underscore", "plus", "hashtag"),
        "pl": Words("małpa", "kropka", "ukośnik", "myślnik", "podkreślenie", "plus", "hasztag"),
        "pt": Words("arroba", "ponto", "barra", "hífen", "sublinhado", "mais", "hashtag"),
        "vi": Words("a còng", "chấm", "gạch chéo", "gạch ngang", "gạch dưới", "cộng", "hashtag"),
    }
)

#: A longer path of a web address is not read: nobody can follow it.
_LONGEST_PATH_CHARS: Final = 60
_COUNTRY_LETTERS: Final = 2

#: The last parts of bare addresses, such as `example.com`. Two letters that are a word somewhere
#: ("in", "it", "so") are not among them: a blank may be missing after a full stop.
_TOP: Final = (
    "com|org|net|edu|gov|mil|int|info|biz|io|ai|app|dev|cloud|online|site|shop|store|tech|blog|wiki|news|xyz|tv|gg|vn"
    "|uk|eu|de|fr|nl|pl|ru|jp|cn|kr|sg|hk|tw|au|nz|ca|ch|cz|dk|se|fi|hu|gr|tr|mx|br|ar|cl"
)
_HOST: Final = r"(?:[\w-]{1,63}\.){1,6}"
_PATH: Final = r"(?::\d{1,5})?(?:[/?#][^\s<>\"”“»«`]{0,2000})?"
_EMAIL: Final = re.compile(rf"(?<![\w.+%@-])(?:mailto:)?([\w.+%-]{{1,64}})@({_HOST}[^\W\d_]{{2,24}})(?![\w@-])")
_URL: Final = re.compile(
    r"(?<![\w@.-])(?:(?:https?|ftps?|wss?|file)://[^\s<>\"”“»«`]{1,2000}"
    rf"|www\.{_HOST}[^\W\d_]{{2,24}}{_PATH}"
    rf"|{_HOST}(?:{_TOP})\b(?![@-])(?!\.\w){_PATH})",
    re.IGNORECASE,
)
#: What follows an address in its sentence and belongs to the sentence.
_TRAILING: Final = ".,;:!?…'\"’”»*_~"
_CLOSING: Final = MappingProxyType({")": "(", "]": "[", "}": "{"})
_SCHEME: Final = re.compile(r"[a-z]{2,5}://(?:[^/@\s]{1,128}@)?", re.IGNORECASE)
_PORT: Final = re.compile(r":\d{1,5}\Z")
#: Keys of databases in a path: figures and letters mixed, or many figures.
_KEY: Final = re.compile(r"(?=[\w-]*\d)[a-z\d_-]{12,}|\d{9,}", re.IGNORECASE)

_TAG: Final = re.compile(r"(?<![\w&#/])#(?=\d{0,10}[^\W\d_])(\w{1,100})(?![\w#])")
_MENTION: Final = re.compile(r"(?<![\w@./])@(?=\w{0,10}[^\W\d_])(\w{1,64})(?![\w@])")
#: The seams of "MachineLearning", "HTMLPage" and "top10".
_SEAM: Final = re.compile(r"(?<=[^\W\dA-Z_])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d_])(?=\d)")

_CODE: Final = re.compile(r"(`{1,3})([^`\n]{1,1000})\1(?!`)")
_CALL: Final = re.compile(r"(?<=[^\W_])\(\)")
_FLAG: Final = re.compile(r"(?<![^\s(\[])--?(?=[^\W\d_][\w-])")
_SNAKE: Final = re.compile(r"(?<=[^\W_])_{1,8}(?=[^\W_])")


_DASH: Final = re.compile(r"(?<=[^\W\d_])--(?=[^\W\d_\"“])|(?<=\s)--(?=\s)")


def spoken(text: str, language: str) -> str:
    """Return a sentence with its addresses, hashtags, code, typed dashes and emoji as they are read out.

    language: a base language such as `vi`; it decides what the signs and the emoji are called.
    """
    text = _DASH.sub("—", text) if "--" in text else text
    return emojis.spoken(identifiers(tags(addresses(text, language), language)), language)


def addresses(text: str, language: str) -> str:
    """Read e-mail and web addresses: "example dot com slash docs".

    Of a web address the scheme, "www", the port, the query and the fragment are not read, nor a path
    that is long, nor a key of some database in it.
    """
    words = WORDS.get(language)
    if "." in text or "://" in text:
        text = _URL.sub(lambda found: _url(found.group(0), words), text)
    return _EMAIL.sub(lambda found: _email(found.group(1), found.group(2), words), text) if "@" in text else text


def tags(text: str, language: str) -> str:
    """Read hashtags and names of accounts: "hashtag Machine Learning", "at anna"."""
    words = WORDS.get(language)
    if words is None:
        return text
    if "#" in text:
        text = _TAG.sub(lambda found: f"{words.hashtag} {_apart(found.group(1))}", text)
    return _MENTION.sub(lambda found: f"{words.at} {_apart(found.group(1))}", text) if "@" in text else text


def identifiers(text: str) -> str:
    """Read names from programs: no backticks, empty parentheses or dashes of options; words for snake_case."""
    if "`" in text:
        text = _CODE.sub(lambda found: found.group(2).strip(), text)
    if "()" in text:
        text = _CALL.sub("", text)
    if "-" in text:
        text = _FLAG.sub("", text)
    return _SNAKE.sub(" ", text) if "_" in text else text


def _email(account: str, host: str, words: Words | None) -> str:
    if words is None:
        return f"{account}@{host}"
    signs = {".": words.dot, "_": words.underscore, "-": words.dash, "+": words.plus, "%": "%"}
    said = "".join(f" {signs[sign]} " if sign in signs else sign for sign in account)
    return f"{' '.join(said.split())} {words.at} {_host(host, words)}"


def _url(written: str, words: Words | None) -> str:
    """Return an address as it is read, and behind it what belongs to the sentence."""
    address = _without_trailing(written)
    rest = written[len(address) :]
    address = _SCHEME.sub("", address, count=1)
    host, path = re.match(r"([^/?#]*)([^?#]*)", address).groups()  # type: ignore[union-attr] # both may be empty
    host = _PORT.sub("", host)
    if host.lower().startswith("www."):
        host = host[4:]
    if words is None:
        return host + rest
    said = [_host(host, words)] if host else []
    said += _path(path, words)
    return " ".join(said) + rest


def _without_trailing(address: str) -> str:
    while address:
        last = address[-1]
        opening = _CLOSING.get(last, "")
        if last not in _TRAILING and not (opening and address.count(opening) < address.count(last)):
            break
        address = address[:-1]
    return address


def _host(host: str, words: Words) -> str:
    """Return `news.bbc.co.uk` as "news dot bbc dot co dot UK": two letters of a country are spelled."""
    labels = [" ".join(label.replace("-", f" {words.dash} ").split()) for label in host.split(".") if label]
    if len(labels) > 1 and len(labels[-1]) == _COUNTRY_LETTERS:
        labels[-1] = labels[-1].upper()
    return f" {words.dot} ".join(labels)


def _path(path: str, words: Words) -> list[str]:
    """Return the parts of a path that can be followed, each behind its slash."""
    if len(path) > _LONGEST_PATH_CHARS:
        return []
    parts = [part for part in unquote(path).split("/") if part and not _KEY.fullmatch(part)]
    return [f"{words.slash} {_part(part, words)}" for part in parts]


def _part(part: str, words: Words) -> str:
    said = re.sub(r"[^\w.]+|_+", " ", part).replace(".", f" {words.dot} ")
    return " ".join(said.split())


def _apart(name: str) -> str:
    """Return the words of a name that is written as one: `MachineLearning`, `top_10`."""
    return " ".join(_SEAM.sub(" ", name.replace("_", " ")).split())
