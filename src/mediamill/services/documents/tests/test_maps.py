import html
import json
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from mediamill.services.documents.card import SynonymView
from mediamill.services.documents.exports import mindmap, outline
from mediamill.services.documents.exports.graph import Graph, graph
from mediamill.services.documents.exports.outline import Branch, Leaf, Outline
from mediamill.services.documents.term import SYNONYM
from mediamill.services.documents.tests.written import DIGEST, VOCABULARY, card, cards

#: What means something in Markdown, in HTML or to Mermaid.
WORDS = [
    *('C++ (not "C")', "a#b; #quot;", "<b>x</b> & y", "`code`", "%% note", "end", "mindmap", "))((", "[x]", "{{y}}"),
    *("::icon(fa fa-book)", ":::urgent", "điệu nhảy", '"', "it's", "a\\b", "1. list", "- dash", "---", "@{a}", "**b**"),
    *(
        "_under_",
        "2) two",
        "# head",
        "> quoted",
        "+ more",
        "a | b",
        "~~gone~~",
        "![x](y)",
        "http://bee.example",
        "&amp;",
    ),
]
NASTY = Outline("Of #1 <bees>", tuple(Branch(word, (Leaf(word, word), Leaf("hive"))) for word in WORDS))
#: A box of Mermaid's: its text ends at the quote, and signs are #name; or #number;.
BOX = re.compile(r'(root|c\d+|c\d+t\d+)(?:\(\("([^"]*)"\)\)|\("([^"]*)"\)|\["([^"]*)"\])')


def text_of(token: Token) -> str:
    return "".join(child.content for child in token.children or ())


@pytest.mark.parametrize("dialect", ["commonmark", "gfm-like"])
def test_markdown_shows_the_words_as_they_are(tmp_path: Path, dialect: str) -> None:
    mindmap.markdown(NASTY, tmp_path / "mindmap.md")
    tokens = MarkdownIt(dialect, {"linkify": False}).parse((tmp_path / "mindmap.md").read_text(encoding="utf-8"))
    told = [(tokens[place - 1].tag, text_of(token)) for place, token in enumerate(tokens) if token.type == "inline"]
    assert told[0] == ("h1", "Of #1 <bees>")
    assert [text for tag, text in told if tag == "h2"] == WORDS
    assert [text for tag, text in told if tag == "p"] == [
        line for word in WORDS for line in (f"{word}: {word}", "hive")
    ]


def test_mermaid_shows_the_words_as_they_are(tmp_path: Path) -> None:
    mindmap.mermaid(NASTY, tmp_path / "mindmap.mmd")
    first, *lines = (tmp_path / "mindmap.mmd").read_text(encoding="utf-8").splitlines()
    assert first == "mindmap"
    found = [(len(line) - len(line.lstrip()), BOX.fullmatch(line.strip())) for line in lines]
    told = []
    for indent, box in found:
        assert box, "each line is a box"
        quoted = next(text for text in box.groups()[1:] if text is not None)
        assert not re.search(r"[<>&`%]", quoted)
        told.append((indent, html.unescape(re.sub(r"#(\d+|[a-z]+);", lambda sign: _entity(sign[1]), quoted))))
    assert told == [(2, "Of #1 <bees>")] + [line for word in WORDS for line in ((4, word), (6, word), (6, "hive"))]


def _entity(name: str) -> str:
    return f"&#{name};" if name.isdecimal() else f"&{name};"


def test_the_map_of_cards_has_short_meanings_by_cluster() -> None:
    long = card("hive", cluster_id=1, cluster_name="home", cluster_rank=2, meaning="a home " + "of bees " * 20)
    found = outline.of_cards(cards(long, card(meaning="a dance; of bees")))
    assert [branch.name for branch in found.branches] == ["dance", "home"]
    assert found.branches[0].leaves == (Leaf("waggle dance", "a dance"),)
    (hive,) = found.branches[1].leaves
    assert len(hive.meaning) <= 80
    assert hive.meaning.endswith(("of…", "bees…"))


def test_a_map_needs_no_cards() -> None:
    found = outline.of_vocabulary(VOCABULARY, "Of bees")
    assert found == Outline(
        "Of bees",
        (Branch("waggle dance", (Leaf("waggle dance"), Leaf("forage"))), Branch("wax comb", (Leaf("wax comb"),))),
    )


def test_the_graph_has_all_that_was_found(tmp_path: Path) -> None:
    graph(VOCABULARY, cards(card()), tmp_path / "graph.json")
    found = Graph.model_validate_json((tmp_path / "graph.json").read_bytes())
    assert (found.title, found.document, found.language) == ("Of bees", DIGEST, "en")
    assert [(node.id, node.cluster, node.card) for node in found.nodes] == [
        ("waggle dance", 0, card().id),
        ("wax comb", 1, None),
        ("forage", 0, None),
    ]
    assert {(edge.source, edge.target) for edge in found.edges} == {
        ("waggle dance", "forage"),
        ("waggle dance", "wax comb"),
    }
    assert [each.name for each in found.clusters] == ["waggle dance", "wax comb"]
    assert "edges" in json.loads((tmp_path / "graph.json").read_text(encoding="utf-8"))


def test_what_a_cards_meaning_has_for_its_word_is_a_synonym_in_the_graph(tmp_path: Path) -> None:
    told = card(synonyms=(SynonymView(word="forage", similarity=0.4),))
    graph(VOCABULARY, cards(told), tmp_path / "graph.json")
    found = Graph.model_validate_json((tmp_path / "graph.json").read_bytes())
    kinds = {(edge.source, edge.target): edge.kind for edge in found.edges}
    assert kinds["waggle dance", "forage"] == SYNONYM
    assert kinds["waggle dance", "wax comb"] != SYNONYM
