"""Forms of English words that no rule makes."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

#: Verb, past, participle; where both are alike, once.
_VERBS: Final = """
    arise arose arisen | awake awoke awoken | bear bore borne | beat beaten | become became | begin began begun |
    behold beheld | bend bent     bet | bid bade bidden | bind bound | bite bit bitten | bleed bled |
    blow blew blown | break broke broken | breed bred | bring brought | build built | burn burnt | buy bought |
    catch caught | choose chose chosen | cling clung | come came | creep crept | deal dealt | dig dug |
    draw drew drawn | dream dreamt | drink drank drunk | drive drove driven | dwell dwelt | eat ate eaten |
    fall fell fallen | feed fed | feel felt | fight fought | find found | flee fled | fling flung | fly flew flown |
    forbid forbade forbidden | foresee foresaw foreseen | forget forgot forgotten | forgive forgave forgiven |
    freeze froze frozen | get got gotten | give gave given | go went gone | grind ground | grow grew grown |
    hang hung | hear heard | hide hid hidden | hold held | keep kept | kneel knelt | know knew known | lay laid |
    lead led | lean leant | leap leapt | learn learnt | leave left | lend lent | lie lay lain | light lit |
    lose lost | make made | mean meant | meet met | mislead misled | mistake mistook mistaken |
    misunderstand misunderstood | outgrow outgrew outgrown | overcome overcame | override overrode overridden |
    oversee oversaw overseen | overtake overtook overtaken | overwrite overwrote overwritten | pay paid |
    prove proven | rebuild rebuilt | redo redid redone | rewrite rewrote rewritten | ride rode ridden |
    ring rang rung | rise rose risen | run ran | say said | see saw seen | seek sought | sell sold | send sent |
    sew sewn | shake shook shaken | shine shone | shoot shot | show shown | shrink shrank shrunk | sing sang sung |
    sink sank sunk | sit sat | slay slew slain | sleep slept | slide slid | sling slung | smell smelt | sow sown |
    speak spoke spoken | spend spent | spill spilt | spin spun | spoil spoilt | spring sprang sprung | stand stood |
    steal stole stolen | stick stuck | sting stung | stink stank stunk | stride strode stridden |
    strike struck stricken | string strung | strive strove striven | swear swore sworn | sweep swept |
    swell swollen | swim swam swum | swing swung | take took taken | teach taught | tear tore torn | tell told |
    think thought | throw threw thrown | undergo underwent undergone | understand understood |
    undertake undertook undertaken | undo undid undone | uphold upheld | wake woke woken | wear wore worn |
    weave wove woven | weep wept | win won | wind wound | withdraw withdrew withdrawn | withhold withheld |
    withstand withstood | wring wrung | write wrote written
"""
#: Noun and plural. Those in -men are made of them by rule.
_NOUNS: Final = """
    man men | woman women | child children | foot feet | tooth teeth | goose geese | mouse mice | louse lice |
    ox oxen | person people | die dice | penny pence | brother brethren | leaf leaves | life lives | knife knives |
    wife wives | half halves | shelf shelves | self selves | wolf wolves | calf calves | loaf loaves |
    thief thieves | scarf scarves | elf elves | hoof hooves | sheaf sheaves | analysis analyses | axis axes |
    basis bases | crisis crises | diagnosis diagnoses | ellipsis ellipses | emphasis emphases |
    hypothesis hypotheses | neurosis neuroses | oasis oases | parenthesis parentheses | synopsis synopses |
    synthesis syntheses | thesis theses | metamorphosis metamorphoses | photosynthesis photosyntheses |
    prognosis prognoses | antithesis antitheses | criterion criteria | phenomenon phenomena | automaton automata |
    bacterium bacteria | curriculum curricula | datum data | medium media | memorandum memoranda |
    millennium millennia | stratum strata | symposium symposia | spectrum spectra | quantum quanta |
    addendum addenda | erratum errata | ovum ova | momentum momenta | continuum continua | equilibrium equilibria |
    alumnus alumni | bacillus bacilli | cactus cacti | focus foci | fungus fungi | locus loci | nucleus nuclei |
    radius radii | stimulus stimuli | syllabus syllabi | terminus termini | torus tori | genus genera |
    corpus corpora | octopus octopi | modulus moduli | calculus calculi | thrombus thrombi | alga algae |
    antenna antennae | formula formulae | larva larvae | nebula nebulae | pupa pupae | vertebra vertebrae |
    lacuna lacunae | appendix appendices | codex codices | index indices | matrix matrices | vertex vertices |
    vortex vortices | apex apices | cortex cortices | helix helices | radix radices | schema schemata |
    stigma stigmata | stoma stomata | bureau bureaux | plateau plateaux | tableau tableaux
"""
#: Nouns that end like a plural and are their own singular.
_SINGULAR: Final = """
    diabetes dynamics economics electronics ethics genetics headquarters lens linguistics mathematics means mechanics
    news optics physics politics series species statistics
"""
_ADJECTIVES: Final = (
    "good better best|bad worse worst|far farther farthest|far further furthest|little lesser|old elder eldest"
)


def _forms(table: str) -> Iterator[tuple[str, str]]:
    for row in table.replace("\n", " ").split("|"):
        lemma, *forms = row.split()
        for form in forms:
            yield form, lemma


#: The lemma of each form that no rule makes.
VERBS: Final[Mapping[str, str]] = MappingProxyType(dict(_forms(_VERBS)))
NOUNS: Final[Mapping[str, str]] = MappingProxyType(dict(_forms(_NOUNS)) | {noun: noun for noun in _SINGULAR.split()})
ADJECTIVES: Final[Mapping[str, str]] = MappingProxyType(dict(_forms(_ADJECTIVES)))
