"""Words of grammar: the closed classes, which no document adds to."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Class(StrEnum):
    """What a word is to its neighbours. The first four are those of the dictionary."""

    NOUN = "n"
    VERB = "v"
    ADJECTIVE = "a"
    ADVERB = "r"
    DETERMINER = "D"
    PREPOSITION = "I"
    TO = "T"
    MODAL = "M"
    BE = "B"
    HAVE = "H"
    DO = "O"
    PRONOUN = "P"
    OBJECT = "U"
    CONJUNCTION = "C"
    SUBORDINATOR = "S"
    RELATIVE = "W"
    QUANTIFIER = "Q"
    NOT = "!"
    PARTICLE = "N"
    NUMBER = "#"
    NAME = "A"
    COMMA = ","
    END = "."
    MARK = "("


_WORDS: Final[Mapping[Class, str]] = {
    Class.DETERMINER: """
        a an the this these those my your his her its our their some any no every each either neither both all half such
        whose another other thy thine 's
    """,
    Class.PREPOSITION: """
        of in on at by for with from into onto upon about above across after against along amid among amongst
        around as before behind below beneath beside besides between beyond concerning despite down during
        except inside like near off out outside over past per regarding since than through throughout till
        toward towards under underneath unlike until up via versus within without using including excluding according
    """,
    Class.TO: "to",
    Class.MODAL: """
        can cannot could may might must ought shall should will would can't couldn't mightn't mustn't shouldn't
        won't wouldn't shan't 'll 'd
    """,
    Class.BE: "am are be been being is was were isn't aren't wasn't weren't ain't 'm 're",
    Class.HAVE: "has have had having hasn't haven't hadn't 've",
    Class.DO: "do does did don't doesn't didn't doing done",
    Class.PRONOUN: """
        i you he she it we they someone somebody anyone anybody everyone everybody nobody something anything
        everything nothing none one there thou ye
    """,
    Class.OBJECT: """
        me him us them thee whom myself yourself himself herself itself ourselves yourselves themselves oneself mine
        yours hers ours theirs
    """,
    Class.CONJUNCTION: "and or but nor yet",
    Class.SUBORDINATOR: """
        so if because although though while whilst when whenever where wherever whereas whether unless once why how
        however therefore thus hence
    """,
    Class.RELATIVE: "that which who what",
    Class.QUANTIFIER: "more most less least much many few several enough",
    Class.NOT: "not never",
    Class.PARTICLE: """
        also only just even still very too quite rather almost always already often sometimes usually again here
        now then perhaps maybe ever else instead well together apart away back please etc yes
    """,
    Class.NUMBER: """
        zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
        eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion
    """,
}

#: The class of each word of grammar.
CLASSES: Final[Mapping[str, Class]] = MappingProxyType(
    {word: of for of, words in _WORDS.items() for word in words.split()}
)
