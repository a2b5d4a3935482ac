"""The list of mutations fits the product, and a copy of the tree is what would run."""

from tests.faults import mutations, suite


def test_no_mutation_is_stale() -> None:
    assert mutations.stale(mutations.load()) == []


def test_every_mutation_names_a_row_and_no_name_comes_twice() -> None:
    listed = mutations.load()
    assert {each.row for each in listed} <= {row.name for row in suite.every_row()}
    assert len({each.name for each in listed}) == len(listed)


def test_a_copy_is_what_runs() -> None:
    with mutations.copied() as tree:
        mutations.check_home(tree)
