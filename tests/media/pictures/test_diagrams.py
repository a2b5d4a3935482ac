import itertools
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mediamill import InvalidInput
from mediamill.media.pictures.contents.diagram_parts import Area, Line, Plan, Point
from mediamill.media.pictures.contents.diagram_plan import plans
from mediamill.media.pictures.contents.diagrams import LONGEST_NAME, MOST_ARROWS, MOST_BOXES, Arrow, Box, Diagram, parse


def told(text: str) -> list[str]:
    """Return what was read, each arrow as `A > B`, lone boxes by their name."""
    diagram = parse(text)
    names = [box.name for box in diagram.boxes]
    told = []
    for arrow in diagram.arrows:
        sign = f"{'<' if arrow.tail else ''}{'>' if arrow.head else '-'}"
        told.append(f"{names[arrow.start]} {sign} {names[arrow.end]}" + (f": {arrow.label}" if arrow.label else ""))
    joined = {box for arrow in diagram.arrows for box in (arrow.start, arrow.end)}
    return told + [name for box, name in enumerate(names) if box not in joined]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("A -> B", ["A > B"]),
        ("A->B->C", ["A > B", "B > C"]),
        ("A --> B", ["A > B"]),
        ("A → B", ["A > B"]),
        ("A => B", ["A > B"]),
        ("A -.-> B", ["A > B"]),
        ("A ==> B", ["A > B"]),
        ("A - B", ["A - B"]),
        ("A --- B", ["A - B"]),
        ("A <-> B", ["A <> B"]),
        ("A ↔ B", ["A <> B"]),
        ("A <- B", ["B > A"]),
        ("A -> B: goes", ["A > B: goes"]),
        ("A -> B -> C: goes", ["A > B", "B > C: goes"]),
        ("A -- goes --> B", ["A > B: goes"]),
        ("A -[goes]-> B", ["A > B: goes"]),
        ("A -->|goes| B", ["A > B: goes"]),
        ("- A -> B\n* C\n1. B -> C", ["A > B", "B > C"]),
        ("A", ["A"]),
        ("A\n\nB", ["A", "B"]),
        ("A -> B; B -> C", ["A > B", "B > C"]),
        ("A -> B\nA -> B", ["A > B"]),
        ("A -> B: x\nA -> B: y", ["A > B: x", "A > B: y"]),
        ("A -> A: again", ["A > A: again"]),
        ("end-to-end -> so-called", ["end-to-end > so-called"]),
        ("Bước 1: rửa -> Bước 2: phơi", ["Bước 1: rửa > Bước 2: phơi"]),
        ("Bước 1: rửa\nBước 1: rửa -> B: xong", ["Bước 1: rửa > B: xong"]),
        ('"a -> b" -> "c: d"', ["a -> b > c: d"]),
        ('"A" -> "B": goes', ["A > B: goes"]),
        ("Máy chủ (A -> B) -> C", ["Máy chủ (A -> B) > C"]),
        ("f(x) -> g(x)", ["f(x) > g(x)"]),
        ("```mermaid\ngraph LR\nA[Một] --> B(Hai)\n```", ["Một > Hai"]),
        ("flowchart TD\n  A[One] -->|yes| B{Two?}\n  B --> C((Three)) & D([Four])", None),
        ("graph TD;\nA-->B;\nB-->C;", ["A > B", "B > C"]),
        ("graph LR\nsubgraph one\nA --> B\nend\nstyle A fill:#f00\n%% no", ["A > B"]),
        ("A[First<br/>line] --> B", ["First line > B"]),
        ('graph LR\nA["x (y) -> z"] --> B', ["x (y) -> z > B"]),
        ("graph LR\nA --> B\nA[Named later]", ["Named later > B"]),
    ],
)
def test_lines_become_boxes_and_arrows(text: str, read: list[str] | None) -> None:
    expected = ["One > Two?: yes", "Two? > Three", "Two? > Four"] if read is None else read
    assert told(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the diagram has no box"),
        ("graph LR", "the diagram has no box"),
        ("A ->", "an arrow in line 1 has no box beside it: 'A ->'"),
        ("A\n-> B", "an arrow in line 2 has no box beside it"),
        ("\n".join(f"N{n}" for n in range(MOST_BOXES + 1)), f"more than {MOST_BOXES} boxes"),
        ("\n".join(f"N{a} -> N{b}" for a, b in itertools.combinations(range(9), 2)), f"more than {MOST_ARROWS} arrows"),
        ("x" * (LONGEST_NAME + 1), f"{LONGEST_NAME} are the limit"),
        ("A -> B: " + "x" * 61, "60 are the limit"),
        ("A" * 9_000, "9000 characters"),
        ("A\x00 -> B", "U+0000"),
    ],
)
def test_what_is_no_diagram_is_refused_and_says_why(text: str, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(text)
    assert message in refused.value.message


PIECES = st.sampled_from(
    [
        *(
            "A",
            "B",
            "C d",
            " -> ",
            "->",
            " --> ",
            " - ",
            " -- ",
            ": ",
            "|",
            "\n",
            "[",
            "]",
            "(",
            ")",
            "{",
            "}",
            '"',
            "<",
        ),
        *("→", "graph LR\n", "&", ";", "- ", "<br>", "↔", "-[", "]->", "\ue0000\ue000", "<-"),
    ]
)


@given(st.text() | st.lists(PIECES, max_size=30).map("".join))
@example("\ue0007\ue000")
@example("graph LR\nA & -> B")
def test_whatever_is_sent_is_read_or_refused(text: str) -> None:
    try:
        diagram = parse(text)
    except InvalidInput:
        return
    assert 0 < len(diagram.boxes) <= MOST_BOXES
    assert all(box.name for box in diagram.boxes)


# ---- what is drawn of it


def overlap(one: Area, other: Area, slack: float = 1e-3) -> bool:
    (x, y), (x2, y2) = one.corners
    (u, v), (u2, v2) = other.corners
    return min(x2, u2) - max(x, u) > slack and min(y2, v2) - max(y, v) > slack


def border_distance(point: Point, area: Area) -> float:
    """Return how far a point is from the border of a rectangle."""
    (x, y), (x2, y2) = area.corners
    beside = max(x - point[0], 0, point[0] - x2)
    above = max(y - point[1], 0, point[1] - y2)
    if beside or above:
        return math.hypot(beside, above)
    return min(point[0] - x, x2 - point[0], point[1] - y, y2 - point[1])


def along(line: Line) -> list[Point]:
    """Return points on a line, close to each other."""
    points = [line.start]
    for step in line.steps:
        start = points[-1]
        first, second, end = step if len(step) == 3 else (start, step[0], step[0])
        for part in range(1, 17):
            t = part / 16
            if len(step) == 1:
                points.append((start[0] + (end[0] - start[0]) * t, start[1] + (end[1] - start[1]) * t))
            else:
                a, b, c, d = (1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3
                x, y = (a * start[i] + b * first[i] + c * second[i] + d * end[i] for i in (0, 1))
                points.append((x, y))
    return points


def inside(point: Point, area: Area, margin: float) -> bool:
    (x, y), (x2, y2) = area.corners
    return x + margin < point[0] < x2 - margin and y + margin < point[1] < y2 - margin


def check(plan: Plan, diagram: Diagram) -> None:
    areas = [box.area for box in plan.boxes] + [label.area for label in plan.labels]
    for one, other in itertools.combinations(areas, 2):
        assert not overlap(one, other)
    for area in areas:
        (x, y), (x2, y2) = area.corners
        assert min(x, y) >= -1e-3
        assert x2 <= plan.width + 1e-3
        assert y2 <= plan.height + 1e-3
    # There and back with the same label is one line.
    assert len(plan.labels) == len({(frozenset((a.start, a.end)), a.label) for a in diagram.arrows if a.label})
    for line in plan.lines:
        for point in along(line):
            assert -1e-3 <= point[0] <= plan.width + 1e-3
            assert -1e-3 <= point[1] <= plan.height + 1e-3
            assert not any(inside(point, box.area, 0.05) for box in plan.boxes)
        tips = [head[0] for head in line.heads]
        ends = [line.start, line.steps[-1][-1]]
        for end in tips + [end for end in ends if all(math.dist(end, tip) > 1 for tip in tips)]:
            assert min(border_distance(end, box.area) for box in plan.boxes) < 0.01


@st.composite
def diagrams(draw: st.DrawFn) -> Diagram:
    count = draw(st.integers(1, MOST_BOXES))
    names = [
        f"{draw(st.sampled_from(['A', 'Máy chủ', 'A much longer name of a box', 'Xử lý']))} {n}" for n in range(count)
    ]
    ends = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
    pairs = draw(st.lists(ends, max_size=16, unique=True))
    label = st.sampled_from(["", "", "yes", "gửi yêu cầu đi"])
    return Diagram(tuple(Box(name) for name in names), tuple(Arrow(a, b, draw(label)) for a, b in pairs))


def graph(*ends: tuple[int, int, str]) -> Diagram:
    count = max(max(start, end) for start, end, _ in ends) + 1
    return Diagram(tuple(Box(f"A {box}") for box in range(count)), tuple(Arrow(*each) for each in ends))


#: What once overlapped: labels of two lines outside, on the left; a label of a loop, wider than its box.
LANES = graph(
    (0, 0, ""), (1, 2, ""), (1, 3, ""), (5, 1, ""), (0, 1, "yes"), (1, 0, ""), (3, 0, ""), (0, 3, "gửi yêu cầu đi")
)
LOOP = graph((0, 3, ""), (1, 0, ""), (2, 1, ""), (0, 0, "gửi yêu cầu đi"), (1, 2, ""), (2, 0, ""), (0, 1, "yes"))


@settings(max_examples=40)
@given(diagrams())
@example(LANES)
@example(LOOP)
def test_nothing_overlaps_and_every_arrow_ends_at_a_box(diagram: Diagram) -> None:
    laid_out = plans(diagram).plans
    assert laid_out
    for plan in laid_out:
        check(plan, diagram)


CHAIN = " -> ".join(f"Step {number} of it all" for number in range(1, 13))
LABELLED = "\n".join(f"Step {n} -> Step {n + 1}: number {n}" for n in range(1, 9))


@pytest.mark.parametrize(
    "text", [CHAIN, LABELLED, f"{CHAIN} -> Step 1 of it all", "A -> B -> C -> A: again", "A\nB\nC\nD\nE"]
)
def test_chains_and_circles_keep_their_distance(text: str) -> None:
    diagram = parse(text)
    for plan in plans(diagram).plans:
        check(plan, diagram)


def test_a_long_chain_turns_to_be_read_in_a_wide_area_and_a_tall_one() -> None:
    chain = plans(parse(CHAIN)).plans
    for width, height in ((1_112, 430), (608, 850), (608, 430)):
        size = max(min(width / plan.width, height / plan.height) for plan in chain)
        assert size > 19


#: Graphs that are no chains and fall apart where one arrow is taken away, from left to right and back.
PIPELINE = """
Upload -> Check -> Transcode -> Package -> Encrypt -> Publish -> CDN -> Player -> Statistics -> Report
Check -> Reject: broken
Transcode -> Thumbnails -> Publish
Package -> Archive
"""
RELEASE = """
Viết mã nguồn -> Kiểm thử đơn vị -> Xem xét mã -> Gộp nhánh -> Xây dựng gói -> Kiểm thử tích hợp -> Triển khai thử
Triển khai thử -> Kiểm thử chấp nhận -> Triển khai thật -> Giám sát
Kiểm thử đơn vị -> Viết mã nguồn: lỗi
Xem xét mã -> Viết mã nguồn: góp ý
Giám sát -> Khôi phục bản cũ: sự cố
"""


@pytest.mark.parametrize("text", [PIPELINE, RELEASE, f"{CHAIN}\nStep 4 of it all -> An aside"])
def test_long_graphs_turn_to_be_read_in_every_area(text: str) -> None:
    diagram = parse(text)
    found = plans(diagram).plans
    for plan in found:
        check(plan, diagram)
    for width, height in ((1_112, 430), (608, 850), (608, 430)):
        assert max(min(width / plan.width, height / plan.height) for plan in found) > 13.5


def test_the_first_row_of_a_graph_goes_on_in_the_direction_of_reading() -> None:
    diagram = parse(PIPELINE)
    check_, transcode = 1, 2
    for plan in plans(diagram).plans:
        one, other = plan.boxes[check_].area, plan.boxes[transcode].area
        assert one.x < other.x or one.y < other.y


def test_what_leads_back_over_everything_keeps_a_graph_in_one_piece() -> None:
    diagram = parse("A -> B -> C -> D -> E -> F\nB -> X\nF -> A")
    for plan in plans(diagram).plans:
        check(plan, diagram)
        places = [plan.boxes[box].area for box in range(6)]
        assert all(one.x < other.x or one.y < other.y for one, other in itertools.pairwise(places))


def test_words_stay_whole() -> None:
    for plan in plans(parse("Warehouse A -> Accounting -> Packing\nAccounting -> Operations -> Warehouse A")).plans:
        words = {word for box in plan.boxes for line in box.lines for word in line.split()}
        assert words == {"Warehouse", "A", "Accounting", "Packing", "Operations"}


def test_all_boxes_are_of_one_size() -> None:
    for plan in plans(parse("A -> A much longer name of a box\nA -> C")).plans:
        assert len({(round(box.area.width, 3), round(box.area.height, 3)) for box in plan.boxes}) == 1


def test_a_circle_begins_with_what_was_named_first() -> None:
    (first, *others) = plans(parse("A -> B -> C -> A")).plans[0].boxes
    assert first.role == "first"
    assert all(box.role == "inner" for box in others)


def test_there_and_back_is_one_line_with_two_heads() -> None:
    (line,) = plans(parse("A -> B\nB -> A")).plans[0].lines
    assert len(line.heads) == 2
    assert Arrow(0, 1) in parse("A -> B\nB -> A").arrows


def test_what_no_font_has_is_not_measured() -> None:
    with_emoji, bare = (plans(parse(text)).plans[0] for text in ("🚀 Launch -> 🎉", "Launch -> x"))
    assert [box.lines for box in with_emoji.boxes] == [("Launch",), ("\u25a1",)]
    assert with_emoji.width == pytest.approx(bare.width)


def test_marks_that_turn_text_around_are_left_out_and_joiners_stay() -> None:
    assert [box.name for box in parse("a\u202eb\ufeff\nनि\u200dक").boxes] == ["ab", "नि\u200dक"]
