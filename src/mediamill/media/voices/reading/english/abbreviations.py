"""English abbreviations and titles in words: Dr. Smith, 5th Ave., No. 5, e.g., Springfield, Mass."""

import re
from typing import Final

from mediamill.media.voices.reading.english.numbers import spelled
from mediamill.media.voices.reading.rules import either, rule, stop_of, table

#: Before a name.
_TITLES: Final = table(
    "Mr=Mister Mrs=Missus Ms=Miz Messrs=Messieurs Mme=Madame Dr=Doctor Drs=Doctors Prof=Professor St=Saint Sts=Saints "
    "Mt=Mount Ft=Fort Pt=Point Gen=General Col=Colonel Maj=Major Capt=Captain Cpt=Captain Lt=Lieutenant Sgt=Sergeant "
    "Cpl=Corporal Pvt=Private Cmdr=Commander Adm=Admiral Gov=Governor Sen=Senator Rep=Representative Pres=President "
    "Rev=Reverend Hon=Honorable Fr=Father Supt=Superintendent Amb=Ambassador Atty=Attorney Insp=Inspector "
    "Det=Detective"
)
_BARE_TITLES: Final = "Mr|Mrs|Ms|Dr|Prof|Sgt|Capt|Lt"
_SAINTS: Final = (
    "Paul|Peter|John|George|Andrew|Mary|James|Thomas|Petersburg|Patrick|Louis|Albans|Helens|Ives|Pancras|Martin|Michael"
    "|Nicholas|Lucia|Kitts|Vincent|Helena|Moritz|Tropez|Gallen|Francis|Joseph"
)
#: Behind the name of a street, a company or a person.
_BEHIND: Final = table(
    "Ave=Avenue Blvd=Boulevard Rd=Road Ln=Lane Ct=Court Sq=Square Pkwy=Parkway Hwy=Highway Pl=Place Inc=Incorporated "
    "Ltd=Limited Co=Company Cos=Companies Corp=Corporation Bros=Brothers Jr=Junior Sr=Senior Esq=Esquire"
)
_STREETS: Final = table("St=Street Dr=Drive")
#: Words with a capital letter that are no name of a street.
_NO_STREET: Final = r"(?!(?:The|In|At|To|See|And|With|By)\b)"
_COUNTED: Final = r"\d{1,3}(?:st|nd|rd|th)"
#: Before a number.
_NUMBERED: Final = table(
    "no=number nos=numbers fig=figure figs=figures p=page pp=pages vol=volume vols=volumes ch=chapter chap=chapter "
    "chs=chapters sec=section sect=section eq=equation eqs=equations art=article arts=articles para=paragraph "
    "par=paragraph ex=example exs=examples ext=extension tab=table app=appendix apt=apartment ste=suite rm=room "
    "bldg=building pt=part approx=approximately max=maximum min=minimum avg=average tel=telephone op=opus bk=book "
    "cf=compare ca=circa c=circa est=established ll=lines"
)
#: Before a year.
_YEARS: Final = table("b=born d=died r=reigned fl=flourished")
_ALWAYS: Final = table(
    "e.g.=for_example E.g.=For_example i.e.=that_is I.e.=That_is etc.=et_cetera vs.=versus vs=versus cf.=compare "
    "viz.=namely approx.=approximately a.k.a.=also_known_as aka=also_known_as AKA=also_known_as w/o=without "
    "dept.=department Dept.=Department govt.=government Govt.=Government asst.=assistant Asst.=Assistant "
    "assn.=association Assn.=Association univ.=university Univ.=University Intl.=International incl.=including "
    "excl.=excluding misc.=miscellaneous tel.=telephone Tel.=Telephone ext.=extension max.=maximum avg.=average "
    "eds.=editors Eds.=editors hrs.=hours yrs.=years Mon.=Monday Tue.=Tuesday Tues.=Tuesday Wed.=Wednesday "
    "Thu.=Thursday Thur.=Thursday Thurs.=Thursday Fri.=Friday Jan.=January Feb.=February Mar.=March Apr.=April "
    "Jun.=June Jul.=July Aug.=August Sep.=September Sept.=September Oct.=October Nov.=November Dec.=December "
    "N/A=not_applicable n/a=not_applicable b/c=because"
)
_WEEKEND: Final = table("Sat=Saturday Sun=Sunday")
#: After a town: "Springfield, Mass."
_STATES: Final = table(
    "Ala=Alabama Ariz=Arizona Ark=Arkansas Calif=California Colo=Colorado Conn=Connecticut Del=Delaware Fla=Florida "
    "Ga=Georgia Ill=Illinois Ind=Indiana Kan=Kansas Ky=Kentucky La=Louisiana Md=Maryland Mass=Massachusetts "
    "Mich=Michigan Minn=Minnesota Miss=Mississippi Mo=Missouri Mont=Montana Neb=Nebraska Nev=Nevada Okla=Oklahoma "
    "Ore=Oregon Pa=Pennsylvania Tenn=Tennessee Tex=Texas Va=Virginia Vt=Vermont Wash=Washington Wis=Wisconsin "
    "Wyo=Wyoming"
)
#: Before the figures of a postal code: "Boston, MA 02101".
_POSTAL: Final = table(
    "AL=Alabama AK=Alaska AZ=Arizona AR=Arkansas CA=California CO=Colorado CT=Connecticut DE=Delaware DC=D.C. "
    "FL=Florida GA=Georgia HI=Hawaii ID=Idaho IL=Illinois IN=Indiana IA=Iowa KS=Kansas KY=Kentucky LA=Louisiana "
    "ME=Maine MD=Maryland MA=Massachusetts MI=Michigan MN=Minnesota MS=Mississippi MO=Missouri MT=Montana NE=Nebraska "
    "NV=Nevada NH=New_Hampshire NJ=New_Jersey NM=New_Mexico NY=New_York NC=North_Carolina ND=North_Dakota OH=Ohio "
    "OK=Oklahoma OR=Oregon PA=Pennsylvania RI=Rhode_Island SC=South_Carolina SD=South_Dakota TN=Tennessee TX=Texas "
    "UT=Utah VT=Vermont VA=Virginia WA=Washington WV=West_Virginia WI=Wisconsin WY=Wyoming"
)


def _street(found: re.Match[str]) -> str:
    return f"{found.group(1)} {_STREETS[found.group(2)]}{stop_of(found)}"


def _postal(found: re.Match[str]) -> str:
    return f"{_POSTAL[found.group(1)]} {spelled(found.group(2))}"


def _edition(found: re.Match[str]) -> str:
    return f"{found.group(1)} edition{stop_of(found)}"


RULES: Final = (
    # Springfield, Mass.; Boston, MA 02101
    rule(rf"(?<=[a-z], )({either(_STATES)})\.", lambda found: _STATES[found.group(1)] + stop_of(found), where=","),
    rule(rf"\b({either(_POSTAL)}),? (\d{{5}})(?:-\d{{4}})?(?!\w)", _postal),
    # Main St., 5th St., Elm Dr.: a name or an ordinal before it, and none behind it
    rule(
        rf"\b({_NO_STREET}[A-Z][a-z]{{2,30}}|{_COUNTED}) (St|Dr)\b\.?(?=[,;:)!?]|\s+[a-z]|\s*\Z)", _street, where="SD"
    ),
    # Dr. Smith, Mr. and Mrs. Lee, Dr Smith, St Paul's
    rule(
        rf"\b({either(_TITLES)})\. ?(?=[A-Z]|(?:and|or|&) (?:Mrs?|Ms|Dr)\b)",
        lambda found: f"{_TITLES[found.group(1)]} ",
        where=".",
    ),
    rule(rf"\b({_BARE_TITLES}) (?=[A-Z])", lambda found: f"{_TITLES[found.group(1)]} "),
    rule(rf"\bSt (?=(?:{_SAINTS})\b)", "Saint ", where="S"),
    # 5th Ave., Acme Inc., King Jr.
    rule(r"\bCo\., Ltd\.", lambda found: f"Company Limited{stop_of(found)}", where="."),
    rule(rf"(?<=[\w,.)] )({either(_BEHIND)})\.", lambda found: _BEHIND[found.group(1)] + stop_of(found), where="."),
    rule(r"(?<=[a-z] )(Ave|Blvd|Pkwy|Hwy)\b(?!\.)", lambda found: _BEHIND[found.group(1)]),
    # No. 5, Fig. 2, Eq. (4), ca. 1850
    rule(
        rf"\b((?i:{either(_NUMBERED)}))\. ?(?=[\d#]|[ivxIVX]+\b|\(\d)",
        lambda found: f"{_NUMBERED[found.group(1).lower()]} ",
        where=".",
    ),
    rule(r"\bN[or]s?\.? (?=\d+\b(?! [a-z]))", "number ", where="N"),
    rule(rf"\b({either(_YEARS)})\. ?(?=\d{{3,4}}\b)", lambda found: f"{_YEARS[found.group(1)]} ", where="."),
    rule(rf"\b({_COUNTED}|[Rr]evised|[Rr]ev\.|[Ff]irst|[Ss]econd|[Tt]hird) ed\.", _edition, where="."),
    rule(r"\bet al\b\.?", lambda found: f"and others{stop_of(found)}", where="l"),
    rule(rf"(?<![\w.])({either(_ALWAYS)})(?![\w.])", lambda found: _ALWAYS[found.group(1)] + stop_of(found)),
    rule(r"(?<!\w)w/ ?(?=\w)", "with ", where="/"),
    rule(
        r"\b(?:Sat|Sun)\.(?=,| \d| (?:at|and|to|through|morning|afternoon|evening|night)\b)|(?<=\bon )(?:Sat|Sun)\.",
        lambda found: _WEEKEND[found.group(0)[:3]] + stop_of(found),
        where=".",
    ),
    # Roe v. Wade
    rule(r"(?<=[a-z.] )v\. ?(?=[A-Z])", "versus ", where="."),
    # J. R. R. Tolkien: a voice would pause at each full stop
    rule(r"(?<![\w.'])([A-Z])\. (?=[A-Z](?:\.|[a-z]))", lambda found: f"{found.group(1)} ", where="."),
)
