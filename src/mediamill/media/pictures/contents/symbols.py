# ruff: noqa: RUF001, RUF003 - signs of mathematics
"""The commands of LaTeX that stand for one sign, and those that are written out as a name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

_GREEK: Final = (
    "alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ "
    "mu μ nu ν xi ξ omicron ο pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi ϕ varphi φ chi χ "
    "psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω digamma ϝ"
)
_BIG: Final = (
    "sum ∑ prod ∏ coprod ∐ int ∫ iint ∬ iiint ∭ oint ∮ oiint ∯ bigcup ⋃ bigcap ⋂ bigvee ⋁ bigwedge ⋀ bigoplus ⨁ "
    "bigotimes ⨂ bigodot ⨀ biguplus ⨄ bigsqcup ⨆"
)
_BINARY: Final = (
    "pm ± mp ∓ times × div ÷ cdot ⋅ ast ∗ star ⋆ circ ∘ bullet ∙ oplus ⊕ ominus ⊖ otimes ⊗ oslash ⊘ odot ⊙ cup ∪ cap ∩ "
    "uplus ⊎ sqcup ⊔ sqcap ⊓ vee ∨ lor ∨ wedge ∧ land ∧ setminus ∖ smallsetminus ∖ wr ≀ dagger † ddagger ‡ amalg ⨿ "
    "ltimes ⋉ rtimes ⋊ boxplus ⊞ boxtimes ⊠ diamond ⋄ bigcirc ◯"
)
_RELATIONS: Final = (
    "le ≤ leq ≤ leqslant ⩽ ge ≥ geq ≥ geqslant ⩾ ne ≠ neq ≠ equiv ≡ approx ≈ approxeq ≊ cong ≅ sim ∼ simeq ≃ "
    "propto ∝ ll ≪ gg ≫ prec ≺ succ ≻ preceq ⪯ succeq ⪰ in ∈ notin ∉ ni ∋ subset ⊂ supset ⊃ subseteq ⊆ supseteq ⊇ "
    "subsetneq ⊊ supsetneq ⊋ nsubseteq ⊈ sqsubseteq ⊑ sqsupseteq ⊒ mid ∣ nmid ∤ parallel ∥ nparallel ∦ perp ⟂ "
    "vdash ⊢ dashv ⊣ models ⊨ vDash ⊨ asymp ≍ doteq ≐ triangleq ≜ coloneqq ≔ lesssim ≲ gtrsim ≳ bowtie ⋈ "
    "trianglelefteq ⊴ trianglerighteq ⊵ smile ⌣ frown ⌢ lt < gt >"
)
_ARROWS: Final = (
    "to → rightarrow → gets ← leftarrow ← leftrightarrow ↔ Rightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔ implies ⟹ "
    "impliedby ⟸ iff ⟺ longrightarrow ⟶ longleftarrow ⟵ longleftrightarrow ⟷ Longrightarrow ⟹ Longleftarrow ⟸ "
    "Longleftrightarrow ⟺ mapsto ↦ longmapsto ⟼ uparrow ↑ downarrow ↓ updownarrow ↕ Uparrow ⇑ Downarrow ⇓ "
    "nearrow ↗ searrow ↘ swarrow ↙ nwarrow ↖ hookrightarrow ↪ hookleftarrow ↩ rightharpoonup ⇀ rightharpoondown ⇁ "
    "leftharpoonup ↼ leftharpoondown ↽ rightleftharpoons ⇌ leftrightharpoons ⇋ rightrightarrows ⇉ leadsto ⇝ "
    "rightsquigarrow ⇝ twoheadrightarrow ↠"
)
_OTHERS: Final = (
    "infty ∞ partial ∂ nabla ∇ forall ∀ exists ∃ nexists ∄ neg ¬ lnot ¬ emptyset ∅ varnothing ∅ angle ∠ "
    "measuredangle ∡ triangle △ square □ Box □ blacksquare ■ hbar ℏ ell ℓ wp ℘ Re ℜ Im ℑ aleph ℵ beth ℶ imath ı "
    "jmath ȷ prime ′ backprime ‵ top ⊤ bot ⊥ flat ♭ sharp ♯ natural ♮ clubsuit ♣ heartsuit ♡ spadesuit ♠ diamondsuit ♢ "
    "ldots … dots … dotsc … dotsb ⋯ dotso … cdots ⋯ vdots ⋮ ddots ⋱ therefore ∴ because ∵ degree ° checkmark ✓ "
    "surd √ complement ∁ mho ℧ Bbbk 𝕜 QED ∎ blacktriangle ▲ lozenge ◊ colon : S § P ¶ copyright © pounds £ "
    "euro € dag † ddag ‡ backslash \\ slash /"
)
_DELIMITERS: Final = (
    "lbrace { rbrace } lbrack [ rbrack ] langle ⟨ rangle ⟩ lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉ vert | lvert | rvert | "
    "Vert ‖ lVert ‖ rVert ‖ lparen ( rparen ) lgroup ⟮ rgroup ⟯ ulcorner ⌜ urcorner ⌝ llcorner ⌞ lrcorner ⌟"
)


def _table(*rows: str) -> MappingProxyType[str, str]:
    words = " ".join(rows).split()
    return MappingProxyType(dict(zip((f"\\{name}" for name in words[::2]), words[1::2], strict=True)))


#: `\alpha` is α.
SIGNS: Final = MappingProxyType(
    {
        **_table(_GREEK, _BIG, _BINARY, _RELATIONS, _ARROWS, _OTHERS, _DELIMITERS),
        r"\{": "{",
        r"\}": "}",
        r"\|": "‖",
        r"\%": "%",
        r"\$": "$",
        r"\&": "&",
        r"\#": "#",
        r"\_": "_",
        "-": "−",
        "*": "∗",
        "`": "‘",
        "~": " ",
    }
)

#: What may stand after \left, \right, \middle and \big; "." for nothing.
DELIMITERS: Final = MappingProxyType(
    {
        **_table(_DELIMITERS),
        r"\{": "{",
        r"\}": "}",
        r"\|": "‖",
        **{sign: sign for sign in "()[]|/⟨⟩⌊⌋⌈⌉‖"},
        "<": "⟨",
        ">": "⟩",
        r"\backslash": "\\",
        **{f"\\{name}arrow": SIGNS[f"\\{name}arrow"] for name in ("up", "down", "updown", "Up", "Down")},
        ".": "",
    }
)

_BESIDE: Final = (
    "sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan arccot log ln lg exp deg dim hom ker arg sgn tr "
    "rank Var Cov erf"
)
_BELOW: Final = "lim max min sup inf det gcd lcm Pr limsup liminf argmax argmin"
#: Names of functions, upright; with True what is below them stands under them: lim.
FUNCTIONS: Final = MappingProxyType(
    {
        **dict.fromkeys(_BESIDE.split(), False),
        **dict.fromkeys(_BELOW.split(), True),
    }
)

#: Widths, em.
SPACES: Final = MappingProxyType(
    {
        r"\,": 0.1667,
        r"\thinspace": 0.1667,
        r"\:": 0.2222,
        r"\>": 0.2222,
        r"\medspace": 0.2222,
        r"\;": 0.2778,
        r"\thickspace": 0.2778,
        r"\!": -0.1667,
        r"\negthinspace": -0.1667,
        "\\ ": 0.25,
        "~": 0.25,
        r"\enspace": 0.5,
        r"\quad": 1.0,
        r"\qquad": 2.0,
    }
)

#: Above a letter.
ACCENTS: Final = MappingProxyType(
    {
        r"\hat": "\u0302",
        r"\widehat": "\u0302",
        r"\tilde": "\u0303",
        r"\widetilde": "\u0303",
        r"\bar": "\u0304",
        r"\vec": "\u20d7",
        r"\overrightarrow": "\u20d7",
        r"\overleftarrow": "\u20d6",
        r"\dot": "\u0307",
        r"\ddot": "\u0308",
        r"\dddot": "\u20db",
        r"\check": "\u030c",
        r"\breve": "\u0306",
        r"\acute": "\u0301",
        r"\grave": "\u0300",
        r"\mathring": "\u030a",
    }
)

#: Alphabets and what is drawn over or under.
STYLES: Final = MappingProxyType(
    {
        r"\mathbf": "bold-upright",
        r"\boldsymbol": "bold",
        r"\bm": "bold",
        r"\pmb": "bold",
        r"\mathrm": "upright",
        r"\rm": "upright",
        r"\mathit": "italic",
        r"\mathsf": "sans",
        r"\mathtt": "mono",
        r"\mathcal": "cal",
        r"\mathscr": "cal",
        r"\mathbb": "bb",
        r"\mathfrak": "frak",
        r"\overline": "overline",
        r"\underline": "underline",
        r"\overbrace": "overbrace",
        r"\underbrace": "underbrace",
        r"\cancel": "cancel",
        r"\boxed": "boxed",
    }
)

#: Environments of rows and cells, with what stands left and right of them.
GRIDS: Final = MappingProxyType(
    {
        "matrix": ("", ""),
        "smallmatrix": ("", ""),
        "pmatrix": ("(", ")"),
        "bmatrix": ("[", "]"),
        "Bmatrix": ("{", "}"),
        "vmatrix": ("|", "|"),
        "Vmatrix": ("‖", "‖"),
        "array": ("", ""),
        "cases": ("{", ""),
        "dcases": ("{", ""),
        "rcases": ("", "}"),
        "aligned": ("", ""),
        "align": ("", ""),
        "alignedat": ("", ""),
        "split": ("", ""),
        "eqnarray": ("", ""),
        "gather": ("", ""),
        "gathered": ("", ""),
        "multline": ("", ""),
        "equation": ("", ""),
        "displaymath": ("", ""),
        "math": ("", ""),
    }
)

#: Delimiters of a size, percent.
SIZES: Final = MappingProxyType(
    {
        f"\\{name}{side}": percent
        for name, percent in (("big", 120), ("Big", 160), ("bigg", 200), ("Bigg", 250))
        for side in ("", "l", "r", "m")
    }
)
#: One above the other.
FRACTIONS: Final = frozenset({r"\frac", r"\dfrac", r"\tfrac", r"\cfrac", r"\binom", r"\dbinom", r"\tbinom"})
#: Text in its own font, and how it is set.
WORDS: Final[Mapping[str, Literal["", "bold", "italic"]]] = {
    r"\text": "",
    r"\textrm": "",
    r"\textnormal": "",
    r"\mbox": "",
    r"\textbf": "bold",
    r"\textit": "italic",
}
#: What changes nothing that is shown here.
NOTHING: Final = frozenset(
    {r"\displaystyle", r"\textstyle", r"\nonumber", r"\notag", r"\limits", r"\nolimits", r"\hfill", r"\allowbreak"}
    | {r"\hline", r"\centering"}
)
#: Arrows that are as long as what stands above them.
LONG_ARROWS: Final[Mapping[str, str]] = {
    r"\xrightarrow": "→",
    r"\xleftarrow": "←",
    r"\xRightarrow": "⇒",
    r"\xleftrightarrow": "↔",
}
