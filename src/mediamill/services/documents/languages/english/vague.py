# ruff: noqa: SIM905 - lists of hundreds of strings, a line for each, read worse
"""Words that say little of what a phrase is about, and those that show where one ends."""

from typing import Final

#: A phrase with one of these is no term, unless a dictionary has it ("natural selection", "right whale").
VAGUE: Final = frozenset(
    """
    able above absolute acceptable actual additional adequate ago alike alone anyway apparent appropriate available
    average awful bad basic beautiful beginning best better big bit brief bright broad bunch capable careful case
    cent certain chance chapter choice clear close coming common comparable comparative complete consecutive
    considerable consistent constant convenient correct corresponding couple course current day dear decade deep
    definite desirable desired detail detailed different difficult distant distinct divers doth dozen due each early
    easier easiest easy effective eight eighteen eighth eighty eleven else enormous enough entire equal equivalent
    ere especial essential eventual everyday evident exact example excellent exciting existing extensive extra
    extreme fact fair familiar famous far fascinating favorite feet few fewer fifteen fifth fifty figure final fine
    first five following foot foregoing former fortunate forty four fourteen fourth frequent fresh full fully
    further furthermore future gallon general genuine given glad global good grand great greater greatest handful
    happy hard hath heavy helpful high higher highest honest hour huge hundred ideal identical immediate important
    impossible impressive inch incredible individual initial instance intended intention interested interesting
    involved item kind large larger largest last late later latest latter least less lesser like likely little local
    long longer look lot low lower lowest lucky main maintained major many marvellous matter maximum mean mere mile
    million mine minimal minimum minor minute modern moment month more most much multiple namely narrow natural
    necessary need needed new newer next nice nine ninety ninth noble normal notable noted number numerous o'clock
    obvious occasional odd old older one ones only ordinary original other others ounce overall own page paragraph
    part partial particular past peculiar people per percent perfect person personal piece place plain plenty point
    poor popular possible potential pound practical precise preferred present previous primary principal prior
    probable problem proper proposed pure question quick quiet rapid rare ready real reason reasonable recent
    reference regular related relative relevant remaining remarkable repeated required respective result resulting
    rich right rough row same satisfactory scope second secondary section selected separate serious set seven
    seventh seventy several severe shall shape short shorter side significant similar simple simpler simplest single
    singular sir six sixteen sixth sixty size slight slow small smaller smallest so-called sole solid solution
    someone something somewhat soon sort special specific specified splendid stated straightforward strange strict
    strong stronger strongest substantial such sudden sufficient suitable superb sure surprising table tall ten
    tenth terrible thee thing things third thirteen thirty thou thousand three thy time times tiny today tomorrow
    ton tonight top total touching tremendous true twelve twenty two type typical ultimate unable uncertain uncommon
    underlying unexpected unimportant unique unknown unlikely unusual upper useful usual valuable varied various
    vast very view visible way week weird whatever whichever whoever whole wide wider widespread wonderful work
    workable worse worst worth worthy wrong yard year yes yesterday yet young younger
    """.split()
)

#: What makes another verb of a verb: "carry out". Not what is mostly the preposition of the next words: "in", "on".
PARTICLES: Final = frozenset(
    """
    along apart around aside away back behind down forth off out through together up
    """.split()
)

#: What follows a verb more often than a noun: "the keeper hands the ...".
OBJECTS: Final = frozenset(
    """
    a an the this that these those my your his her its our their some any no every each all both another
    it them him me us you itself themselves nothing something everything
    """.split()
)
