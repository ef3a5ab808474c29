"""Parts of all wikis: each wiki is in one, always the same."""

import pytest

from wiki_activity.domain.shards import Shard, ShardError, parse_shard

WIKIS = [f"{code}{number}.wikipedia.org" for code in ("a", "bn", "hi") for number in range(100)]


@pytest.mark.parametrize("of", [1, 2, 8])
def test_each_wiki_is_in_one_part_and_no_part_is_much_larger(of: int) -> None:
    parts = [[wiki for wiki in WIKIS if Shard(number, of).holds(wiki)] for number in range(1, of + 1)]

    assert sorted(wiki for part in parts for wiki in part) == sorted(WIKIS)
    assert max(map(len, parts)) < 2 * len(WIKIS) / of


def test_a_wiki_stays_in_its_part_from_one_program_to_the_next() -> None:
    assert [Shard(number, 4).holds("hi.wikipedia.org") for number in (1, 2, 3, 4)] == [False, False, True, False]


def test_a_part_is_written_as_people_write_it() -> None:
    assert parse_shard(" 2/8") == Shard(2, 8)
    for wrong in ("0/8", "9/8", "8", "2/0", "a/b", "-1/2", "1/1000", "२/८"):
        with pytest.raises(ShardError, match="the second of eight is written 2/8"):
            parse_shard(wrong)
